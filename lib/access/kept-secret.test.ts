import { createCipheriv, hkdfSync, randomBytes } from "node:crypto";
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

test("a ring opens what each of its keys has sealed, also from before texts said which", () => {
  const ring = `${"n".repeat(43)},${key}`;
  const sealed = keepSecret(key, "row|1", "x");
  const unnamed = sealed.replace(/^k2\.[^.]+/, "k1");
  expect(openSecret(ring, "row|1", sealed)).toBe("x");
  expect(openSecret(ring, "row|1", unnamed)).toBe("x");
  expect(openSecret("n".repeat(43), "row|1", keepSecret(ring, "row|1", "x"))).toBe("x");
  expect(() => openSecret("n".repeat(43), "row|1", sealed)).toThrow("which is not here");
  // Somebody's own secret, with a comma in it, is one key.
  const own = `${"o".repeat(20)},${"p".repeat(20)}`;
  expect(openSecret(own, "row|1", keepSecret(own, "row|1", "x"))).toBe("x");
});

test("a long secret with a comma in it still opens what it sealed before there were rings", () => {
  const own = `${"o".repeat(40)},${"p".repeat(40)}`;
  const iv = randomBytes(12);
  const whole = Buffer.from(hkdfSync("sha256", own, "", "ingot kept secret", 32));
  const cipher = createCipheriv("aes-256-gcm", whole, iv).setAAD(Buffer.from("row|1"));
  const body = Buffer.concat([cipher.update("x"), cipher.final()]);
  const parts = [iv, cipher.getAuthTag(), body].map((part) => part.toString("base64url"));
  const unnamed = ["k1", ...parts].join(".");
  expect(openSecret(own, "row|1", unnamed)).toBe("x");
  expect(openSecret(`${key},${own}`, "row|1", unnamed)).toBe("x");
  expect(() => openSecret(`${key},${"p".repeat(40)}`, "row|1", unnamed)).toThrow();
});
