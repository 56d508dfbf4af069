import { storable } from "#lib/domain/storable";

/** Longest part of a body that is kept as evidence. */
const keptCharacters = 8 * 1024;

const mask = "•••";

/**
 * A JSON member whose name speaks of a secret, with a string for value (perhaps cut off). The name
 * has a longest length, or a hostile body could keep the search busy for hours.
 */
const secretMember =
  /("[^"]{0,64}(?:password|passwd|token|secret|credential)[^"]{0,64}"\s*:\s*)"(?:[^"\\]|\\.)*(?:"|$)/gi;

/** The one-time tokens in the addresses that a host boots and reports to; JSON may escape slashes. */
const bootToken = /(\/[bnwe]\\?\/)[A-Za-z0-9_-]{8,}/g;

/**
 * Makes a body fit to be kept: passwords, tokens and the one-time parts of boot addresses are
 * masked, and so is every occurrence of the secrets given, wherever a controller echoes them.
 * Masks first and cuts then, so that no secret survives at the edge.
 */
export function redact(body: string, secrets: readonly string[]): string {
  let text = body.replace(secretMember, `$1"${mask}"`).replace(bootToken, `$1${mask}`);
  for (const secret of secrets) {
    // Shorter ones occur by chance; where they matter, the rules above have masked them.
    if (secret.length < 6) continue;
    text = text.replaceAll(secret, mask).replaceAll(JSON.stringify(secret).slice(1, -1), mask);
  }
  return text.length > keptCharacters
    ? `${storable(text.slice(0, keptCharacters))}… (${text.length} characters)`
    : storable(text);
}
