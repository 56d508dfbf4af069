/** A public key that an environment's nodes are to accept. */
export type AuthorizedKey = {
  name: string;
  fingerprint: string;
  publicKey: string;
  /** Of the project, and nobody's own. */
  ofProject?: true;
};

/** What was put on a node. */
export type PutKeys = {
  keys: AuthorizedKey[];
  /** Whether its system takes its keys anew at each start; one installed earlier does not. */
  atStart: boolean;
};

/** When a node takes the keys that are wanted now. */
export type KeysDue = "start" | "reinstall";

/**
 * When a node that has `put` takes the keys that its environment wants: null when it has them, and
 * undefined when it is not known what it has, as before its first boot is done.
 */
export function keysDue(
  wanted: readonly Pick<AuthorizedKey, "fingerprint">[],
  put: PutKeys | null,
): KeysDue | null | undefined {
  if (!put) return undefined;
  const has = new Set(put.keys.map((key) => key.fingerprint));
  const same = wanted.every((key) => has.has(key.fingerprint)) && has.size === wanted.length;
  if (same) return null;
  return put.atStart ? "start" : "reinstall";
}
