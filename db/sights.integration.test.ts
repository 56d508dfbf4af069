import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect, type Database, inScope } from "#db/client";
import { type GivenDatabase, givenDatabase } from "#e2e/fixtures/database";
import {
  type GivenFleet,
  type GivenTenant,
  givenFleet,
  givenTenant,
} from "#e2e/fixtures/launchable";
import { givenLaunched } from "#e2e/fixtures/launched";

// What of the catalogue a tenant sees: what is shared with it, and what it has launched.

const shown = [
  ...[
    "profiles",
    "profile_versions",
    "images",
    "templates",
    "template_versions",
    "template_groups",
  ],
  "node_types",
] as const;

let database: GivenDatabase;
let superuser: pg.Client;
let app: { db: Database; pool: pg.Pool };
let worker: { db: Database; pool: pg.Pool };

beforeAll(async () => {
  database = await givenDatabase();
  superuser = new pg.Client({ connectionString: database.superuserUrl });
  await superuser.connect();
  app = connect({ url: database.url, role: "ingot_app", max: 2 });
  worker = connect({ url: database.url, role: "ingot_worker", max: 2 });
});
afterAll(async () => {
  await Promise.all([app?.pool.end(), worker?.pool.end(), superuser?.end()]);
  await database?.drop();
});

/** How many rows of each table a tenant sees. */
function seenBy({ tenantId, userId }: GivenTenant): Promise<Record<string, number>> {
  return inScope(app.db, { tenant: tenantId, user: userId, fleet: "" }, async (tx) => {
    const counts: Record<string, number> = {};
    for (const table of shown)
      counts[table] = (await tx.execute(`select from ${table}`)).rows.length;
    return counts;
  });
}

const all = Object.fromEntries(shown.map((table) => [table, 1]));
const nothing = Object.fromEntries(shown.map((table) => [table, 0]));

async function unshare({ tenantId }: GivenTenant, tables: readonly string[]): Promise<void> {
  for (const table of tables) {
    await superuser.query(`delete from ${table}_shares where tenant_id = $1`, [tenantId]);
  }
}

const givenOther = (fleet: GivenFleet) => givenTenant(app.db, { fleet, gpuLimit: 80 });

// Guarantee: nobody sees the catalogue of others. Goes red when a function forgets whose shares it counts.
test("a tenant sees what is shared with it, and nothing that is shared with another", async () => {
  const [ours, theirs] = [
    await givenFleet(app.db, { racks: [1] }),
    await givenFleet(app.db, { racks: [1] }),
  ];
  const [us, them] = [await givenOther(ours), await givenOther(theirs)];
  expect(await seenBy(us)).toEqual(all);
  expect(await seenBy(them)).toEqual(all);
  await unshare(us, ["profile"]);
  // Its image is shared by itself as well.
  const withoutProfile = { ...all, profiles: 0, profile_versions: 0, node_types: 0 };
  expect(await seenBy(us)).toEqual(withoutProfile);
  await unshare(us, ["image"]);
  expect(await seenBy(us)).toEqual({ ...withoutProfile, images: 0 });
  await unshare(us, ["template"]);
  expect(await seenBy(us)).toEqual(nothing);
  expect(await seenBy(them)).toEqual(all);
});

test("a profile shows its default image, a draft of its terms shows nothing", async () => {
  const fleet = await givenFleet(app.db, { racks: [1] });
  const us = await givenOther(fleet);
  await unshare(us, ["image", "template"]);
  const seen = { ...nothing, profiles: 1, profile_versions: 1, images: 1, node_types: 1 };
  expect(await seenBy(us)).toEqual(seen);
  await superuser.query(
    `insert into images (id, name, version, purpose, kernel_file, kernel_sha256, initrd_file, initrd_sha256,
       default_user, state)
     select 'draft' || id, 'draft', version, purpose, kernel_file, kernel_sha256, initrd_file, initrd_sha256,
       default_user, state from images where id = $1`,
    [fleet.imageId],
  );
  await superuser.query(
    `insert into profile_versions (profile_id, version, display_name, default_image_id)
     values ($1, 2, 'Draft', 'draft' || $2)`,
    [fleet.profileId, fleet.imageId],
  );
  expect(await seenBy(us)).toEqual(seen);
});

test("what a tenant has launched it sees on, whatever is shared with it; nobody else does", async () => {
  const fleet = await givenFleet(app.db, { racks: [2] });
  const us = await givenOther(fleet);
  const them = await givenOther(fleet);
  await givenLaunched({ app: app.db, worker: worker.db }, { fleet, tenant: us, nodeCount: 1 });
  for (const tenant of [us, them]) await unshare(tenant, ["profile", "image", "template"]);
  expect(await seenBy(us)).toEqual(all);
  expect(await seenBy(them)).toEqual(nothing);
});
