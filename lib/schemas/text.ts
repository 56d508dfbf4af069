import { z } from "zod";

// Every text that comes from outside is one of these, or narrower still. None of them lets through
// what a column of text or of JSON cannot hold: a NUL, half of a surrogate pair (\p{Cs}).

/** Text on one line, which may be empty: without characters that hide or reorder others. */
export const line = (longest: number) =>
  z
    .string()
    .trim()
    .max(longest, `At most ${longest} characters.`)
    .regex(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*$/u, "Use printable characters only.");

/**
 * What somebody looks for, from a box or the address of a page, where nothing is refused: what no name can
 * hold is left out of it, and what is longer than any is cut. Empty where it is no text.
 */
export const searchText = (longest: number) =>
  z
    .string()
    .transform((text) =>
      text
        .trim()
        .slice(0, longest)
        .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "")
        .trim(),
    )
    .catch("");

/** Text shown on one line, which must be there. */
export const label = (what: string, longest: number) => line(longest).min(1, `Enter ${what}.`);

/** Text of several lines, which may be empty. */
export const prose = (longest: number) =>
  z
    .string()
    .trim()
    .max(longest, `At most ${longest} characters.`)
    .regex(/^(?:[^\p{Cc}\p{Cs}]|[\n\r\t])*$/u, "Use printable characters only.");

/** A short stable name that appears in addresses and commands: `gpu-8x-h200`. */
export const slug = (longest = 40) =>
  z
    .string()
    .trim()
    .min(1, "Enter a short name.")
    .max(longest, `At most ${longest} characters.`)
    .regex(
      /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/,
      "Use lower-case letters, digits and dashes; begin and end with a letter or digit.",
    );
