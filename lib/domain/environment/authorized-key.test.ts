import { expect, test } from "vitest";
import { type AuthorizedKey, keysDue } from "#lib/domain/environment/authorized-key";

const key = (name: string): AuthorizedKey => ({
  name,
  fingerprint: `SHA256:${name}`,
  publicKey: `ssh-ed25519 ${name}`,
});
const [ada, bob] = [key("ada"), key("bob")];

test("a node that has what is wanted waits for nothing, in whichever order", () => {
  expect(keysDue([ada, bob], { keys: [bob, ada], atStart: true })).toBeNull();
  expect(keysDue([ada], { keys: [{ ...ada, name: "renamed" }], atStart: false })).toBeNull();
});

test("one that has more or fewer takes them at its next start, or when it is reinstalled", () => {
  expect(keysDue([ada, bob], { keys: [ada], atStart: true })).toBe("start");
  expect(keysDue([ada], { keys: [ada, bob], atStart: true })).toBe("start");
  expect(keysDue([bob], { keys: [ada], atStart: false })).toBe("reinstall");
});

test("of a node that has taken none yet nothing is said", () => {
  expect(keysDue([ada], null)).toBeUndefined();
});
