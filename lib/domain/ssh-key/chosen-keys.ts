import type { AuthorizedKey } from "#lib/domain/environment/authorized-key";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import { type PublicKey, parsePublicKey } from "#lib/domain/ssh-key/public-key";

/** What a project can have: few enough that each is somebody's to know. */
export const mostProjectKeys = 20;

/** What an environment can have: all that a launch can choose, and some that came since. */
const mostEnvironmentKeys = 100;

/**
 * The keys that an environment's nodes are to accept, each once: what stands earlier in the list
 * keeps its name. Refuses none at all, since nothing else opens a node, and more
 * than there may be.
 */
export function chosenKeys(
  candidates: readonly AuthorizedKey[],
): Result<AuthorizedKey[], RefusalOf<"invalid_input">> {
  const keys = eachOnce(candidates);
  if (keys.length === 0) return no("Add at least one SSH key: it is the only way into the nodes.");
  if (keys.length > mostEnvironmentKeys) {
    return no(`An environment takes ${mostEnvironmentKeys} keys at most. Take some off.`);
  }
  return ok(keys);
}

/** Keys by what they are, whatever they are called: the first of each. */
export function eachOnce<T extends { fingerprint: string }>(keys: readonly T[]): T[] {
  const once = new Map<string, T>();
  for (const key of keys) if (!once.has(key.fingerprint)) once.set(key.fingerprint, key);
  return [...once.values()];
}

const no = (sshKeys: string): Result<never, RefusalOf<"invalid_input">> =>
  refuse({ kind: "invalid_input", fields: { sshKeys } });

/** What was pasted beside the saved keys of a launch; null for nothing. Refused as `pastedKey`. */
export async function readPastedKey(
  text: string,
): Promise<Result<PublicKey | null, RefusalOf<"invalid_input">>> {
  if (text.trim() === "") return ok(null);
  const parsed = await parsePublicKey(text);
  if (parsed.ok) return parsed;
  const pastedKey = parsed.refusal.fields.publicKey ?? "This is not an SSH public key.";
  return refuse({ kind: "invalid_input", fields: { pastedKey } });
}

/** A key that was pasted for one environment, by its comment. */
export function pastedAs(key: PublicKey, otherwise: string): AuthorizedKey {
  return {
    name: key.comment || otherwise,
    fingerprint: key.fingerprint,
    publicKey: key.line,
  };
}
