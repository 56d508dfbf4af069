import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { sql } from "drizzle-orm";
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { connect, type Database } from "#db/client";
import { givenDatabase } from "#e2e/fixtures/database";
import { people, type SeedInput, seedWorld } from "#e2e/seed";
import type { NodeIdentity } from "#e2e/simulator/node";
import { signedInActor } from "#e2e/world/acting";
import { newSealingKeys } from "#lib/access/sealed";

// The demo's world, made on a database alone: nothing answers for the nodes, and of the worker there is
// what the seed waits for, images that are looked at.

const password = "copper-river-lantern";

function nodeOf(name: string, gpus: number, at: number): NodeIdentity {
  const hex = (length: number) => String(at).padStart(length, "0");
  return {
    name,
    ...{ machine: "simulated", flavour: "dgx", gpus, sshAddress: null },
    controllerAddress: `127.90.1.${at}:8443`,
    ...{ username: "admin", password: "a password of it" },
    address: `127.90.2.${at}`,
    ...{ mac: `02:00:00:00:00:${hex(2)}`, serial: `S${at}`, uuid: hex(32) },
    infinibandGuids: gpus === 8 ? [`${hex(15)}a`, `${hex(15)}b`] : [],
    certificate: {
      pem: "",
      fingerprint: Array(32)
        .fill(`${hex(2)}`)
        .join(":"),
    },
  };
}

const nodes = [
  nodeOf("gpu-r01-n01", 8, 1),
  nodeOf("gpu-r01-n02", 8, 2),
  nodeOf("cpu-r02-n01", 0, 3),
];

type World = {
  db: Database;
  superuser: pg.Client;
  input: Omit<SeedInput, "db">;
};

async function givenWorld(): Promise<World> {
  const imageDirectory = await mkdtemp(path.join(tmpdir(), "ingot-seed-"));
  await chmod(imageDirectory, 0o711);
  const database = await givenDatabase();
  const { db, pool } = connect({ url: database.url, role: "ingot_app", max: 2 });
  const superuser = new pg.Client({ connectionString: database.superuserUrl });
  await superuser.connect();
  onTestFinished(async () => {
    await pool.end();
    await superuser.end();
    await database.drop();
    await rm(imageDirectory, { recursive: true });
  });
  const sealingKey = newSealingKeys().publicKey;
  return { db, superuser, input: { password, imageDirectory, sealingKey, nodes } };
}

/** What the database is to a seed: told of each transaction that wrote something, once it is committed. */
function watched({ db, superuser }: World, onWritten: () => Promise<void>): Database {
  const own: Database = Object.create(db);
  own.transaction = async (work, config) => {
    let wrote = false;
    const done = await db.transaction(async (tx) => {
      const result = await work(tx);
      const { rows } = await tx.execute(sql`select pg_current_xact_id_if_assigned() as id`);
      wrote = rows[0]?.id !== null;
      return result;
    }, config);
    if (wrote) {
      await superuser.query("update images set state = 'approved' where state = 'unverified'");
      await onWritten();
    }
    return done;
  };
  return own;
}

