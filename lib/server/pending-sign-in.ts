import "server-only";
import { cookies } from "next/headers";
import { ownCookie } from "#lib/config/own-cookie";
import { challengeMinutes, pendingMinutes } from "#lib/domain/access/second-factor";

// The name of a sign-in that waits for its second factor, in a cookie of its own: it is no session,
// and opens nothing without a code.

/** Has the browser keep the name until the code is entered. */
export function rememberPending(response: Response, token: string): void {
  const { name, secure } = ownCookie("pending");
  response.headers.append(
    "set-cookie",
    `${name}=${token}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${pendingMinutes * 60}${secure ? "; Secure" : ""}`,
  );
}

/** The name that the browser came with; whether it is good for anything is asked elsewhere. */
export async function pendingToken(): Promise<string | undefined> {
  return (await cookies()).get(ownCookie("pending").name)?.value;
}

/** Tells the browser to forget the name. */
export async function forgetPending(): Promise<void> {
  const { name, secure } = ownCookie("pending");
  const attributes = { httpOnly: true, sameSite: "lax", path: "/", secure } as const;
  (await cookies()).set(name, "", { ...attributes, maxAge: 0 });
}

// The name of a browser that was asked to sign with a passkey before anyone said who they are.

/** Has the browser keep its name until the passkey has signed. */
export async function rememberBrowser(token: string): Promise<void> {
  await setBrowser(token, challengeMinutes * 60);
}

export async function browserToken(): Promise<string | undefined> {
  return (await cookies()).get(ownCookie("browser").name)?.value;
}

export async function forgetBrowser(): Promise<void> {
  await setBrowser("", 0);
}

async function setBrowser(token: string, maxAge: number): Promise<void> {
  const { name, secure } = ownCookie("browser");
  const attributes = { httpOnly: true, sameSite: "strict", path: "/", secure } as const;
  (await cookies()).set(name, token, { ...attributes, maxAge });
}
