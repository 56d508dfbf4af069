/** Every kind of thing that has an id, with the prefix that makes an id readable in a log. */
export const idPrefixes = {
  user: "usr",
  session: "ses",
  tenant: "ten",
  project: "prj",
  site: "sit",
  rack: "rck",
  nodeType: "nty",
  node: "nod",
  image: "img",
  profile: "prf",
  template: "tpl",
  templateVersion: "tpv",
  environment: "env",
  allocation: "alo",
  operation: "opr",
  bootWindow: "bwn",
  sanitization: "snt",
  wipeMeasure: "wms",
  passwordRotation: "pwr",
  inspection: "isp",
  sshKey: "key",
  projectKey: "pjk",
  auditEvent: "aud",
  pool: "pol",
  poolItem: "pit",
  healthReason: "hlr",
  healthSilence: "hls",
  serviceAccount: "sva",
  apiToken: "tok",
  passkey: "pky",
  identityProvider: "idp",
  groupRole: "grl",
  invitation: "inv",
  provider: "pvd",
  hookRun: "hkr",
  scriptRun: "scr",
  dryRun: "dry",
  dryCall: "dcl",
  fabric: "fab",
  notification: "ntf",
  webhook: "whk",
  delivery: "dlv",
  hold: "hld",
  context: "ctx",
  contextSecret: "cts",
} as const;

export type IdKind = keyof typeof idPrefixes;

declare const branded: unique symbol;

/** An id of one kind: `env_` and 26 characters of Crockford base32, ordered by time of making. */
export type Id<K extends IdKind> = string & { readonly [branded]: K };

/** Whoever acts: a person, or a program with an account of its own. */
export type ActorId = Id<"user"> | Id<"serviceAccount">;

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/**
 * Makes an id. The first ten characters are the time in milliseconds, the other sixteen are
 * random (80 bits), so ids sort by age and cannot be guessed.
 */
export function newId<K extends IdKind>(
  kind: K,
  nowMs: number = Date.now(),
  random: Uint8Array = crypto.getRandomValues(new Uint8Array(16)),
): Id<K> {
  let time = "";
  for (let rest = nowMs, i = 0; i < 10; i++) {
    time = alphabet.charAt(rest % 32) + time;
    rest = Math.floor(rest / 32);
  }
  let tail = "";
  for (let i = 0; i < 16; i++) tail += alphabet.charAt((random[i] ?? 0) % 32);
  return `${idPrefixes[kind]}_${time}${tail}` as Id<K>;
}

/** The moment at which an id was made, by the clock of whoever made it, in milliseconds. */
export function madeAtMs(id: Id<IdKind>): number {
  const time = [...id.slice(4, 14)];
  return time.reduce((sum, digit) => sum * alphabet.length + alphabet.indexOf(digit), 0);
}

/** True when the text has the shape of an id of this kind; says nothing about existence. */
export function isId<K extends IdKind>(kind: K, text: unknown): text is Id<K> {
  return (
    typeof text === "string" &&
    text.startsWith(`${idPrefixes[kind]}_`) &&
    /^[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}$/.test(text)
  );
}
