import { expect, test } from "vitest";
import { newestPublicHalf, newSealingKeys, seal, unseal } from "#lib/access/sealed";

const keys = newSealingKeys();

test("the holder of the private key reads what was sealed", () => {
  const sealed = seal(keys.publicKey, "row|1", "pässword");
  expect(unseal(keys.privateKey, "row|1", sealed)).toBe("pässword");
});

test("another key, another row, or one changed character does not open it", () => {
  const sealed = seal(keys.publicKey, "row|1", "password");
  expect(() => unseal(newSealingKeys().privateKey, "row|1", sealed)).toThrow();
  expect(() => unseal(keys.privateKey, "row|2", sealed)).toThrow();
  for (let at = 3; at < sealed.length; at += 7) {
    // "w" and "A" differ in their high bits, which even a last character counts.
    const other = sealed[at] === "A" ? "w" : "A";
    const forged = sealed.slice(0, at) + other + sealed.slice(at + 1);
    expect(() => unseal(keys.privateKey, "row|1", forged)).toThrow();
  }
});

test("the same text sealed twice looks different", () => {
  expect(seal(keys.publicKey, "row|1", "x")).not.toBe(seal(keys.publicKey, "row|1", "x"));
});

test("a ring opens what each of its keys has sealed, also from before texts said which", () => {
  const older = newSealingKeys();
  const ring = `${keys.privateKey},${older.privateKey}`;
  const sealed = seal(older.publicKey, "row|1", "x");
  const unnamed = sealed.replace(/^s2\.[^.]+/, "s1");
  expect(unseal(ring, "row|1", sealed)).toBe("x");
  expect(unseal(ring, "row|1", unnamed)).toBe("x");
  expect(newestPublicHalf(ring)).toBe(keys.publicKey);
  expect(() => unseal(keys.privateKey, "row|1", sealed)).toThrow("which is not here");
  expect(() => unseal(keys.privateKey, "row|1", unnamed)).toThrow();
});
