import { randomUUID } from "node:crypto";
import { desc, eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditEvents } from "#db/schema/audit-events";
import { templateGroups, templateVersions } from "#db/schema/catalogue";
import { environments } from "#db/schema/environments";
import { environmentSecrets } from "#db/schema/hooks";
import { operations } from "#db/schema/operations";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { anInput } from "#e2e/fixtures/hooks";
import { asOperator, type GivenFleet, givenFleet, givenTenant } from "#e2e/fixtures/launchable";
import { endOperation, givenLaunched, givenReady } from "#e2e/fixtures/launched";
import { newSealingKeys } from "#lib/access/sealed";
import { abortEnvironment } from "#lib/commands/abort-environment";
import { operateEnvironment } from "#lib/commands/operate-environment";
import { upgradeEnvironment } from "#lib/commands/upgrade-environment";
import type { Id } from "#lib/domain/id";
import { newId } from "#lib/domain/id";
import { refusalMessage } from "#lib/domain/refusal";
import type { OperateCommand, UpgradeEnvironmentInput } from "#lib/schemas/environment";

let db: GivenConnections;
beforeAll(async () => {
  db = await givenConnections();
});
afterAll(() => db?.close());

async function given() {
  const fleet = await givenFleet(db.app, { racks: [4] });
  const tenant = await givenTenant(db.app, { fleet, gpuLimit: 800 });
  const operate = (
    environmentId: Id<"environment">,
    command: OperateCommand,
    requestKey = randomUUID(),
  ) =>
    operateEnvironment(db.app, tenant.grant("environment.operate"), {
      requestKey,
      environmentId,
      command,
    });
  return { fleet, tenant, operate };
}

const environmentOf = async (id: Id<"environment">) =>
  (await db.worker.select().from(environments).where(eq(environments.id, id)))[0];

test("a stop is ordered once for every node, and the environment is stopping", async () => {
  const { fleet, tenant, operate } = await given();
  const ready = await givenReady(db, { fleet, tenant, nodeCount: 2 });
  const requestKey = randomUUID();
  const [first, second] = await Promise.all([
    operate(ready.environmentId, "stop", requestKey),
    operate(ready.environmentId, "stop", requestKey),
  ]);
  expect(first.ok).toBe(true);
  expect(second).toEqual(first);
  if (!first.ok) return;
  const children = await db.worker
    .select()
    .from(operations)
    .where(eq(operations.parentId, first.value.operationId));
  expect(children.map((child) => [child.kind, child.state, child.nodeId]).sort()).toEqual(
    ready.nodeIds.map((id) => ["node.stop", "ready", id]).sort(),
  );
  expect((await environmentOf(ready.environmentId))?.state).toBe("stopping");
});

test("two different commands at once: the first wins, the second reads why not", async () => {
  const { fleet, tenant, operate } = await given();
  const ready = await givenReady(db, { fleet, tenant, nodeCount: 1 });
  const results = await Promise.all([
    operate(ready.environmentId, "stop"),
    operate(ready.environmentId, "restart"),
  ]);
  expect(results.filter((result) => result.ok)).toHaveLength(1);
  expect(results.find((result) => !result.ok)).toMatchObject({ refusal: { kind: "wrong_state" } });
});

test("another tenant's environment does not exist, whatever is asked of it", async () => {
  const { fleet, tenant } = await given();
  const { operate } = await given();
  const ready = await givenReady(db, { fleet, tenant, nodeCount: 1 });
  expect(await operate(ready.environmentId, "stop")).toEqual({
    ok: false,
    refusal: { kind: "not_found", resource: "environment" },
  });
  expect((await environmentOf(ready.environmentId))?.state).toBe("ready");
});

test("while an operator works on a node nothing is ordered, and the reason is given", async () => {
  const { fleet, tenant, operate } = await given();
  const ready = await givenReady(db, { fleet, tenant, nodeCount: 2 });
  const [nodeId] = ready.nodeIds;
  await asOperator(db.app, (tx) =>
    tx.insert(operations).values({ id: newId("operation"), kind: "node.restart", nodeId }),
  );
  const result = await operate(ready.environmentId, "stop");
  expect(result.ok || refusalMessage(result.refusal)).toMatch(
    /^An operator is working on one of node-\S+, node-/,
  );
  expect((await environmentOf(ready.environmentId))?.state).toBe("ready");
  const audited = await asOperator(db.app, (tx) =>
    tx
      .select({ action: auditEvents.action })
      .from(auditEvents)
      .where(eq(auditEvents.tenantId, tenant.tenantId)),
  );
  expect(audited.map((event) => event.action)).toEqual(["environment.launch"]);
});

/** A newer version of the given template, published; `profileId` is that of its one group. */
async function newerVersion(
  fleet: GivenFleet,
  version: number,
  change: Partial<typeof templateVersions.$inferInsert> = {},
  profileId = fleet.profileId,
): Promise<Id<"templateVersion">> {
  const id = newId("templateVersion");
  await asOperator(db.app, async (tx) => {
    const own = eq(templateVersions.id, fleet.templateVersionId);
    const [row] = await tx.select().from(templateVersions).where(own);
    const groups = await tx
      .select()
      .from(templateGroups)
      .where(eq(templateGroups.templateVersionId, fleet.templateVersionId));
    if (!row) throw new Error("no version");
    await tx.insert(templateVersions).values({ ...row, id, version, ...change });
    await tx
      .insert(templateGroups)
      .values(groups.map((group) => ({ ...group, templateVersionId: id, profileId })));
  });
  return id;
}

