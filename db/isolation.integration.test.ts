import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect, type Database, inScope } from "#db/client";
import { type GivenDatabase, givenDatabase } from "#e2e/fixtures/database";
import { type GivenTenant, givenFleet, givenTenant } from "#e2e/fixtures/launchable";
import { givenLaunched } from "#e2e/fixtures/launched";

// The database itself keeps tenants apart. Every table is read from the catalogue, so a table that
// is added later is held to the same or fails here.

/** Tables without a row of any tenant; what is in them is guarded by the code that asks. */
const ofNoTenant = [
  ...["users", "sessions", "sign_in_attempts", "act_windows", "setup_links"],
  ...["identity_providers", "user_identities", "sign_in_rules"],
];

let database: GivenDatabase;
let superuser: pg.Client;
let app: { db: Database; pool: pg.Pool };
let worker: { db: Database; pool: pg.Pool };
let ours: GivenTenant;
let theirs: GivenTenant;

beforeAll(async () => {
  database = await givenDatabase();
  superuser = new pg.Client({ connectionString: database.superuserUrl });
  await superuser.connect();
  // One connection: whatever a transaction leaves behind, the next one finds.
  app = connect({ url: database.url, role: "ingot_app", max: 1 });
  worker = connect({ url: database.url, role: "ingot_worker", max: 2 });
  const fleet = await givenFleet(app.db, { racks: [4] });
  ours = await givenTenant(app.db, { fleet, gpuLimit: 80, projectGpuLimit: 40 });
  theirs = await givenTenant(app.db, { fleet, gpuLimit: 80, projectGpuLimit: 40 });
  for (const tenant of [ours, theirs]) {
    const connections = { app: app.db, worker: worker.db };
    const { operationId } = await givenLaunched(connections, { fleet, tenant, nodeCount: 1 });
    // What a worker writes while it carries the launch out.
    await superuser.query(
      "insert into operation_steps (operation_id, tenant_id, name, position, state) values ($1, $2, 'boot', 0, 'running')",
      [operationId, tenant.tenantId],
    );
    await superuser.query(
      "insert into operation_logs (operation_id, tenant_id, source, level, message) values ($1, $2, 'worker', 'info', 'hello')",
      [operationId, tenant.tenantId],
    );
  }
  await superuser.query(
    `with pool as (
       insert into pools (id, site_id, name, kind, family, step, warn_percent, cooldown_minutes)
       select 'pool', id, 'vlans', 'vlan', 0, 1, 80, 60 from sites limit 1 returning id)
     insert into pool_items (id, pool_id, scope, kind, family, value, tenant_id, project_id, environment_id)
     select 'i' || e.id, pool.id, 'site', 'vlan', 0, row_number() over (), e.tenant_id, e.project_id, e.id
     from environments e, pool`,
  );
  await superuser.query(
    `insert into boot_windows (id, node_id, operation_id, tenant_id, purpose, boot_origin,
       boot_token_hash, seed_token_hash, phone_token_hash, event_token_hash, wipe_token_hash,
       kernel_file, kernel_sha256, initrd_file, initrd_sha256, kernel_args, expires_at)
     select 'w' || a.id, a.node_id, o.id, a.tenant_id, 'deploy', 'http://boot',
       a.id, a.id, a.id, a.id, a.id, 'k', 'k', 'i', 'i', '', now()
     from allocations a join operations o on o.allocation_id = a.id`,
  );
  await superuser.query(
    `insert into sanitizations (id, node_id, operation_id, allocation_id, tenant_id, environment_id,
       tool, devices, accepted, verdict)
     select 's' || a.id, a.node_id, o.id, a.id, a.tenant_id, a.environment_id, 'test/1', '[]', true, 'Wiped'
     from allocations a join operations o on o.allocation_id = a.id`,
  );
  await superuser.query(
    `insert into health_reasons (id, node_id, gpu, code, severity, evidence, count, first_seen_at,
       last_seen_at, allocation_id, tenant_id, project_id, environment_id)
     select 'h' || id, node_id, 0, 'xid_79', 'critical', '{}', 1, now(), now(), id, tenant_id, project_id,
       environment_id
     from allocations`,
  );
  await superuser.query(
    `with account as (
       insert into service_accounts (id, tenant_id, project_id, name, role, created_by_name)
       select 'sva' || id, tenant_id, id, 'robot', 'member', 'Ada' from projects
       returning id, tenant_id, project_id)
     insert into api_tokens (id, key, sha256, name, service_account_id, tenant_id, project_id,
       scopes, created_by_name, expires_at)
     select 'tok' || id, id, id, 'nightly', id, tenant_id, project_id, '{}', 'Ada', now()
     from account`,
  );
  await superuser.query(
    `insert into identity_providers (id, label, issuer, client_id, sealed_secret, groups_claim)
     values ('provider', 'Example', 'https://login.example.com', 'ingot', 'k1', 'groups')`,
  );
  await superuser.query(
    `insert into group_roles (id, provider_id, group_name, tenant_id, tenant_role)
     select 'g' || id, 'provider', 'staff', id, 'viewer' from tenants`,
  );
  await superuser.query(
    `insert into invitations (id, tenant_id, email, role, token_hash, invited_by, invited_by_name, expires_at)
     select 'v' || id, id, 'a@example.com', 'viewer', id, 'u', 'Ada', now() from tenants`,
  );
  await superuser.query(
    `insert into invitation_projects (tenant_id, invitation_id, project_id, role)
     select tenant_id, 'v' || tenant_id, min(id), 'viewer' from projects group by tenant_id`,
  );
  await superuser.query(
    `insert into hook_runs (id, tenant_id, project_id, environment_id, operation_id, name, point,
       position, definition, is_gate, input)
     select 'h' || o.id, o.tenant_id, o.project_id, o.environment_id, o.id, 'ticket', 'after_allocate',
       0, '{}', true, '{}'
     from operations o where o.node_id is null and o.environment_id is not null`,
  );
  await superuser.query(
    `insert into script_runs (id, tenant_id, project_id, environment_id, hook_run_id, operation_id,
       hostname, attempt)
     select 's' || id, tenant_id, project_id, environment_id, id, operation_id, 'workers-1', 1
     from hook_runs`,
  );
  await superuser.query(
    `insert into project_keys (id, tenant_id, project_id, name, public_key, fingerprint, added_by, added_by_name)
     select 'k' || id, tenant_id, id, 'backup', 'ssh-ed25519 A', 'SHA256:1', 'u', 'Ada' from projects`,
  );
  await superuser.query(
    `insert into environment_secrets (tenant_id, project_id, environment_id, name, sealed_value)
     select tenant_id, project_id, id, 'token', 'sealed' from environments`,
  );
  await superuser.query("insert into contexts (id, name) values ('c', 'proxy')");
  await superuser.query(
    `insert into context_secrets (id, context_id, name, sealed_value, rotated_by_name)
     values ('s', 'c', 'TOKEN', 'sealed', 'Ada')`,
  );
  await superuser.query(
    `insert into context_attachments (context_id, tenant_id, project_id)
     select 'c', tenant_id, id from projects`,
  );
  await superuser.query(
    `insert into environment_contexts (tenant_id, project_id, environment_id, position, context_id,
       name, source, variables, files)
     select tenant_id, project_id, id, 0, 'c', 'proxy', 'project', '{}', '[]' from environments`,
  );
  await superuser.query(
    `insert into environment_context_secrets (tenant_id, project_id, environment_id, secret_id)
     select tenant_id, project_id, id, 's' from environments`,
  );
  for (const kind of ["profile", "template", "image"]) {
    await superuser.query(
      `insert into ${kind}_tenant_shares (${kind}_id, tenant_id)
       select distinct ${kind}_id, tenant_id from ${kind}_shares`,
    );
  }
  await superuser.query(
    `insert into wipe_measures (id, node_id, operation_id, allocation_id, tenant_id, environment_id,
       kind, outcome, words)
     select 'm' || a.id, a.node_id, o.id, a.id, a.tenant_id, a.environment_id, 'firmware', 'done', 'Same'
     from allocations a join operations o on o.allocation_id = a.id`,
  );
  await superuser.query(
    `insert into notifications (id, kind, audience, tenant_id, project_id, data, fanned_out_at)
     select 'n' || id, 'environment.ready', 'project', tenant_id, id, '{}'::jsonb, now() from projects
     union all
     select 'o' || id, 'operation.stuck', 'operators', tenant_id, id, '{}'::jsonb, now() from projects`,
  );
  await superuser.query(
    `insert into webhooks (id, tenant_id, name, form, address, sealed_path, sealed_secret, kinds, created_by_name)
     select 'w' || id, id, 'chat', 'standard', 'hooks.example.com:443', 's', 's', '{}', 'Ada' from tenants`,
  );
  await superuser.query(
    `insert into deliveries (id, notification_id, channel, tenant_id, webhook_id, give_up_at)
     select 'd' || id, 'n' || id, 'webhook', tenant_id, 'w' || tenant_id, now() from projects`,
  );
  await superuser.query(
    `insert into holds (id, tenant_id, project_id, held_by, held_by_name, started_at, until)
     select 'l' || id, tenant_id, id, 'u', 'Ada', now(), now() + interval '5 minutes' from projects`,
  );
  await superuser.query(
    `insert into hold_nodes (hold_id, node_id, tenant_id, project_id, group_name, profile_id, gpus)
     select 'l' || project_id, node_id, tenant_id, project_id, group_name, profile_id, gpus
     from allocations`,
  );
});