/** All that anybody can see of a world, by name. */
async function seen({ superuser }: World): Promise<Record<string, unknown[]>> {
  const queries = {
    people: `select email, name, operator_role, must_change_password, (
      select count(*)::int from sessions s where s.user_id = u.id and s.revoked_at is null) as sessions, (
      select count(*)::int from ssh_keys k where k.user_id = u.id) as keys from users u order by email`,
    invitations: `select email from operator_invitations
      where accepted_at is null and withdrawn_at is null`,
    members: `select t.slug, u.email, m.role from tenant_members m join tenants t on t.id = m.tenant_id
      join users u on u.id = m.user_id order by 1, 2`,
    projects: `select p.slug, p.name, u.email, m.role from projects p
      left join project_members m on m.project_id = p.id left join users u on u.id = m.user_id order by 1, 3`,
    quotas: `select p.slug, q.dimension, q.subject, q."limit" from quotas q
      left join projects p on p.id = q.project_id order by 1, 2, 3`,
    nodes: `select n.name, n.lifecycle, r.name as rack, t.name as type, (
      select count(*)::int from operations o where o.node_id = n.id) as operations from nodes n
      join racks r on r.id = n.rack_id join node_types t on t.id = n.node_type_id order by 1`,
    ports: `select f.name, f.places_from, p.guid, p.leaf, p.leaf_port, p.rail, p.description from fabrics f
      left join fabric_ports p on p.fabric_id = f.id order by 1, 3`,
    pools: "select name, kind from pools order by 1",
    images: "select name, version, state, kernel_sha256, initrd_sha256 from images order by 1, 2",
    profiles: "select name, state, version from profiles order by 1",
    templates: `select t.name, v.version, v.state from templates t
      join template_versions v on v.template_id = t.id order by 1, 2`,
    shares: `select p.slug, s.name from projects p join (
      select project_id, name from image_shares join images on id = image_id
      union all select project_id, name from profile_shares join profiles on id = profile_id
      union all select project_id, name from template_shares join templates on id = template_id
    ) s on s.project_id = p.id order by 1, 2`,
  };
  const all: Record<string, unknown[]> = {};
  for (const [what, text] of Object.entries(queries)) {
    all[what] = (await superuser.query(text)).rows;
  }
  return all;
}

const eventsOf = async ({ superuser }: World) => {
  const { rows } = await superuser.query("select count(*)::int as n from audit_events");
  return Number(rows[0].n);
};

test("a seed that is broken off after any of its acts is taken up by the next, to the same world", async () => {
  const whole = await givenWorld();
  await seedWorld({ ...whole.input, db: watched(whole, async () => {}) });
  const expected = await seen(whole);
  expect(expected.shares).toHaveLength(20);

  const world = await givenWorld();
  // Each run ends after the first act that none before it has ended after; what an act is called, the
  // audit log tells, and of what is not in there, what came before it.
  const endedAfter = new Set<string>();
  const newest = async () => {
    const { rows } = await world.superuser.query(
      `select count(*)::int as n, (array_agg(concat_ws(' ', actor_name, action, object_name,
        detail->>'what', detail->>'source', detail->>'project') order by at desc, id desc))[1] as act
        from audit_events`,
    );
    return rows[0] as { n: number; act: string | null };
  };
  const runs: string[] = [];
  for (let ended = true; ended; ) {
    let before = await newest();
    let silent = 0;
    const db = watched(world, async () => {
      const now = await newest();
      silent = now.n === before.n ? silent + 1 : 0;
      before = now;
      const act = `${now.act}${silent ? `, and ${silent} more` : ""}`;
      if (endedAfter.has(act)) return;
      endedAfter.add(act);
      runs.push(act);
      throw new Error("broken off");
    });
    ended = await seedWorld({ ...world.input, db }).then(
      () => false,
      (error: Error) => {
        if (error.message !== "broken off") throw error;
        return true;
      },
    );
  }
  // Every part was broken off at: people, nodes, cables, catalogue, tenant, shares.
  expect(runs.length).toBeGreaterThan(80);
  for (const act of ["operator.invite", "fabric.create", "member.add", "password.reset"]) {
    expect(runs.join()).toContain(act);
  }
  expect(await seen(world)).toEqual(expected);
  for (const { email } of Object.values(people)) {
    expect((await signedInActor(world.db, { email, password })).email).toBe(email);
  }
});

test("once it is whole, a world is its people's: another run adds nothing and changes nothing", async () => {
  const world = await givenWorld();
  await seedWorld({ ...world.input, db: watched(world, async () => {}) });
  // Vera has left, Anton has lost his key, and nobody is offered notebooks any more.
  await world.superuser.query(`
    delete from project_members where user_id = (select id from users where email = '${people.viewer.email}');
    delete from tenant_members where user_id = (select id from users where email = '${people.viewer.email}');
    delete from ssh_keys where user_id = (select id from users where email = '${people.admin.email}');
    delete from template_shares where template_id = (select id from templates where name = 'notebook');
    update fabrics set places_from = 'list'`);
  const [left, events] = [await seen(world), await eventsOf(world)];
  await seedWorld({ ...world.input, db: watched(world, async () => {}) });
  expect(await seen(world)).toEqual(left);
  expect(await eventsOf(world)).toBe(events);
});
