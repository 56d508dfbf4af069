import { expect, test } from "vitest";
import { keepSecret, openSecret } from "#lib/access/kept-secret";

const key = "k".repeat(43);

test("what was kept opens with its key, in its place, unchanged", () => {
  const sealed = keepSecret(key, "row|1", "pässword");
  expect(openSecret(key, "row|1", sealed)).toBe("pässword");
  expect(sealed).not.toContain("pässword");
  expect(keepSecret(key, "row|1", "pässword")).not.toBe(sealed);
  expect(() => openSecret("o".repeat(43), "row|1", sealed)).toThrow();
  expect(() => openSecret(key, "row|2", sealed)).toThrow();
  for (let at = 3; at < sealed.length; at += 5) {
    const other = sealed[at] === "A" ? "w" : "A";
    const forged = sealed.slice(0, at) + other + sealed.slice(at + 1);
    expect(() => openSecret(key, "row|1", forged)).toThrow();
  }
});