afterAll(async () => {
  await Promise.all([app?.pool.end(), worker?.pool.end(), superuser?.end()]);
  await database?.drop();
});

/** What is wrong with the isolation of the tables, as the catalogue tells it. */
async function isolationFaults(): Promise<string[]> {
  const { rows } = await superuser.query<{
    name: string;
    enabled: boolean;
    forced: boolean;
    policies: number;
    reachable: boolean;
    of_tenant: boolean;
    owned_by_app: boolean;
  }>(`
    select c.relname as name, c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
      (select count(*)::int from pg_policy p where p.polrelid = c.oid) as policies,
      has_table_privilege('ingot_app', c.oid, 'select,insert,update,delete') as reachable,
      exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id') as of_tenant,
      pg_get_userbyid(c.relowner) in ('ingot_app', 'ingot_worker') as owned_by_app
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
    order by c.relname`);
  return rows.flatMap((table) => {
    const faults: string[] = [];
    const guarded = table.of_tenant || (table.reachable && !ofNoTenant.includes(table.name));
    if (table.owned_by_app) faults.push(`${table.name} is owned by a role of the portal`);
    if (guarded && !table.enabled) faults.push(`${table.name} has no row-level security`);
    if (guarded && !table.forced) faults.push(`${table.name} does not force it on its owner`);
    if (guarded && table.policies === 0) faults.push(`${table.name} has no policy`);
    return faults;
  });
}

