/** What a session was opened with first; a passkey is two factors by itself. */
export const waysIn = ["password", "passkey", "provider"] as const;
export type WayIn = (typeof waysIn)[number];

/** What was shown after it, where a second factor was asked for. */
export const shownFactors = ["app", "recovery code", "passkey"] as const;
export type ShownFactor = (typeof shownFactors)[number];

const factorWords = {
  app: "authenticator app",
  "recovery code": "recovery code",
  passkey: "passkey",
} as const satisfies Record<ShownFactor, string>;

/**
 * How a session was signed in, as its person reads it. Sessions from before this was kept do not say:
 * "unknown". A provider that has been removed since is told as one.
 */
export function wayInWords(session: {
  wayIn: WayIn | null;
  provider: string | null;
  shownFactor: ShownFactor | null;
}): string {
  const first = session.wayIn === "provider" ? (session.provider ?? "a provider") : session.wayIn;
  if (!first) return "unknown";
  return session.shownFactor ? `${first}, then ${factorWords[session.shownFactor]}` : first;
}
