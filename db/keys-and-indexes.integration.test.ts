import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type GivenDatabase, givenDatabase } from "#e2e/fixtures/database";

// What holds for every key and every index, as the catalogue tells it: also for those of tables that are
// added later.

let database: GivenDatabase;
let superuser: pg.Client;
beforeAll(async () => {
  database = await givenDatabase();
  superuser = new pg.Client({ connectionString: database.superuserUrl });
  await superuser.connect();
});
afterAll(async () => {
  await superuser?.end();
  await database?.drop();
});

/** What a query names, once a change has been made that is taken back afterwards. */
async function after(change: string, ask: () => Promise<string[]>): Promise<string[]> {
  await superuser.query("begin");
  try {
    await superuser.query(change);
    return await ask();
  } finally {
    await superuser.query("rollback");
  }
}

async function names(query: string): Promise<string[]> {
  const { rows } = await superuser.query<{ name: string }>(query);
  return rows.map((row) => row.name);
}

/** Keys between tables of tenants that leave the tenant out, and so could join two of them. */
const loneKeys = () =>
  names(`
    select format('%s (%s)', f.conrelid::regclass, string_agg(a.attname, ', ' order by a.attnum)) as name
    from pg_constraint f join pg_attribute a on a.attrelid = f.conrelid and a.attnum = any (f.conkey)
    where f.contype = 'f' and f.connamespace = 'public'::regnamespace
      and 2 = (select count(*) from pg_attribute t where t.attname = 'tenant_id'
        and t.attrelid in (f.conrelid, f.confrelid))
    group by f.oid, f.conrelid having bool_and(a.attname <> 'tenant_id') order by 1`);

test("a key between tables of tenants names the tenant, but for what is made of a row just read", async () => {
  // What commands and workers write beside an operation, an allocation or a message that they have read
  // under the tenant's own policy; after every crash and race it is asked that none joins two tenants
  // (e2e/fixtures/invariants.ts). A new table is not added here: it gets a composite key.
  expect(await loneKeys()).toEqual([
    "boot_windows (allocation_id)",
    "boot_windows (operation_id)",
    "deliveries (notification_id)",
    "deliveries (webhook_id)",
    "health_reasons (allocation_id)",
    "hook_runs (operation_id)",
    "operation_logs (operation_id)",
    "operation_steps (operation_id)",
    "operations (allocation_id)",
    "operations (environment_id)",
    "sanitizations (allocation_id)",
    "sanitizations (operation_id)",
    "script_runs (allocation_id)",
    "script_runs (hook_run_id)",
    "script_runs (operation_id)",
    "wipe_measures (allocation_id)",
    "wipe_measures (operation_id)",
  ]);
  const lone =
    "create table notes (tenant_id text, environment_id text references environments (id))";
  expect(await after(lone, loneKeys)).toContain("notes (environment_id)");
});

/** Indexes that go down with what is null at the end: `order by … desc` has it at the beginning. */
const uselessOrders = () =>
  names(`
    select indexrelid::regclass::text as name from pg_index
    where indrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace)
      and 1 = any (string_to_array(indoption::text, ' ')::int[])`);

test("no index is in an order that no list asks for", async () => {
  // A page of a million events would be sorted out of all of them.
  expect(await uselessOrders()).toEqual([]);
  const index = "create index by_name on tenants (name desc nulls last)";
  expect(await after(index, uselessOrders)).toEqual(["by_name"]);
});
