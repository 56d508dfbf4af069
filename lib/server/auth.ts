import "server-only";
import { AsyncLocalStorage } from "node:async_hooks";
import { cookies } from "next/headers";
import { NextRequest } from "next/server";
import NextAuth, { type NextAuthOptions } from "next-auth";
import { decode, encode } from "next-auth/jwt";
import Credentials from "next-auth/providers/credentials";
import type { OAuthConfig } from "next-auth/providers/oauth";
import { findIdentityProvider, type IdentityProviderRow } from "#db/queries/identity";
import { openSecret, providerPlace } from "#lib/access/kept-secret";
import type { SecondFactorDue, SignedIn } from "#lib/commands/open-session";
import { proveAtProvider } from "#lib/commands/prove-at-provider";
import { signIn } from "#lib/commands/sign-in";
import { type ProviderIntent, signInWithProvider } from "#lib/commands/sign-in-with-provider";
import { readSettings } from "#lib/config/env";
import { ownCookie, sessionSameSite } from "#lib/config/own-cookie";
import { readClaims } from "#lib/domain/access/claims";
import { ownPath } from "#lib/domain/access/next-path";
import { type ProviderRefusal, refusalOfClientError } from "#lib/domain/access/provider-refusal";
import { sessionLife } from "#lib/domain/access/session-life";
import { type Id, isId } from "#lib/domain/id";
import { type Result, refuse } from "#lib/domain/result";
import { signInInput } from "#lib/schemas/account";
import { database } from "#lib/server/database";
import { log } from "#lib/server/log";
import { rememberPending } from "#lib/server/pending-sign-in";
import {
  atProviderSeconds,
  forgetIntent,
  readIntent,
  rememberIntent,
} from "#lib/server/provider-intent";
import { requestFacts } from "#lib/server/request";

// The only file that knows next-auth. It checks the sign-in form, or sends people to their provider
// and reads what they come back with, and keeps an encrypted cookie with two ids; everything that
// decides what a person may do is read from the database at each request.

export type SessionToken = { userId: Id<"user">; sessionId: Id<"session"> };

/** next-auth's routes that a sign-in needs; its other pages and endpoints are not offered. */
const authRoutes = { csrf: "GET", "callback/credentials": "POST" } as const;

/** No other site has a browser ask for anything with it (`link-from-elsewhere` tells of links). */
const sessionAttributes = () => ({
  httpOnly: true,
  sameSite: sessionSameSite(),
  path: "/",
  secure: ownCookie("session").secure,
});

/** How long the provider may take for one answer to us. */
const providerLimitMs = 5_000;

/** Which method a route of ours is asked by; undefined when there is no such route. */
export function authMethod(route: readonly string[]): "GET" | "POST" | undefined {
  const name = route.join("/");
  if (Object.hasOwn(authRoutes, name)) return authRoutes[name as keyof typeof authRoutes];
  if (!providerOf(route)) return undefined;
  return route[0] === "signin" ? "POST" : "GET";
}

/** Answers a request to one of the routes that `authMethod` knows; `form` is what was posted to it. */
export async function handleAuth(
  request: Request,
  route: readonly string[],
  form: string | undefined,
): Promise<Response> {
  const context = { params: Promise.resolve({ nextauth: [...route] }) };
  const id = providerOf(route);
  const way = new Way(request);
  const begins = id !== undefined && route[0] === "signin";
  const { pathname, search } = new URL(request.url);
  // What a browser would add to the address of the provider is not its to say.
  const asked = new NextRequest(new URL(begins ? pathname : pathname + search, request.url), {
    method: request.method,
    headers: request.headers,
    body: form,
  });
  if (!id) {
    const response = await underWay.run(way, () =>
      NextAuth(options(undefined, way))(asked, context),
    );
    if (way.waiting) rememberPending(response, way.waiting);
    return response;
  }
  const provider = await findIdentityProvider(database(), id);
  const intended = begins ? await intentOf(form) : await readIntent();
  if (!provider?.enabled) return way.back("provider_gone", id, intended);
  const client = openIdProvider(provider, intended.kind === "prove");
  const response = await underWay.run(way, () =>
    NextAuth(options(client, way, intended))(asked, context),
  );
  if (way.waiting) return way.on(way.waiting, await askedFor());
  if (way.refusal) return way.back(way.refusal, id, intended);
  if (begins) rememberIntent(response, intended);
  else forgetIntent(response);
  return response;
}

/** Whose sign-in an error is of: next-auth keeps one logger, that of the last request, for them all. */
const underWay = new AsyncLocalStorage<Way>();

