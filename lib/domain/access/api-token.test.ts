import { crc32 } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readApiToken, tokenRandomBytes, writeApiToken } from "#lib/domain/access/api-token";

const random = fc.uint8Array({ minLength: tokenRandomBytes, maxLength: tokenRandomBytes });

test("a token is read as it was written, whatever the chance", () => {
  fc.assert(
    fc.property(random, (bytes) => {
      const { key, token } = writeApiToken(bytes);
      expect(token).toMatch(/^ingot_[0-9A-Za-z]{8}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/);
      expect(readApiToken(token)).toEqual({ key });
    }),
  );
});

test("one changed character makes it no token", () => {
  fc.assert(
    fc.property(random, fc.nat({ max: 60 }), (bytes, at) => {
      const { token } = writeApiToken(bytes);
      const other = token[at] === "A" ? "B" : "A";
      expect(readApiToken(token.slice(0, at) + other + token.slice(at + 1))).toBeNull();
    }),
  );
});

test("the check is the CRC-32 that everyone else computes", () => {
  const { token } = writeApiToken(new Uint8Array(tokenRandomBytes).fill(7));
  const body = token.slice(0, -7);
  const value = [...token.slice(-6)].reduce((sum, char) => {
    const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    return sum * 62 + alphabet.indexOf(char);
  }, 0);
  expect(value).toBe(crc32(body));
});

test.for(["", "ingot_", "ingot_a_b_c", "Bearer x", "ingot_🙂", "x".repeat(100_000)])(
  "%s is no token",
  (text) => expect(readApiToken(text)).toBeNull(),
);
