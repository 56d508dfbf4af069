import { afterAll, beforeAll, expect, test } from "vitest";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { givenFleetGrant } from "#e2e/fixtures/people";
import type { Grant } from "#lib/access/authorize";
import { changePool } from "#lib/commands/change-pool";
import { createPool } from "#lib/commands/create-pool";
import { createSite } from "#lib/commands/create-site";
import { liftReservation } from "#lib/commands/lift-reservation";
import { reservePoolItems } from "#lib/commands/reserve-pool-items";
import { retirePool } from "#lib/commands/retire-pool";
import type { Id } from "#lib/domain/id";
import { type Refusal, refusalMessage } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { CreatePoolInput } from "#lib/schemas/pool";
import { poolDetail, poolsView } from "#lib/views/pools";

let db: GivenConnections;
let may: Grant<"pool.edit">;
let look: Grant<"fleet.read">;
let siteId: Id<"site">;
let elsewhere: Id<"site">;

beforeAll(async () => {
  db = await givenConnections();
  may = await givenFleetGrant(db.app, "pool.edit");
  look = await givenFleetGrant(db.app, "fleet.read");
  siteId = await site("Luleå");
  elsewhere = await site("Umeå");
});
afterAll(() => db?.close());

async function site(name: string): Promise<Id<"site">> {
  const grant = await givenFleetGrant(db.app, "node.enrol");
  return must(await createSite(db.app, grant, { name, bootOrigin: null })).siteId;
}

function must<T>(result: Result<T, Refusal>): T {
  if (!result.ok) throw new Error(refusalMessage(result.refusal));
  return result.value;
}
const why = (result: Result<unknown, Refusal>) =>
  result.ok ? "done" : refusalMessage(result.refusal);

const settings = { warnPercent: 80, cooldownMinutes: 60 };
let counter = 0;
const create = (more: Partial<CreatePoolInput>) =>
  createPool(db.app, may, {
    siteId,
    kind: "vlan",
    name: `pool-${++counter}`,
    ranges: "100-199",
    itemLength: null,
    ...settings,
    ...more,
  });
const shown = async (poolId: string) => {
  const pool = await poolDetail(db.app, look, poolId);
  if (!pool) throw new Error("no such pool");
  return pool;
};

test("pools of every kind are made, and counted without being written out", async () => {
  const made = [
    { kind: "vlan", ranges: "200-249, 300", total: "51" },
    { kind: "pkey", ranges: "0x0010-0x001f", total: "16" },
    { kind: "public_ip", ranges: "198.51.100.0/28", total: "14" },
    { kind: "public_ip", ranges: "2001:db8:1::/64", total: "about 2^64" },
    { kind: "private_prefix", ranges: "10.0.0.0/8", itemLength: 24, total: "65,536" },
    { kind: "private_prefix", ranges: "fd00::/40", itemLength: 64, total: "about 2^24" },
  ] as const;
  for (const { total, ...input } of made) {
    const { poolId } = must(await create({ siteId: elsewhere, ...input }));
    expect(await shown(poolId)).toMatchObject({ total, held: 0, items: [], level: "fine" });
  }
  const { pools } = await poolsView(db.app, look);
  expect(pools.map((pool) => pool.forecast)).toContain("No pace yet: it needs three days of use");
});

test("what makes no sense is refused in words", async () => {
  expect(why(await create({ ranges: "199-100" }))).toContain("runs backwards");
  expect(why(await create({ ranges: "4000-4095" }))).toContain("from 1 to 4094");
  expect(
    why(await create({ kind: "public_ip", ranges: "203.0.113.0/24, 2001:db8::/64" })),
  ).toContain("either IPv4 or IPv6");
  expect(why(await create({ kind: "private_prefix", ranges: "10.0.0.0/8" }))).toContain(
    "Say how long each prefix is",
  );
});

