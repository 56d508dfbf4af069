import { z } from "zod";

/** Text shown on one line: trimmed, not empty, and without characters that hide or reorder others. */
export const label = (what: string, longest: number) =>
  z
    .string()
    .trim()
    .min(1, `Enter ${what}.`)
    .max(longest, `At most ${longest} characters.`)
    .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u, "Use printable characters only.");

/** Text of several lines. */
export const prose = (longest: number) =>
  z
    .string()
    .trim()
    .max(longest, `At most ${longest} characters.`)
    .regex(/^(?:[^\p{Cc}]|[\n\r\t])*$/u, "Use printable characters only.");

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
