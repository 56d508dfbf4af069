/** What a token opens: each is good for one thing of one boot window. */
export const bootTokenPurposes = ["boot", "seed", "phone", "event", "wipe"] as const;
export type BootTokenPurpose = (typeof bootTokenPurposes)[number];

/** True when the text has the shape of a boot token: 128 bits, lower-case hexadecimal. */
export function isBootToken(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}