test("an upgrade takes the version with what it asks, and reinstalls the nodes, once; what needs other nodes is refused", async () => {
  const { fleet, tenant, operate } = await given();
  const other = await givenFleet(db.app, { racks: [1] });
  const { environmentId } = await givenReady(db, { fleet, tenant, nodeCount: 2, name: "moved" });
  const inputs = [
    anInput({ name: "size", label: "Size", type: "number", required: true, min: 1 }),
    anInput({ name: "token", label: "Token", type: "secret", required: true }),
  ];
  const asks = await newerVersion(fleet, 2, { inputs });
  const elsewhere = await newerVersion(fleet, 3, {}, other.profileId);
  const network = { isPrivate: true, hasPartition: false, publicAddresses: "none" as const };
  const walled = await newerVersion(fleet, 4, { network });
  const draft = await newerVersion(fleet, 5, { state: "draft" });
  const { publicKey } = newSealingKeys();
  const upgrade = (change: Partial<UpgradeEnvironmentInput> = {}) => {
    const may = tenant.grant("environment.operate");
    const input = {
      ...{ requestKey: randomUUID(), environmentId, templateVersionId: asks },
      ...{ confirmName: "moved", inputs: { size: 3, token: "s3cret" }, ...change },
    };
    return upgradeEnvironment(db.app, may, input, publicKey);
  };
  const told = async (result: ReturnType<typeof upgrade>) => {
    const { ok, ...rest } = await result;
    return ok || !("refusal" in rest) ? "upgraded" : refusalMessage(rest.refusal);
  };
  expect([
    await told(upgrade({ templateVersionId: elsewhere })),
    await told(upgrade({ templateVersionId: walled })),
    await told(upgrade({ templateVersionId: draft })),
    await told(upgrade({ templateVersionId: fleet.templateVersionId })),
    await told(upgrade({ inputs: { token: "s3cret" } })),
    await told(upgrade({ confirmName: "another" })),
  ]).toEqual([
    expect.stringMatching(
      /^Version 3 cannot be had where it is\. The group workers takes nodes of/,
    ),
    expect.stringMatching(/^Version 4 cannot be had where it is\. Its environments get/),
    "There is no such template, or it is not yours to see.",
    "There is no such template, or it is not yours to see.",
    "Enter Size.",
    "Type moved to confirm that this is the one to upgrade.",
  ]);
  expect(await environmentOf(environmentId)).toMatchObject({
    ...{ state: "ready", inputs: {}, templateVersionId: fleet.templateVersionId },
  });

  const requestKey = randomUUID();
  const [first, again, stop] = await Promise.all([
    upgrade({ requestKey }),
    upgrade({ requestKey }),
    operate(environmentId, "stop"),
  ]);
  expect(again).toEqual(first);
  expect([first.ok, stop.ok].filter(Boolean)).toHaveLength(1);
  if (!first.ok) return;
  expect(await environmentOf(environmentId)).toMatchObject({
    ...{ state: "reinstalling", inputs: { size: 3 }, templateVersionId: asks },
  });
  const secrets = await db.worker
    .select()
    .from(environmentSecrets)
    .where(eq(environmentSecrets.environmentId, environmentId));
  expect(secrets.map(({ name }) => name)).toEqual(["token"]);
  expect(JSON.stringify(secrets)).not.toContain("s3cret");
  const parts = await db.worker
    .select()
    .from(operations)
    .where(eq(operations.parentId, first.value.operationId));
  expect(parts.map(({ kind }) => kind)).toEqual(["node.reinstall", "node.reinstall"]);
  const audited = await asOperator(db.app, (tx) =>
    tx.select().from(auditEvents).where(eq(auditEvents.objectId, environmentId)),
  );
  const upgraded = audited.filter(({ action }) => action === "environment.upgrade");
  expect(upgraded).toMatchObject([{ detail: { from: 1, to: 2, inputs: { size: 3 } } }]);
  expect(JSON.stringify(audited)).not.toContain("s3cret");
});

test("an abort reaches every live node once, is audited once, and keeps the state", async () => {
  const { fleet, tenant } = await given();
  const launched = await givenLaunched(db, { fleet, tenant, nodeCount: 2 });
  const grant = tenant.grant("environment.operate");
  const abort = () => abortEnvironment(db.app, grant, launched);
  const input = { environmentId: launched.environmentId };
  expect(await abortEnvironment(db.app, grant, input)).toEqual({ ok: true, value: input });
  expect(await abort()).toEqual({ ok: true, value: input });
  const children = await db.worker
    .select()
    .from(operations)
    .where(eq(operations.parentId, launched.operationId));
  expect(children.map((child) => child.abortRequested)).toEqual([true, true]);
  expect((await environmentOf(launched.environmentId))?.state).toBe("queued");
  const events = await asOperator(db.app, (tx) =>
    tx
      .select({ action: auditEvents.action })
      .from(auditEvents)
      .where(eq(auditEvents.tenantId, tenant.tenantId))
      .orderBy(desc(auditEvents.at)),
  );
  expect(events.map((event) => event.action)).toEqual(["environment.abort", "environment.launch"]);
});

test("nothing to abort is said in words", async () => {
  const { fleet, tenant } = await given();
  const grant = tenant.grant("environment.operate");
  const ready = await givenReady(db, { fleet, tenant, nodeCount: 1 });
  const input = { environmentId: ready.environmentId };
  const wrong = await abortEnvironment(db.app, grant, input);
  expect(wrong.ok || refusalMessage(wrong.refusal)).toContain("The environment is ready.");
  await endOperation(db.worker, { ...ready, state: "running", environment: "provisioning" });
  const late = await abortEnvironment(db.app, grant, input);
  expect(late.ok || refusalMessage(late.refusal)).toContain("there is nothing left to abort");
});
