import { afterAll, beforeAll, expect, test } from "vitest";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { actorOf, givenUser } from "#e2e/fixtures/people";
import { newPublicKey } from "#e2e/world/tenants";
import type { Actor } from "#lib/access/authorize";
import { addSshKey } from "#lib/commands/add-ssh-key";
import { removeSshKey } from "#lib/commands/remove-ssh-key";
import { newId } from "#lib/domain/id";
import { addSshKeyInput } from "#lib/schemas/account";
import { accountView } from "#lib/views/account";

let db: GivenConnections;
beforeAll(async () => {
  db = await givenConnections();
});
afterAll(() => db?.close());

const person = async () => actorOf(db.app, (await givenUser(db.app)).userId);

const keysOf = async (actor: Actor) => {
  const session = {
    actor,
    sessionId: newId("session"),
    mustChangePassword: false,
    mustSetUpFactor: false,
    isVouched: false,
    mayEnrolUnproved: false,
  };
  return (await accountView(db.app, session)).sshKeys;
};

test("a key is kept once, and the second time is answered with its name", async () => {
  const ada = await person();
  const publicKey = newPublicKey("me@laptop");
  expect((await addSshKey(db.app, ada, { name: "laptop", publicKey })).ok).toBe(true);
  expect(await addSshKey(db.app, ada, { name: "again", publicKey })).toMatchObject({
    refusal: { fields: { publicKey: expect.stringContaining('"laptop"') } },
  });
  expect(await keysOf(ada)).toMatchObject([{ name: "laptop", type: "ssh-ed25519" }]);
  // Someone else may have it too.
  expect((await addSshKey(db.app, await person(), { name: "shared", publicKey })).ok).toBe(true);
});

test("nobody sees or removes the key of another", async () => {
  const [ada, eve] = [await person(), await person()];
  const added = await addSshKey(db.app, ada, {
    name: "laptop",
    publicKey: newPublicKey("me@laptop"),
  });
  if (!added.ok) throw new Error("not added");
  expect(await keysOf(eve)).toEqual([]);
  expect(await removeSshKey(db.app, eve, added.value)).toMatchObject({
    refusal: { kind: "not_found" },
  });
  expect(await keysOf(ada)).toHaveLength(1);
  expect((await removeSshKey(db.app, ada, added.value)).ok).toBe(true);
  expect(await keysOf(ada)).toEqual([]);
});

test.for(["", "two\nlines", "right\u202Eto left", "zero\u200Bwidth", "x".repeat(61)])(
  "%j is no name for a key",
  (name) => {
    expect(addSshKeyInput.safeParse({ name, publicKey: newPublicKey("me@laptop") }).success).toBe(
      false,
    );
  },
);