/** The ids in the request's session cookie, or null when there is none that we made. */
export async function readSessionToken(): Promise<SessionToken | null> {
  const { sessionSecret } = readSettings();
  const cookie = (await cookies()).get(ownCookie("session").name)?.value;
  if (!cookie) return null;
  try {
    const token = await decode({ token: cookie, secret: sessionSecret });
    const { sub, sid } = token ?? {};
    return isId("user", sub) && isId("session", sid) ? { userId: sub, sessionId: sid } : null;
  } catch {
    return null; // Forged, expired, or sealed with a secret that has been replaced.
  }
}

/** Gives the browser the cookie of a session, in place of the one it had. */
export async function writeSessionCookie({ userId, sessionId }: SessionToken): Promise<void> {
  const { name } = ownCookie("session");
  const maxAge = sessionLife.member.absoluteMs / 1000;
  const value = await encode({
    token: { sub: userId, sid: sessionId },
    secret: readSettings().sessionSecret,
    maxAge,
  });
  (await cookies()).set(name, value, { ...sessionAttributes(), maxAge });
}

/** Tells the browser to forget its session cookie. Ending the session itself is another matter. */
export async function forgetSessionCookie(): Promise<void> {
  const { name } = ownCookie("session");
  (await cookies()).set(name, "", { ...sessionAttributes(), maxAge: 0 });
}

function options(
  provider?: OAuthConfig<Record<string, unknown>>,
  way?: Way,
  intent: ProviderIntent = { kind: "sign_in" },
): NextAuthOptions {
  const { origin, sessionSecret } = readSettings();
  // next-auth takes its own address from the environment and from nowhere else.
  process.env.NEXTAUTH_URL = origin;
  const { secure } = ownCookie("session");
  // These come along from the provider.
  const attributes = { httpOnly: true, sameSite: "lax", path: "/", secure } as const;
  const passing = { ...attributes, maxAge: atProviderSeconds };
  return {
    secret: sessionSecret,
    useSecureCookies: secure,
    // How long the cookie is kept; the session's own row decides how long it is worth something.
    session: { strategy: "jwt", maxAge: sessionLife.member.absoluteMs / 1000 },
    cookies: {
      sessionToken: { name: ownCookie("session").name, options: sessionAttributes() },
      csrfToken: { name: ownCookie("csrf").name, options: attributes },
      callbackUrl: { name: ownCookie("callback").name, options: attributes },
      state: { name: ownCookie("state").name, options: passing },
      nonce: { name: ownCookie("nonce").name, options: passing },
      pkceCodeVerifier: { name: ownCookie("verifier").name, options: passing },
    },
    pages: { signIn: "/sign-in", error: "/sign-in" },
    providers: [
      Credentials({
        credentials: { email: {}, password: {} },
        authorize: async (raw) => authorize(raw, way),
      }),
      ...(provider ? [provider] : []),
    ],
    callbacks: {
      signIn: async ({ user, account, profile }) => {
        if (account?.type !== "oauth") return true;
        const signedIn = await providerSession(account.provider, { ...profile }, intent);
        if (!signedIn.ok) {
          const { refusal } = signedIn;
          if (way && typeof refusal === "string") way.refusal = refusal;
          if (way && typeof refusal !== "string") way.waiting = refusal.token;
          return "/sign-in";
        }
        const { userId, sessionId } = signedIn.value;
        Object.assign(user, { id: userId, sessionId });
        return true;
      },
      redirect: ({ url }) =>
        origin + ownPath(url.startsWith(`${origin}/`) ? url.slice(origin.length) : url),
      jwt: ({ token, user }) =>
        user && "sessionId" in user
          ? { sub: user.id, sid: user.sessionId }
          : { sub: token.sub, sid: token.sid },
    },
    logger: {
      error: (code, metadata) => {
        const way = underWay.getStore();
        const error = metadata instanceof Error ? metadata : metadata.error;
        if (way && !way.refusal) way.refusal = refusalOfClientError(error);
        log().error({ code, error, refusal: way?.refusal }, "next-auth error");
      },
      warn: () => {},
      debug: () => {},
    },
  };
}

