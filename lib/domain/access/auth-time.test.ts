import { expect, test } from "vitest";
import { proofByProvider } from "#lib/domain/access/auth-time";

const now = 1_800_000_000;

test.for([
  [now, "fresh"],
  [now - 299, "fresh"],
  [now + 59, "fresh"],
  [now - 301, "old"],
  // A clock one hour off, either way.
  [now - 3_600, "old"],
  [now + 3_600, "unsaid"],
  [0, "old"],
  [null, "unsaid"],
] as const)("a provider that says %s gives a proof that is %s", ([authTime, worth]) => {
  expect(proofByProvider(authTime, now)).toBe(worth);
});
