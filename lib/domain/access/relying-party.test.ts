import { expect, test } from "vitest";
import { relyingPartyOf } from "#lib/domain/access/relying-party";

test.for([
  ["https://ingot.example.com", "ingot.example.com at https://ingot.example.com"],
  ["https://ingot.example.com:8443/", "ingot.example.com at https://ingot.example.com:8443"],
  ["http://127.0.0.1:3000", "localhost at http://localhost:3000"],
  ["http://[::1]:3000", "localhost at http://localhost:3000"],
  ["http://localhost:3000", "localhost at http://localhost:3000"],
  ["http://ingot.example.com", "nobody"],
  ["https://10.0.0.5", "nobody"],
  ["https://[fd00::5]", "nobody"],
] as const)("passkeys at %s are for %s", ([origin, whom]) => {
  const party = relyingPartyOf(origin);
  expect(party ? `${party.id} at ${party.origin}` : "nobody").toBe(whom);
});
