import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { inScope } from "#db/client";
import { auditEvents, auditSeals } from "#db/schema/audit-events";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { asOperator } from "#e2e/fixtures/launchable";
import {
  type GivenOrganisation,
  givenFleetGrant,
  givenMember,
  givenOrganisation,
  tenantGrantOf,
} from "#e2e/fixtures/people";
import { rewriteChain } from "#e2e/fixtures/rewritten-chain";
import { must } from "#e2e/world/acting";
import { newAuditKey, publicAuditKeys } from "#lib/access/audit-seal";
import { createLog } from "#lib/config/log";
import { newId } from "#lib/domain/id";
import { verifyAudit } from "#lib/views/audit-chain";
import { sealAudit } from "#lib/worker/reconcilers/seal-audit";

const privateKeys = newAuditKey();
const auditKeys = publicAuditKeys(privateKeys);

let db: GivenConnections;
let superuser: pg.Client;
let acme: GivenOrganisation;
let directory: string;
/** What the worker has logged. */
let lines: string[];

beforeEach(async () => {
  db = await givenConnections();
  superuser = new pg.Client({ connectionString: db.superuserUrl });
  await superuser.connect();
  await superuser.query(rewriteChain);
  directory = mkdtempSync(path.join(tmpdir(), "ingot-seals-"));
  lines = [];
  acme = await givenOrganisation(db.app);
  for (const action of ["a", "b", "c"]) await write(action);
});
afterEach(async () => {
  await superuser.end();
  await db.close();
  rmSync(directory, { recursive: true });
});

const write = (action: string) =>
  asOperator(db.app, (tx) =>
    tx.insert(auditEvents).values({
      id: newId("auditEvent"),
      tenantId: acme.tenantId,
      actorName: "Ada",
      action,
      outcome: "done",
    }),
  );

/** As a worker does whose log is to say nothing but what is fatal. */
const seal = (keys = privateKeys) =>
  sealAudit({
    db: db.worker,
    privateKeys: keys,
    log: createLog("worker", "fatal", (line) => lines.push(line)),
  });

async function ofTenant() {
  const owner = await givenMember(db.app, acme, "owner");
  const grant = await tenantGrantOf(db.app, owner.userId, acme.slug, "tenant.audit");
  return must(await verifyAudit(db.app, grant, auditKeys)).chains[0];
}

async function ofFleet() {
  const grant = await givenFleetGrant(db.app, "fleet.audit");
  return must(await verifyAudit(db.app, grant, auditKeys)).chains;
}

/** As whoever owns the database, whom no trigger and no policy stops. */
async function asOwnerOfAll(...statements: string[]): Promise<void> {
  await superuser.query("set session_replication_role = replica");
  for (const text of statements) await superuser.query(text);
  await superuser.query("set session_replication_role = origin");
}

const ours = () => `chain = '${acme.tenantId}'`;
const rewritten = () => [
  "update audit_events set actor_name = 'Eve' where action = 'b'",
  `select rewrite_chain('${acme.tenantId}', true)`,
];
const takenAway = () => [
  `delete from audit_events where tenant_id = '${acme.tenantId}'`,
  `delete from audit_links where ${ours()}`,
  `delete from audit_chains where ${ours()}`,
];

test("what has grown is sealed once, and each seal is a line of the log whatever the log's level", async () => {
  expect(await ofTenant()).toMatchObject({ sealed: null, fault: null });
  await seal();
  await seal();
  expect(await ofTenant()).toMatchObject({ sealed: { length: 3 }, verifiedTo: 3, fault: null });
  await write("d");
  expect(await ofTenant()).toMatchObject({ sealed: { length: 3 }, verifiedTo: 4, fault: null });
  await seal();
  expect(await ofTenant()).toMatchObject({ sealed: { length: 4 }, verifiedTo: 4, fault: null });
  const logged = lines.map((line) => JSON.parse(line)).filter((line) => line.seal);
  expect(logged.map(({ seal }) => [seal.chain, seal.length])).toEqual([
    [acme.tenantId, 3],
    [acme.tenantId, 4],
  ]);
});

test("a chain that was written anew with its head, so that all fits, is found by its seal alone", async () => {
  await seal();
  await write("d");
  await asOwnerOfAll(...rewritten());
  const found = await ofTenant();
  expect(found).toMatchObject({ length: 4, verifiedTo: 0 });
  expect(found?.fault?.words).toMatch(/^Event 3 is not the one that was sealed on .* UTC/);
  await asOwnerOfAll("delete from audit_seals");
  expect(await ofTenant()).toMatchObject({ length: 4, verifiedTo: 4, fault: null });
});

