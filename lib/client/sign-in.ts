import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

/**
 * Signs in and gets the session cookie: asks for a token that proves the form is ours, then posts
 * the form. Whose second factor is due has a cookie that names the sign-in, and goes on at
 * `/second-factor`. Throws when the portal does not answer as it should.
 */
export async function signIn(
  email: string,
  password: string,
): Promise<
  Result<
    void,
    RefusalOf<
      | "invalid_input"
      | "sign_in_failed"
      | "passwords_off"
      | "second_factor_due"
      | "too_many_attempts"
      | "not_now"
    >
  >
> {
  const missing = {
    ...(email ? {} : { email: "Enter your email address." }),
    ...(password ? {} : { password: "Enter your password." }),
  };
  if (Object.keys(missing).length > 0) return refuse({ kind: "invalid_input", fields: missing });
  const posted = await post("/api/auth/callback/credentials", { email, password });
  if (!posted.ok) return posted;
  const { isOk, answer } = posted.value;
  if (isOk) return ok(undefined);
  const error = answer.url ? new URL(answer.url).searchParams.get("error") : null;
  const [kind, seconds] = error?.split(":") ?? [];
  if (kind === "too_many_attempts") {
    return refuse({ kind, retryAfterSeconds: Number(seconds) });
  }
  if (kind === "sign_in_failed" || kind === "passwords_off" || kind === "second_factor_due")
    return refuse({ kind });
  return refuse({
    kind: "not_now",
    reason: answer.title ?? "Ingot could not check this just now.",
    advice: "Try again in a moment.",
  });
}

export type ProviderStart = {
  provider: string;
  /** A path of our own, to come back to. */
  next: string;
  /** "link": to link the provider to the account that is signed in; "prove": to show that it is they. */
  intent?: "link" | "prove";
  /** The token of an invitation, to accept it there. */
  invitation?: string;
};

/**
 * Leads to an identity provider, or to our page that says why not. Gives only a refusal: else the
 * browser is on its way.
 */
export async function beginAtProvider(
  start: ProviderStart,
  /** Where the provider is shown. */
  shown: Window = window,
): Promise<Result<void, RefusalOf<"not_now">>> {
  const posted = await post(`/api/auth/signin/${start.provider}`, {
    callbackUrl: start.next,
    ...(start.intent && { intent: start.intent }),
    ...(start.invitation && { invitation: start.invitation }),
  });
  if (!posted.ok) return posted;
  const { answer } = posted.value;
  if (answer.url) {
    shown.location.assign(answer.url);
    return ok(undefined);
  }
  return refuse({
    kind: "not_now",
    reason: answer.title ?? "Ingot could not lead you there just now.",
    advice: "Try again in a moment.",
  });
}

type Answer = { url?: string; title?: string };

/**
 * Posts a form with a token that proves that it is ours. Where that is not taken, another window was given another
 * one at the same moment: it is asked for anew, once. Refused where the browser keeps none.
 */
async function post(
  path: string,
  fields: Record<string, string>,
): Promise<Result<{ isOk: boolean; answer: Answer }, RefusalOf<"not_now">>> {
  for (const _ of ["first", "again"]) {
    const form = { ...fields, csrfToken: await newCsrfToken(), json: "true" };
    const response = await fetch(path, { method: "POST", body: new URLSearchParams(form) });
    const answer = (await read(response)) as Answer;
    // Where next-auth leads who came with no token, or with another's.
    const isTaken = !answer.url || new URL(answer.url).searchParams.get("csrf") !== "true";
    if (isTaken) return ok({ isOk: response.ok, answer });
  }
  return refuse({
    kind: "not_now",
    reason: "Your browser keeps no cookie of this page, and a sign-in needs one.",
    advice: "Allow cookies for this address, and try again.",
  });
}

async function newCsrfToken(): Promise<string> {
  const answer = (await read(await fetch("/api/auth/csrf"))) as { csrfToken: string };
  return answer.csrfToken;
}

async function read(response: Response): Promise<unknown> {
  const type = response.headers.get("content-type") ?? "";
  if (!type.includes("json")) throw new Error(`sign-in answered ${response.status}`);
  return response.json();
}
