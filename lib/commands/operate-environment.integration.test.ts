import { randomUUID } from "node:crypto";
import { desc, eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditEvents } from "#db/schema/audit-events";
import { environments } from "#db/schema/environments";
import { operations } from "#db/schema/operations";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { asOperator, givenFleet, givenTenant } from "#e2e/fixtures/launchable";
import { endOperation, givenLaunched, givenReady } from "#e2e/fixtures/launched";
import { abortEnvironment } from "#lib/commands/abort-environment";
import { operateEnvironment } from "#lib/commands/operate-environment";
import type { Id } from "#lib/domain/id";
import { newId } from "#lib/domain/id";
import { refusalMessage } from "#lib/domain/refusal";
import type { OperateCommand } from "#lib/schemas/environment";

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