/** One provider as next-auth takes it: discovery, PKCE, state and nonce; its claims in full. */
function openIdProvider(
  row: IdentityProviderRow,
  asksAnew: boolean,
): OAuthConfig<Record<string, unknown>> {
  const { identitySecret } = readSettings();
  return {
    id: row.id,
    name: row.label,
    type: "oauth",
    wellKnown: `${row.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`,
    clientId: row.clientId,
    clientSecret: openSecret(identitySecret, providerPlace(row.id), row.sealedSecret),
    authorization: {
      params: {
        scope: "openid email profile",
        // A fresh proof: have them sign in there again, and say when they did (Core 3.1.2.1).
        ...(asksAnew && { prompt: "login", max_age: 0 }),
      },
    },
    checks: ["pkce", "state", "nonce"],
    idToken: true,
    httpOptions: { timeout: providerLimitMs },
    userinfo: {
      // Many providers put groups and the address there alone. The client checks that its subject is
      // the token's; where both say something, the signed token counts.
      async request({ client, tokens }) {
        const claims = (tokens as { claims: () => Record<string, unknown> }).claims();
        const { userinfo_endpoint } = client.issuer.metadata;
        const token = tokens.access_token;
        if (!userinfo_endpoint || !token) return claims;
        return { ...(await client.userinfo(token)), ...claims };
      },
    },
    profile: (claims) => ({ id: String(claims.sub) }),
  };
}

/** How a sign-in goes, and the way on or back where it opens no session. */
class Way {
  refusal: ProviderRefusal | undefined;
  /** The name of a sign-in that waits for its second factor. */
  waiting: string | undefined;
  readonly #asksForJson: boolean;

  constructor(request: Request) {
    this.#asksForJson = request.method === "POST";
  }

  /** Leads to the page that asks for the second factor. */
  on(token: string, next: string): Response {
    const url = `${readSettings().origin}/second-factor?next=${encodeURIComponent(next)}`;
    const headers = { "cache-control": "no-store", location: url };
    const response = new Response(null, { status: 302, headers });
    forgetIntent(response);
    rememberPending(response, token);
    return response;
  }

  /** Leads to the page that says why: where it was begun. */
  back(refusal: ProviderRefusal, provider: string, intent?: ProviderIntent): Response {
    const page = {
      link: "/account",
      prove: "/proved",
      sign_in: "/sign-in",
      invitation: "/sign-in",
    }[intent?.kind ?? "sign_in"];
    const url = `${readSettings().origin}${page}?refused=${refusal}&provider=${provider}`;
    const headers = { "cache-control": "no-store" };
    const response = this.#asksForJson
      ? Response.json({ url }, { headers })
      : new Response(null, { status: 302, headers: { ...headers, location: url } });
    forgetIntent(response);
    return response;
  }
}

/** The session that a provider's word opens, or why it opens none. */
async function providerSession(
  providerId: string,
  profile: Record<string, unknown>,
  intent: ProviderIntent,
): Promise<Result<SignedIn, ProviderRefusal | SecondFactorDue>> {
  const provider = isId("identityProvider", providerId)
    ? await findIdentityProvider(database(), providerId)
    : undefined;
  if (!provider) return refuse("provider_gone");
  const claims = readClaims(profile, provider.groupsClaim);
  if (!claims) return refuse("provider_wrong");
  const { requestId, ipAddress, userAgent } = await requestFacts();
  const request = { requestId, ipAddress, userAgent, earlier: await readSessionToken() };
  try {
    if (intent.kind === "prove") {
      return await proveAtProvider(database(), request, provider.id, claims, intent);
    }
    return await signInWithProvider(database(), request, provider.id, claims, intent);
  } catch (error) {
    log().error({ error, requestId }, "sign-in with a provider broke");
    return refuse("fault");
  }
}

async function intentOf(form: string | undefined): Promise<ProviderIntent> {
  const fields = new URLSearchParams(form);
  const token = fields.get("invitation");
  if (token) return { kind: "invitation", token: token.slice(0, 100) };
  const session = await readSessionToken();
  const kind = fields.get("intent");
  const isOwn = kind === "link" || kind === "prove";
  return isOwn && session ? { kind, ...session } : { kind: "sign_in" };
}

/** Where the person was going when they were sent to a provider: next-auth keeps it in a cookie. */
async function askedFor(): Promise<string> {
  const { origin } = readSettings();
  const url = (await cookies()).get(ownCookie("callback").name)?.value ?? "";
  return ownPath(url.startsWith(`${origin}/`) ? url.slice(origin.length) : url);
}

function providerOf(route: readonly string[]): Id<"identityProvider"> | undefined {
  const [verb, id, ...rest] = route;
  if (rest.length > 0 || (verb !== "signin" && verb !== "callback")) return undefined;
  return isId("identityProvider", id) ? id : undefined;
}

/** Throws what the sign-in form reads back: a refusal's kind, with seconds where there are any. */
async function authorize(raw: Record<string, string> | undefined, way: Way | undefined) {
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
  if (refusal.kind === "second_factor_due" && way) way.waiting = refusal.token;
  throw new Error(
    refusal.kind === "too_many_attempts"
      ? `too_many_attempts:${refusal.retryAfterSeconds}`
      : refusal.kind,
  );
}
