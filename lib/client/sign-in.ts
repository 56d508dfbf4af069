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
  const csrfToken = await newCsrfToken();
  const response = await fetch("/api/auth/callback/credentials", {
    method: "POST",
    body: new URLSearchParams({ email, password, csrfToken, json: "true" }),
  });
  if (response.ok) return ok(undefined);
  const answer = (await read(response)) as { url?: string; title?: string };
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
  const response = await fetch(`/api/auth/signin/${start.provider}`, {
    method: "POST",
    body: new URLSearchParams({
      csrfToken: await newCsrfToken(),
      callbackUrl: start.next,
      json: "true",
      ...(start.intent && { intent: start.intent }),
      ...(start.invitation && { invitation: start.invitation }),
    }),
  });
  const answer = (await read(response)) as { url?: string; title?: string };
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

async function newCsrfToken(): Promise<string> {
  const answer = (await read(await fetch("/api/auth/csrf"))) as { csrfToken: string };
  return answer.csrfToken;
}

async function read(response: Response): Promise<unknown> {
  const type = response.headers.get("content-type") ?? "";
  if (!type.includes("json")) throw new Error(`sign-in answered ${response.status}`);
  return response.json();
}
