import { randomInt } from "node:crypto";

// Without letters and digits that are mistaken for each other: it may be read aloud.
const alphabet = "abcdefghjkmnpqrstuvwxyz23456789";

/** A password to hand to someone, who replaces it at their first sign-in: 79 bits, in four groups. */
export function newOneTimePassword(): string {
  const group = () =>
    Array.from({ length: 4 }, () => alphabet.charAt(randomInt(alphabet.length))).join("");
  return [group(), group(), group(), group()].join("-");
}
