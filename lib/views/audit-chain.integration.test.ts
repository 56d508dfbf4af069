import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditEvents } from "#db/schema/audit-events";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { asOperator } from "#e2e/fixtures/launchable";
import {
  givenFleetGrant,
  givenMember,
  givenOrganisation,
  tenantGrantOf,
} from "#e2e/fixtures/people";
import { must } from "#e2e/world/acting";
import type { Grant } from "#lib/access/authorize";
import { newId } from "#lib/domain/id";
import { verifyAudit } from "#lib/views/audit-chain";

let db: GivenConnections;
let superuser: pg.Client;
let tenantId: string;
let tenant: Grant<"tenant.audit">;

const events = 60;

beforeAll(async () => {
  db = await givenConnections();
  superuser = new pg.Client({ connectionString: db.superuserUrl });
  await superuser.connect();
  const acme = await givenOrganisation(db.app);
  tenantId = acme.tenantId;
  const owner = await givenMember(db.app, acme, "owner");
  tenant = await tenantGrantOf(db.app, owner.userId, acme.slug, "tenant.audit");
  const write = (id: string | null, at: number) =>
    asOperator(db.app, (tx) =>
      tx.insert(auditEvents).values({
        id: newId("auditEvent"),
        tenantId: id as never,
        actorName: `Ada "${at}" 名`,
        action: "environment.launch",
        outcome: "done",
        detail: { at, nested: { b: 1.5, a: [null, true, "x"] } },
      }),
    );
  // Side by side, as a busy tenant's launches are: each gets the place at which it committed.
  for (let at = 0; at < events; at += 10) {
    await Promise.all(Array.from({ length: 10 }, (_, i) => write(i % 5 ? tenantId : null, at + i)));
  }
});
afterAll(async () => {
  await superuser?.end();
  await db?.close();
});

const ofTenant = async () => must(await verifyAudit(db.app, tenant)).chains[0];

test("a chain that nobody has touched holds to its end, whatever the session's time zone", async () => {
  expect(await ofTenant()).toMatchObject({ length: 48, verifiedTo: 48, fault: null });
  const fleet = await givenFleetGrant(db.app, "fleet.audit");
  await superuser.query("alter role ingot_app set timezone to 'Asia/Kathmandu'");
  const { chains } = must(await verifyAudit(db.app, fleet));
  expect(chains.find((chain) => chain.tenant === null)).toMatchObject({ length: 12, fault: null });
  expect(chains.every((chain) => chain.fault === null)).toBe(true);
  await superuser.query("alter role ingot_app reset timezone");
});

test("every change, removal, move and addition is found, by whomever and wherever it is made", async () => {
  const { rows: links } = await superuser.query<{ sequence: string; event_id: string }>(
    "select sequence, event_id from audit_links where chain = $1 order by sequence",
    [tenantId],
  );
  const pick = () => links[Math.floor(Math.random() * links.length)];
  const columns = {
    actor_name: "'Eve'",
    action: "'nothing'",
    outcome: "'denied'",
    at: "at + interval '1 microsecond'",
    detail: `detail || '{"at": -1}'`,
    tenant_id: "null",
    ip_address: "'203.0.113.1'",
    token_name: "'x'",
    object_id: "'y'",
  };
  const tamper: Record<string, () => Promise<unknown>> = {
    change: () => {
      const [column, value] = Object.entries(columns)[Math.floor(Math.random() * 9)] ?? [];
      return superuser.query(`update audit_events set ${column} = ${value} where id = $1`, [
        pick()?.event_id,
      ]);
    },
    remove: () => superuser.query("delete from audit_events where id = $1", [pick()?.event_id]),
    "remove with its link": async () => {
      const id = pick()?.event_id;
      await superuser.query("delete from audit_links where event_id = $1", [id]);
      await superuser.query("delete from audit_events where id = $1", [id]);
    },
    "cut off the end": async () => {
      const last = links.at(-1)?.event_id;
      await superuser.query("delete from audit_links where event_id = $1", [last]);
      await superuser.query("delete from audit_events where id = $1", [last]);
    },
    swap: async () => {
      const at = Math.floor(Math.random() * (links.length - 1));
      const [a, b] = [links[at]?.event_id, links[at + 1]?.event_id];
      await superuser.query("update audit_links set event_id = 'x' where event_id = $1", [a]);
      await superuser.query("update audit_links set event_id = $1 where event_id = $2", [a, b]);
      await superuser.query("update audit_links set event_id = $1 where event_id = 'x'", [b]);
    },
    add: () =>
      superuser.query(
        "insert into audit_events (id, tenant_id, actor_name, action, outcome) values ($1, $2, 'Eve', 'x', 'done')",
        [newId("auditEvent"), tenantId],
      ),
    "forge a hash": () =>
      superuser.query("update audit_links set hash = sha256(hash) where event_id = $1", [
        pick()?.event_id,
      ]),
  };
  // As someone would who owns the database: no trigger and no policy stands in the way.
  await superuser.query("set session_replication_role = replica");
  for (const [how, act] of Object.entries(tamper)) {
    for (let round = 0; round < 3; round++) {
      await superuser.query("create table kept_events as table audit_events");
      await superuser.query("create table kept_links as table audit_links");
      await act();
      expect((await ofTenant())?.fault, `${how}, round ${round}`).not.toBeNull();
      await superuser.query("truncate audit_events, audit_links");
      await superuser.query("insert into audit_events table kept_events");
      await superuser.query("insert into audit_links table kept_links");
      await superuser.query("drop table kept_events, kept_links");
    }
  }
  await superuser.query("set session_replication_role = origin");
  expect(await ofTenant()).toMatchObject({ verifiedTo: 48, fault: null });
});

test("an act that is undone leaves no link, and nobody but the database writes one", async () => {
  await expect(
    asOperator(db.app, async (tx) => {
      await tx.insert(auditEvents).values({
        id: newId("auditEvent"),
        tenantId: tenantId as never,
        actorName: "Ada",
        action: "x",
        outcome: "done",
      });
      throw new Error("given up");
    }),
  ).rejects.toThrow("given up");
  expect(await ofTenant()).toMatchObject({ length: 48, fault: null });
  for (const role of [db.app, db.worker]) {
    for (const text of [
      `insert into audit_links (chain, sequence, event_id, hash) values ('fleet', 999, 'x', '')`,
      "update audit_chains set length = 0",
      "delete from audit_links",
      "select append_audit_link(e) from audit_events e",
    ]) {
      await expect(role.execute(text)).rejects.toMatchObject({ cause: { code: "42501" } });
    }
  }
});
