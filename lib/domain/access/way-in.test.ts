import { expect, test } from "vitest";
import { wayInWords } from "#lib/domain/access/way-in";

test.for([
  [{ wayIn: "password", provider: null, shownFactor: null }, "password"],
  [{ wayIn: "password", provider: null, shownFactor: "app" }, "password, then authenticator app"],
  [{ wayIn: "passkey", provider: null, shownFactor: null }, "passkey"],
  [{ wayIn: "provider", provider: "Example", shownFactor: "passkey" }, "Example, then passkey"],
  [{ wayIn: "provider", provider: null, shownFactor: null }, "a provider"],
  // From before it was kept.
  [{ wayIn: null, provider: null, shownFactor: null }, "unknown"],
] as const)("%o is told as %s", ([session, words]) => {
  expect(wayInWords(session)).toBe(words);
});
