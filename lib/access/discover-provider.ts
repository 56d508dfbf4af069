import { ok, type Result, refuse } from "#lib/domain/result";

const limitMs = 5_000;
const longestAnswer = 256_000;

/**
 * Asks an issuer for its discovery document (OpenID Connect Discovery 4) and holds it against what is
 * needed of it. The refusal is a sentence for who entered the issuer. No redirect is followed.
 */
export async function discoverProvider(issuer: string): Promise<Result<void, string>> {
  const address = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  let said: Record<string, unknown>;
  try {
    const answer = await fetch(address, {
      redirect: "manual",
      signal: AbortSignal.timeout(limitMs),
      headers: { accept: "application/json" },
    });
    if (!answer.ok) return refuse(`${address} answers ${answer.status}. Is this the issuer?`);
    const text = await answer.text();
    said = text.length > longestAnswer ? {} : JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return refuse(`${address} does not answer with JSON.`);
    if (error instanceof Error && error.name === "TimeoutError") {
      return refuse(`${address} did not answer within ${limitMs / 1000} seconds.`);
    }
    return refuse(`${address} cannot be reached from here.`);
  }
  if (said?.issuer !== issuer) {
    return refuse(
      typeof said?.issuer === "string"
        ? `It calls itself ${said.issuer.slice(0, 300)}. Enter that, to the letter.`
        : `${address} is no OpenID provider's.`,
    );
  }
  const needed = ["authorization_endpoint", "token_endpoint", "jwks_uri"];
  const missing = needed.filter((name) => typeof said[name] !== "string");
  if (missing.length > 0) return refuse(`It names no ${missing.join(", ")}.`);
  const methods = said.code_challenge_methods_supported;
  if (Array.isArray(methods) && !methods.includes("S256")) {
    return refuse("It does not offer PKCE with S256, which Ingot asks for.");
  }
  return ok(undefined);
}