test("what another pool of the kind and site holds is refused by that pool's name", async () => {
  const { poolId } = must(await create({ name: "first", ranges: "1000-1099" }));
  expect(why(await create({ ranges: "1099-1200" }))).toBe(
    "The pool first holds some of this already.",
  );
  expect(why(await create({ name: "first", ranges: "1200" }))).toContain("exists already");
  // Another site has VLANs of its own; public addresses are the same everywhere.
  must(await create({ siteId: elsewhere, ranges: "1000-1099" }));
  must(await create({ kind: "public_ip", name: "public", ranges: "192.0.2.0/24" }));
  expect(
    why(await create({ siteId: elsewhere, kind: "public_ip", ranges: "192.0.2.200" })),
  ).toContain("The pool public holds some of this");
  // A prefix of another length does not hide in the last one of a pool.
  must(
    await create({ kind: "private_prefix", name: "wide", ranges: "10.9.0.0/16", itemLength: 24 }),
  );
  expect(
    why(await create({ kind: "private_prefix", ranges: "10.9.255.128/25", itemLength: 26 })),
  ).toContain("The pool wide holds");
  must(await retirePool(db.app, may, { poolId }));
  must(await create({ name: "first", ranges: "1050" }));
});

// Guarantee: of operators who add the same range at once, one has it and the others are refused.
// Goes red, as an error instead of a refusal, without the lock of the site.
test("pools that are added at once do not overlap", async () => {
  // Connections are made beforehand: making them would put the commands one behind the other.
  await Promise.all(Array.from({ length: 12 }, () => db.app.execute("select pg_sleep(0.1)")));
  const results = await Promise.all(
    Array.from({ length: 12 }, () => create({ siteId: elsewhere, ranges: "2000-2010" })),
  );
  expect(results.filter((result) => result.ok)).toHaveLength(1);
});

test("reserved items are kept, named when a pool shrinks, and lifted", async () => {
  const { poolId } = must(await create({ name: "edge", ranges: "3000-3009" }));
  const reserve = (items: string) =>
    reservePoolItems(db.app, may, { poolId, items, reason: "gateways" });
  must(await reserve("3000-3001"));
  expect(why(await reserve("3001"))).toBe("Not free: 3001 (reserved: gateways).");
  expect(why(await reserve("3010"))).toBe("3010 is not in this pool.");
  expect(why(await reserve("1-4094"))).toContain("At most 256 at once");
  expect(await shown(poolId)).toMatchObject({ free: "8", reserved: 2, usedPercent: 20 });

  const change = (ranges: string) => changePool(db.app, may, { poolId, ranges, ...settings });
  expect(why(await change("3001-3009"))).toContain("3000 (reserved: gateways)");
  expect((await shown(poolId)).ranges).toBe("3000-3009");
  must(await change("3000-3005, 3010-3019"));
  expect(await shown(poolId)).toMatchObject({ ranges: "3000-3005, 3010-3019", total: "16" });

  expect(why(await retirePool(db.app, may, { poolId }))).toContain("3000 (reserved: gateways)");
  for (const item of (await shown(poolId)).items) {
    must(await liftReservation(db.app, may, { itemId: item.id }));
    expect(why(await liftReservation(db.app, may, { itemId: item.id }))).toContain("no such");
  }
  must(await retirePool(db.app, may, { poolId }));
  expect(await poolDetail(db.app, look, poolId)).toBeNull();
  expect(why(await change("3000"))).toContain("no such pool");
});

test("a pool that is fuller than its threshold says so", async () => {
  const { poolId } = must(await create({ ranges: "3500-3504" }));
  await reservePoolItems(db.app, may, { poolId, items: "3500-3503", reason: "printers" });
  expect((await shown(poolId)).level).toBe("filling");
  await reservePoolItems(db.app, may, { poolId, items: "3504", reason: "printers" });
  expect(await shown(poolId)).toMatchObject({ level: "full", free: "0", forecast: "Full now" });
});
