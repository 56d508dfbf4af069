import { randomInt } from "node:crypto";
import { expect, test } from "vitest";
import { newPassword } from "#lib/domain/node/new-password";

test.each([
  ["nothing told", null, null, 16],
  ["a DGX H100", 13, 20, 20],
  ["an iDRAC", 0, 40, 20],
  ["an XCC", 10, 32, 20],
  ["sixteen at most", 8, 16, 16],
  ["no limit, written as zero", 8, 0, 16],
  ["twenty-four at least", 24, null, 24],
])("%s: a password of the right length with every kind of character", (_, min, max, length) => {
  for (let round = 0; round < 50; round++) {
    const made = newPassword({ minLength: min, maxLength: max }, randomInt) ?? "";
    expect(made).toHaveLength(length);
    for (const kind of [/[a-z]/, /[A-Z]/, /[0-9]/, /[-_.+=!]/, /^[A-Za-z]/]) {
      expect(made).toMatch(kind);
    }
    expect(made).not.toMatch(/(.)\1/);
  }
});

test("a controller that takes short ones alone gets none", () => {
  expect(newPassword({ minLength: null, maxLength: 8 }, randomInt)).toBeNull();
});
