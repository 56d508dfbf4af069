import { randomUUID } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { migrate } from "#db/migrate";

// An installation as an earlier release left it, with rows, is brought up to date and loses none. The
// owner of the tables migrates: rows under forced row-level security are there for it only where the
// migration sees to that, and a table of a test that begins empty never shows it.

const ours = path.join(import.meta.dirname, "migrations");
/** The last migration of that release. */
const before = "0011_passkey";
/** The last one before what switches had said was kept for good. */
const beforeSxids = "0031_rehearsals";

let folder: string;
let name: string;
let url: string;
let superuser: pg.Client;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "ingot-upgrade-"));
  name = `upgrade_${randomUUID().replaceAll("-", "")}`;
  const postgres = inject("postgres");
  const admin = new pg.Client({ connectionString: postgres.superuserUrl });
  await admin.connect();
  await admin.query(`create database ${name} owner ingot_owner`);
  await admin.end();
  url = postgres.url.replace(/DATABASE$/, name);
  superuser = new pg.Client({
    connectionString: postgres.superuserUrl.replace(/postgres$/, name),
  });
  await superuser.connect();
});
afterAll(async () => {
  await superuser?.end();
  const admin = new pg.Client({ connectionString: inject("postgres").superuserUrl });
  await admin.connect();
  await admin.query(`drop database if exists ${name} with (force)`);
  await admin.end();
  rmSync(folder, { recursive: true, force: true });
});

/** The migrations that an earlier release had, in a folder of their own. */
function releaseOf(last: string): string {
  const journal = JSON.parse(readFileSync(path.join(ours, "meta/_journal.json"), "utf8")) as {
    entries: { tag: string }[];
  };
  const entries = journal.entries.slice(0, journal.entries.findIndex((e) => e.tag === last) + 1);
  const release = path.join(folder, last);
  mkdirSync(path.join(release, "meta"), { recursive: true });
  for (const { tag } of entries) {
    copyFileSync(path.join(ours, `${tag}.sql`), path.join(release, `${tag}.sql`));
  }
  writeFileSync(path.join(release, "meta/_journal.json"), JSON.stringify({ ...journal, entries }));
  return release;
}

/** One active profile, one draft, and a node that an environment holds. */
const rows = `
  insert into tenants (id, slug, name) values ('tnt_1', 'aurora', 'Aurora');
  insert into projects (id, tenant_id, slug, name) values ('prj_1', 'tnt_1', 'one', 'One');
  insert into node_types (id, name, spec) values ('nty_1', 'dgx', '{}');
  insert into images (id, name, version, purpose, kernel_file, kernel_sha256, initrd_file,
      initrd_sha256, default_user, state)
    values ('img_1', 'Ubuntu', '24.04', 'tenant', 'k', repeat('0', 64), 'i', repeat('0', 64), 'ubuntu', 'approved');
  insert into profiles (id, name, display_name, description, node_type_id, gpus_per_node, gpu_model,
      default_image_id, longest_lease_hours, state)
    values ('prf_1', 'gpu-8x', '8 GPUs', 'Whole', 'nty_1', 8, 'H100', 'img_1', 48, 'active'),
      ('prf_2', 'cpu', 'CPU', '', 'nty_1', 0, null, 'img_1', null, 'draft');
  insert into templates (id, name, description, readme)
    values ('tpl_1', 'training', 'Whole nodes.', '# Begin');
  insert into template_versions (id, template_id, version, state)
    values ('tpv_1', 'tpl_1', 1, 'published');
  insert into sites (id, name) values ('sit_1', 'Luleå');
  insert into racks (id, site_id, name) values ('rck_1', 'sit_1', 'A01');
  insert into nodes (id, name, rack_id, node_type_id, lifecycle, health, controller_state,
      controller_address, controller_fingerprint, controller_certificate)
    values ('nod_1', 'gpu-1', 'rck_1', 'nty_1', 'active', 'ok', 'reachable', '10.0.0.1', 'f', 'c');
  insert into environments (id, tenant_id, project_id, template_version_id, image_id, name, groups,
      authorized_keys, state, created_by)
    values ('env_1', 'tnt_1', 'prj_1', 'tpv_1', 'img_1', 'train', '{"workers": 1}',
      '[{"name": "laptop", "fingerprint": "SHA256:1", "publicKey": "ssh-ed25519 A"}]', 'ready', 'usr_1');
  insert into allocations (id, tenant_id, project_id, environment_id, node_id, group_name, profile_id,
      gpu_model, gpus, hostname)
    values ('alc_1', 'tnt_1', 'prj_1', 'env_1', 'nod_1', 'workers', 'prf_1', 'H100', 8, 'train-1');`;