async function tablesOfTenants(): Promise<string[]> {
  const { rows } = await superuser.query<{ name: string }>(`
    select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
      and not c.relispartition and a.attname = 'tenant_id'
    order by c.relname`);
  return rows.map((row) => row.name);
}

/** Runs one statement as the portal does for our tenant; gives the rows, or the error's code. */
function asOurs(text: string, values: unknown[] = []) {
  return as({ tenant: ours.tenantId, user: ours.userId, fleet: "" }, text, values);
}

async function as(
  scope: Parameters<typeof inScope>[1],
  text: string,
  values: unknown[] = [],
): Promise<{ rows: Record<string, unknown>[]; changed: number; code?: string }> {
  const client = await app.pool.connect();
  try {
    await client.query("begin");
    await client.query(
      "select set_config('app.tenant', $1, true), set_config('app.user', $2, true), set_config('app.fleet', $3, true)",
      [scope.tenant, scope.user, scope.fleet],
    );
    const { rows, rowCount } = await client.query(text, values);
    return { rows, changed: rowCount ?? 0 };
  } catch (error) {
    return { rows: [], changed: 0, code: (error as { code?: string }).code };
  } finally {
    await client.query("rollback");
    client.release();
  }
}

test("every table of a tenant is under forced row-level security with a policy", async () => {
  expect(await isolationFaults()).toEqual([]);
});

test("the portal's roles can switch no policy off: they own nothing and bypass nothing", async () => {
  const { rows } = await superuser.query(
    "select rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname in ('ingot_app', 'ingot_worker') and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb)",
  );
  expect(rows).toEqual([]);
  expect(await asOurs("alter table environments disable row level security")).toMatchObject({
    code: "42501",
  });
});

test.for([
  ["alter table quotas disable row level security", "quotas has no row-level security"],
  ["alter table quotas no force row level security", "quotas does not force it on its owner"],
  ["create table notes (tenant_id text)", "notes has no row-level security"],
  ["create view all_quotas as select * from quotas", "all_quotas has no row-level security"],
  [
    "create table notes (body text); grant select on notes to ingot_app",
    "notes has no row-level security",
  ],
] as const)("the check above sees: %s", async ([change, fault]) => {
  await superuser.query("begin");
  try {
    await superuser.query(change);
    expect(await isolationFaults()).toContain(fault);
  } finally {
    await superuser.query("rollback");
  }
});

test("the check above sees a table whose policies were dropped", async () => {
  await superuser.query("begin");
  try {
    const { rows } = await superuser.query<{ name: string }>(
      "select polname as name from pg_policy where polrelid = 'quotas'::regclass",
    );
    for (const { name } of rows) await superuser.query(`drop policy ${name} on quotas`);
    expect(await isolationFaults()).toContain("quotas has no policy");
  } finally {
    await superuser.query("rollback");
  }
});

