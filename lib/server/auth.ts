import "server-only";
import { cookies } from "next/headers";
import NextAuth, { type NextAuthOptions } from "next-auth";
import { decode } from "next-auth/jwt";
import Credentials from "next-auth/providers/credentials";
import { signIn } from "#lib/commands/sign-in";
import { readSettings } from "#lib/config/env";
import { sessionLife } from "#lib/domain/access/session-life";
import { type Id, isId } from "#lib/domain/id";
import { signInInput } from "#lib/schemas/account";
import { database } from "#lib/server/database";
import { log } from "#lib/server/log";
import { requestFacts } from "#lib/server/request";

// The only file that knows next-auth. It checks the sign-in form and keeps an encrypted cookie with
// two ids; everything that decides what a person may do is read from the database at each request.

export type SessionToken = { userId: Id<"user">; sessionId: Id<"session"> };

/** next-auth's two routes that a sign-in needs; its other pages and endpoints are not offered. */
export const authRoutes = { csrf: "GET", "callback/credentials": "POST" } as const;

/** Answers a request to one of `authRoutes`. */
export async function handleAuth(
  request: Request,
  context: { params: Promise<{ nextauth: string[] }> },
): Promise<Response> {
  return NextAuth(options())(request, context);
}

/** The ids in the request's session cookie, or null when there is none that we made. */
export async function readSessionToken(): Promise<SessionToken | null> {
  const { sessionSecret } = readSettings();
  const cookie = (await cookies()).get(cookieNames().session)?.value;
  if (!cookie) return null;
  try {
    const token = await decode({ token: cookie, secret: sessionSecret });
    const { sub, sid } = token ?? {};
    return isId("user", sub) && isId("session", sid) ? { userId: sub, sessionId: sid } : null;
  } catch {
    return null; // Forged, expired, or sealed with a secret that has been replaced.
  }
}

/** Tells the browser to forget its session cookie. Ending the session itself is another matter. */
export async function forgetSessionCookie(): Promise<void> {
  const { secure, session } = cookieNames();
  const attributes = { httpOnly: true, sameSite: "lax", path: "/", secure } as const;
  (await cookies()).set(session, "", { ...attributes, maxAge: 0 });
}

function options(): NextAuthOptions {
  const { origin, sessionSecret } = readSettings();
  // next-auth takes its own address from the environment and from nowhere else.
  process.env.NEXTAUTH_URL = origin;
  const names = cookieNames();
  const attributes = { httpOnly: true, sameSite: "lax", path: "/", secure: names.secure } as const;
  return {
    secret: sessionSecret,
    useSecureCookies: names.secure,
    // How long the cookie is kept; the session's own row decides how long it is worth something.
    session: { strategy: "jwt", maxAge: sessionLife.member.absoluteMs / 1000 },
    cookies: {
      sessionToken: { name: names.session, options: attributes },
      csrfToken: { name: names.csrf, options: attributes },
      callbackUrl: { name: names.callback, options: attributes },
    },
    pages: { signIn: "/sign-in", error: "/sign-in" },
    providers: [
      Credentials({
        credentials: { email: {}, password: {} },
        authorize: async (raw) => authorize(raw),
      }),
    ],
    callbacks: {
      redirect: () => `${origin}/`,
      jwt: ({ token, user }) =>
        user && "sessionId" in user
          ? { sub: user.id, sid: user.sessionId }
          : { sub: token.sub, sid: token.sid },
    },
    logger: {
      error: (code, metadata) => log().error({ code, metadata }, "next-auth error"),
      warn: () => {},
      debug: () => {},
    },
  };
}

/** Throws what the sign-in form reads back: a refusal's kind, with seconds where there are any. */
async function authorize(raw: Record<string, string> | undefined) {
  const input = signInInput.safeParse({ email: raw?.email, password: raw?.password });
  if (!input.success) throw new Error("sign_in_failed");
  const { requestId, ipAddress, userAgent } = await requestFacts();
  const earlier = await readSessionToken();
  const request = { requestId, ipAddress, userAgent, earlier };
  const result = await signIn(database(), request, input.data).catch((error: unknown) => {
    log().error({ error, requestId }, "sign-in broke");
    // What broke is not the caller's business, and this text is sent to them.
    throw new Error("fault");
  });
  if (result.ok) return { id: result.value.userId, sessionId: result.value.sessionId };
  const { refusal } = result;
  throw new Error(
    refusal.kind === "too_many_attempts"
      ? `too_many_attempts:${refusal.retryAfterSeconds}`
      : refusal.kind,
  );
}

/** `__Host-`: bound to this very host and to TLS. A browser refuses that name without TLS. */
function cookieNames() {
  const secure = readSettings().origin.startsWith("https:");
  const prefix = secure ? "__Host-" : "";
  return {
    secure,
    session: `${prefix}ingot-session`,
    csrf: `${prefix}ingot-csrf`,
    callback: `${prefix}ingot-callback`,
  };
}