test("a chain that was taken away, with its events, links and head, is missed by its seal alone", async () => {
  await seal();
  await asOwnerOfAll(...takenAway());
  expect((await ofTenant())?.fault?.words).toMatch(
    /^The chain was sealed up to event 3 on .* UTC, and now ends at event 0/,
  );
  // The tenant too: its chain goes by its id then.
  await asOwnerOfAll(
    "delete from tenant_members",
    "delete from projects",
    `delete from tenants where id = '${acme.tenantId}'`,
  );
  const faults = async () => (await ofFleet()).filter((chain) => chain.fault);
  expect(await faults()).toMatchObject([{ tenant: acme.tenantId, length: 0 }]);
  await asOwnerOfAll("delete from audit_seals");
  expect(await faults()).toEqual([]);
});

test("a seal that the worker did not make, or was changed, is found", async () => {
  await seal(newAuditKey());
  const words = async () => (await ofTenant())?.fault?.words;
  expect(await words()).toBe("The seal of event 3 was not made by Ingot's worker.");
  await asOwnerOfAll("delete from audit_seals");
  await seal();
  expect(await words()).toBeUndefined();
  await asOwnerOfAll("update audit_seals set at = at + interval '1 minute'");
  expect(await words()).toBe("The seal of event 3 was not made by Ingot's worker.");
});

test("the worker does not vouch for a chain that is no longer as it sealed it, and says so", async () => {
  await seal();
  await asOwnerOfAll(...rewritten());
  await seal();
  await write("d");
  await seal();
  expect(await superuser.query("select length from audit_seals")).toMatchObject({ rowCount: 1 });
  expect(lines.filter((line) => line.includes("audit chain is not as it was sealed"))).toHaveLength(
    2,
  );
});

test("a tenant reads the seals of its own chain, and nobody changes one or makes one but the worker", async () => {
  await seal();
  const other = await givenOrganisation(db.app);
  const readBy = (tenant: string) =>
    inScope(db.app, { tenant, user: "", fleet: "" }, (tx) => tx.select().from(auditSeals));
  expect(await readBy(acme.tenantId)).toHaveLength(1);
  expect(await readBy(other.tenantId)).toEqual([]);
  for (const role of [db.app, db.worker]) {
    for (const text of ["update audit_seals set length = 1", "delete from audit_seals"]) {
      await expect(role.execute(text)).rejects.toMatchObject({ cause: { code: "42501" } });
    }
  }
  await expect(db.app.execute("insert into audit_seals default values")).rejects.toMatchObject({
    cause: { code: "42501" },
  });
});

test("the command holds the log against seals kept elsewhere, and ends with 1 when it does not hold", async () => {
  const file = path.join(directory, "worker.log");
  const verify = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--import", "./lib/launch/guard.mjs", "lib/launch/audit-verify.ts", ...args],
      {
        encoding: "utf8",
        env: {
          NODE_ENV: "test",
          PATH: process.env.PATH,
          DATABASE_URL: db.superuserUrl,
          INGOT_DATA_DIRECTORY: directory,
          INGOT_AUDIT_PUBLIC_KEY: auditKeys,
        },
      },
    );
    return { status, said: `${stdout}${stderr}` };
  };
  await seal();
  writeFileSync(file, `plain words of another program\n${lines.join("\n")}\n`);
  const whole = verify(file);
  expect(whole.said).toContain(`${acme.slug}: verified to event 3, sealed up to event 3, `);
  expect(whole.status).toBe(0);

  await asOwnerOfAll(...rewritten(), "delete from audit_seals");
  expect(verify()).toMatchObject({ status: 0 });
  const anew = verify(file);
  expect(anew.said).toContain(`${acme.slug}: FAULT: Event 3 is not the one that was sealed on `);
  expect(anew.status).toBe(1);

  await asOwnerOfAll(...takenAway());
  expect(verify(file)).toMatchObject({ status: 1, said: expect.stringContaining("now ends at") });

  writeFileSync(file, "plain words\n");
  expect(verify(file)).toEqual({ status: 1, said: "There is no seal in it.\n" });
  writeFileSync(file, `${lines[0]?.slice(0, -9)}\n`);
  expect(verify(file)).toEqual({ status: 1, said: "Line 1 has a seal that is not whole.\n" });
});
