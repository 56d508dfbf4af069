import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { asOperator, givenFleet } from "#e2e/fixtures/launchable";
import { givenFleetGrant } from "#e2e/fixtures/people";
import { nodeList, nodePageSize } from "#lib/views/node-list";

let db: GivenConnections;

beforeAll(async () => {
  db = await givenConnections();
});
afterAll(() => db?.close());

test("pages hold every node once, also those that were retired under one name", async () => {
  const count = nodePageSize * 2 + 5;
  const { racks } = await givenFleet(db.app, { racks: [count] });
  await asOperator(db.app, (tx) =>
    tx.execute(
      sql`update nodes set lifecycle = 'retired', name = 'n' || (row % 3) from (
        select id as same, row_number() over () as row from nodes) as numbered where same = id`,
    ),
  );
  const grant = await givenFleetGrant(db.app, "fleet.read");
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const page = await nodeList(db.app, grant, { after });
    seen.push(...page.lines.map(({ id }) => id));
    after = page.after ?? undefined;
  } while (after);
  expect(seen.sort()).toEqual(racks.flat().sort());
});