test("a tenant reads, changes, removes and adds no row of another, in any table", async () => {
  const tables = await tablesOfTenants();
  expect(tables.length).toBeGreaterThanOrEqual(12);
  for (const table of tables) {
    const there = await superuser.query<{ row: object }>(
      `select to_jsonb(t) as row from ${table} t where tenant_id = $1 limit 1`,
      [theirs.tenantId],
    );
    // Without a row there the rest would prove nothing.
    expect(there.rowCount, `${table} has a row of the other tenant`).toBe(1);

    const read = await asOurs(`select 1 from ${table} where tenant_id = $1`, [theirs.tenantId]);
    expect(read.rows, `${table} is read`).toEqual([]);

    const changed = await asOurs(`update ${table} set tenant_id = tenant_id where tenant_id = $1`, [
      theirs.tenantId,
    ]);
    expect(changed.changed, `${table} is changed`).toBe(0);

    const removed = await asOurs(`delete from ${table} where tenant_id = $1`, [theirs.tenantId]);
    expect(removed.changed, `${table} is removed from`).toBe(0);

    const added = await asOurs(
      `insert into ${table} select * from jsonb_populate_record(null::${table}, $1)`,
      [JSON.stringify(there.rows[0]?.row)],
    );
    expect(added.code, `${table} is added to`).toBe("42501");
  }
});

test("a tenant moves no row of its own to another", async () => {
  for (const table of await tablesOfTenants()) {
    const moved = await asOurs(`update ${table} set tenant_id = $1 where tenant_id = $2`, [
      theirs.tenantId,
      ours.tenantId,
    ]);
    expect([moved.changed, moved.code], table).toEqual([0, "42501"]);
  }
});

test("a tenant does see its own rows: the refusals above are not a blind database", async () => {
  for (const table of ["environments", "allocations", "operations", "quotas", "projects"]) {
    const read = await asOurs(`select 1 from ${table} where tenant_id = $1`, [ours.tenantId]);
    expect(read.rows.length, table).toBeGreaterThan(0);
  }
});

test("with nothing said, the portal sees no tenant's rows at all", async () => {
  for (const table of await tablesOfTenants()) {
    const read = await as({ tenant: "", user: "", fleet: "" }, `select 1 from ${table}`);
    expect(read.rows, table).toEqual([]);
  }
});

test("a pooled connection carries nothing over to the next transaction", async () => {
  const scope = { tenant: ours.tenantId, user: ours.userId, fleet: "" } as const;
  const count = () => app.pool.query("select count(*)::int as rows from environments");
  await inScope(app.db, scope, async (tx) => tx.execute("select 1"));
  expect((await count()).rows).toEqual([{ rows: 0 }]);
  await expect(
    inScope(app.db, scope, async () => {
      throw new Error("given up");
    }),
  ).rejects.toThrow("given up");
  expect((await count()).rows).toEqual([{ rows: 0 }]);
});

test("an operator who may only look changes nothing", async () => {
  const viewer = { tenant: "", user: ours.userId, fleet: "read" } as const;
  expect((await as(viewer, "select 1 from tenants")).rows.length).toBeGreaterThanOrEqual(2);
  expect(await as(viewer, 'update quotas set "limit" = 0')).toMatchObject({ changed: 0 });
  expect(await as(viewer, "update nodes set cordoned = true")).toMatchObject({ changed: 0 });
});

test("the portal reads no credential of a controller, a network driver or a provider, nor the secret of a webhook, an input or a DHCP server, not even for an operator", async () => {
  const operator = { tenant: "", user: ours.userId, fleet: "write" } as const;
  for (const secret of [
    "sealed from controller_credentials",
    "sealed_secret from site_networks",
    "sealed_secret from providers",
    "sealed_value from environment_secrets",
    "sealed_value from context_secrets",
    "sealed_inputs from boot_windows",
    "sealed from password_rotations",
    "sealed_secret from webhooks",
    "sealed_end from script_runs",
    "sealed_secrets from script_runs",
    "sealed_path from webhooks",
    "token_hash from lease_reporters",
  ]) {
    expect(await as(operator, `select ${secret}`), secret).toMatchObject({ code: "42501" });
  }
});

