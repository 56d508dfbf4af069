import { isNotNull } from "drizzle-orm";
import { afterEach, beforeEach, expect, test } from "vitest";
import { users } from "#db/schema/users";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { actorOf, givenFleetGrant, givenUser } from "#e2e/fixtures/people";
import { authorizeFleet, type Grant } from "#lib/access/authorize";
import { changeOperatorRole } from "#lib/commands/change-operator-role";

// A database for each test: who is the last admin depends on everyone in it.
let db: GivenConnections;
let grant: Grant<"operator.edit">;
beforeEach(async () => {
  db = await givenConnections();
  grant = await givenFleetGrant(db.app, "operator.edit");
});
afterEach(() => db?.close());

const may = async (userId: Grant<"operator.edit">["actorId"]) =>
  authorizeFleet(await actorOf(db.app, userId), "fleet.read").ok;

test("the fleet keeps its last admin, even when two step down at the same moment", async () => {
  const viewer = await givenUser(db.app, { operatorRole: "fleet_viewer" });
  expect(
    await changeOperatorRole(db.app, grant, { userId: grant.actorId, role: null }),
  ).toMatchObject({ refusal: { kind: "not_now" } });
  await changeOperatorRole(db.app, grant, { userId: viewer.userId, role: "fleet_admin" });
  const answers = await Promise.all(
    [viewer.userId, grant.actorId].map((userId) =>
      changeOperatorRole(db.app, grant, { userId, role: "fleet_viewer" }),
    ),
  );
  expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
  const operators = await db.app.select().from(users).where(isNotNull(users.operatorRole));
  expect(operators.map((each) => each.operatorRole).sort()).toEqual([
    "fleet_admin",
    "fleet_viewer",
  ]);
});

test("an operator who was removed finds no fleet at the next request", async () => {
  const { userId } = await givenUser(db.app, { operatorRole: "fleet_admin" });
  expect(await may(userId)).toBe(true);
  expect((await changeOperatorRole(db.app, grant, { userId, role: null })).ok).toBe(true);
  expect(await may(userId)).toBe(false);
});

test("nobody becomes an operator by this: only operators are changed", async () => {
  const { userId } = await givenUser(db.app);
  expect(await changeOperatorRole(db.app, grant, { userId, role: "fleet_admin" })).toEqual({
    ok: false,
    refusal: { kind: "not_found", resource: "user" },
  });
});