/** Two reasons that are open, one of them silenced until later. */
const silencedBefore = `
  insert into health_reasons (id, node_id, gpu, code, severity, evidence, count, first_seen_at,
      last_seen_at, allocation_id, tenant_id, project_id, environment_id)
    select 'hlr_' || lpad(gpu::text, 26, '0'), 'nod_1', gpu, 'xid_79', 'critical', '{}', 1, now(), now(),
      'alc_1', 'tnt_1', 'prj_1', 'env_1' from unnest('{3, 4}'::int[]) as gpu;
  insert into health_handlings (reason_id, silenced_until, silenced_by, silence_reason)
    select id, now() + case gpu when 3 then interval '1 h' else interval '-1 h' end, 'Olga', 'known'
    from health_reasons;`;

/** What the node's switches last said: one has told of something, the other of nothing. */
const toldOfSwitches = `
  insert into nvswitch_latest (node_id, at, nvswitch, temperature, tx, rx, fatal, non_fatal, link_errors)
    values ('nod_1', now() + interval '1 second', '{1, 2}', '{40, 40}', '{0, 0}', '{0, 0}', '{0, 1}', '{0, 3}', '{0, 0}');`;

test("an installation with rows is brought up to date, and loses none of them", async () => {
  await migrate(url, releaseOf(before));
  await superuser.query(rows);
  await migrate(url, releaseOf(beforeSxids));
  await superuser.query(toldOfSwitches);
  await superuser.query(silencedBefore);
  await migrate(url);

  const versions = await superuser.query(
    "select profile_id, version, display_name, description, default_image_id, longest_lease_hours, price_cents, published_at is not null as published from profile_versions order by 1",
  );
  expect(versions.rows).toEqual([
    {
      ...{ profile_id: "prf_1", version: 1, display_name: "8 GPUs", description: "Whole" },
      ...{ default_image_id: "img_1", longest_lease_hours: 48, price_cents: null, published: true },
    },
    {
      ...{ profile_id: "prf_2", version: 1, display_name: "CPU", description: "" },
      ...{ default_image_id: "img_1", longest_lease_hours: null, price_cents: null },
      published: false,
    },
  ]);
  const held = await superuser.query("select profile_version, put_keys from allocations");
  expect(held.rows).toEqual([
    {
      profile_version: 1,
      put_keys: { keys: [expect.objectContaining({ name: "laptop" })], atStart: true },
    },
  ]);
});

test("what was said of a template each version of it says", async () => {
  const { rows: told } = await superuser.query("select description, readme from template_versions");
  expect(told).toEqual([{ description: "Whole nodes.", readme: "# Begin" }]);
});

test("what was silenced stays so, by its rule and place", async () => {
  const { rows: silenced } = await superuser.query(
    "select node_id, gpu, code, reason, silenced_by from health_silences where until > now() and ended_at is null",
  );
  expect(silenced).toEqual([
    { node_id: "nod_1", gpu: 3, code: "xid_79", reason: "known", silenced_by: "Olga" },
  ]);
});

test("what a switch had told of before counts as told of", async () => {
  const { rows: told } = await superuser.query("select * from nvswitch_sxids");
  expect(told).toEqual([{ allocation_id: "alc_1", nvswitch: 2, fatal: 1, non_fatal: 3 }]);
});

test("every table of tenants is still forced to obey its policies afterwards", async () => {
  const { rows: unforced } = await superuser.query(
    "select relname from pg_class where relkind = 'r' and relrowsecurity and not relforcerowsecurity",
  );
  expect(unforced).toEqual([]);
});