test("a membership that has ended shows no tenant and no project, and writes in no log", async () => {
  const own = { tenant: "", user: ours.userId, fleet: "" } as const;
  const mine = "select 1 from tenants t join projects p on p.tenant_id = t.id";
  const note = `insert into audit_events (id, tenant_id, actor_name, action, outcome)
    values ('note', '${ours.tenantId}', 'Ada', 'try', 'denied')`;
  const term = (until: string) =>
    superuser.query(
      `update tenant_members set role = 'admin', until = ${until} where user_id = $1`,
      [ours.userId],
    );
  await term("now() + interval '1 hour'");
  expect((await as(own, mine)).rows.length).toBeGreaterThan(0);
  expect((await as(own, note)).code).toBeUndefined();
  await term("now() - interval '1 second'");
  expect((await as(own, mine)).rows).toEqual([]);
  expect((await as(own, note)).code).toBe("42501");
  await term("null");
});

test("a person reads and changes no second factor of another", async () => {
  const rows = (columns: string, values: string) =>
    superuser.query(`insert into ${columns} select ${values} from users on conflict do nothing`);
  await rows("totp_factors (user_id, sealed_secret)", "id, 'k1'");
  await rows("recovery_codes (user_id, code_hash)", "id, id");
  await rows("pending_sign_ins (token_hash, user_id, expires_at)", "id, id, now()");
  await rows(
    "passkeys (id, user_id, name, credential_id, public_key, counter, is_synced)",
    "id, id, 'laptop', id, 'key', 0, false",
  );
  await rows(
    "passkey_challenges (bound_to, purpose, user_id, challenge, expires_at)",
    "id, 'prove', id, 'challenge', now()",
  );
  const tables = ["totp_factors", "recovery_codes", "pending_sign_ins", "passkeys"];
  for (const table of [...tables, "passkey_challenges"]) {
    const seen = await asOurs(`select user_id from ${table}`);
    expect(seen.rows, table).toEqual([{ user_id: ours.userId }]);
    const changed = await asOurs(`update ${table} set created_at = now()`);
    expect(changed.changed, table).toBe(1);
    const nobody = await as({ tenant: "", user: "", fleet: "" }, `select 1 from ${table}`);
    expect(nobody.rows, table).toEqual([]);
  }
});

test("what a provider's groups are worth is shown to operators alone", async () => {
  expect((await asOurs("select 1 from group_roles")).rows).toEqual([]);
});

test("who is invited to run the fleet is shown to operators alone, and invited by their admins", async () => {
  await superuser.query(
    `insert into operator_invitations (id, email, role, token_hash, invited_by, invited_by_name, expires_at)
     values ('o', 'a@example.com', 'fleet_admin', 'hash', 'u', 'Ada', now())`,
  );
  const watcher = { tenant: "", user: ours.userId, fleet: "read" } as const;
  expect((await asOurs("select 1 from operator_invitations")).rows).toEqual([]);
  expect((await as(watcher, "select id from operator_invitations")).rows).toEqual([{ id: "o" }]);
  const change = "update operator_invitations set email = 'b@example.com'";
  expect((await asOurs(change)).changed).toBe(0);
  expect((await as(watcher, change)).changed).toBe(0);
  const another = `insert into operator_invitations (id, email, role, token_hash, invited_by, invited_by_name, expires_at)
    values ('p', 'c@example.com', 'fleet_admin', 'other', 'u', 'Ada', now())`;
  expect((await asOurs(another)).code).toBe("42501");
  expect((await as(watcher, another)).code).toBe("42501");
  expect((await as({ ...watcher, fleet: "write" }, another)).code).toBeUndefined();
  await superuser.query("delete from operator_invitations");
});

test("config contexts are the operators', and so is what a tenant's own environments keep of them", async () => {
  const operator = { tenant: "", user: ours.userId, fleet: "read" } as const;
  const tables = ["contexts", "context_attachments", "environment_contexts"];
  for (const table of [...tables, "environment_context_secrets"]) {
    expect((await asOurs(`select 1 from ${table}`)).rows, table).toEqual([]);
    expect((await as(operator, `select 1 from ${table}`)).rows.length, table).toBeGreaterThan(0);
  }
  expect((await asOurs("select id from context_secrets")).rows).toEqual([]);
  expect(await as(operator, "select id from context_secrets")).toMatchObject({
    rows: [{ id: "s" }],
  });
});

test("what operators are told of a tenant is not the tenant's to read", async () => {
  const seen = await asOurs("select audience from notifications");
  expect(seen.rows).toEqual([{ audience: "project" }]);
});

test("an audit event is never changed or removed, by nobody", async () => {
  const operator = { tenant: "", user: "", fleet: "write" } as const;
  expect((await as(operator, "update audit_events set actor_name = 'x'")).code).toBe("42501");
  expect((await as(operator, "delete from audit_events")).code).toBe("42501");
  await expect(superuser.query("delete from audit_events")).rejects.toThrow("never changed");
});
