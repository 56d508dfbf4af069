/**
 * What a token opens: each is good for one thing of one boot window. `wipe` is what a job in memory
 * reports with, a wipe or an installation; `start` is what an installed system says with at every
 * later boot that it is up; `hook` is what scripts of hooks are fetched and reported with.
 */
export const bootTokenPurposes = [
  "boot",
  "seed",
  "phone",
  "event",
  "wipe",
  "start",
  "hook",
] as const;
export type BootTokenPurpose = (typeof bootTokenPurposes)[number];

/** True when the text has the shape of a boot token: 128 bits, lower-case hexadecimal. */
export function isBootToken(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}
