import { afterAll, beforeAll, expect, test } from "vitest";
import { dryCalls, dryRuns } from "#db/schema/dry-runs";
import { hookRuns } from "#db/schema/hooks";
import { scriptRuns } from "#db/schema/script-runs";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { aHook } from "#e2e/fixtures/hooks";
import { asOperator, givenFleet, givenTenant } from "#e2e/fixtures/launchable";
import { givenLaunched } from "#e2e/fixtures/launched";
import { givenFleetGrant } from "#e2e/fixtures/people";
import { newId } from "#lib/domain/id";
import { environmentRuns } from "#lib/views/hook-runs";
import { logFile, scriptLog } from "#lib/views/script-runs";

let db: GivenConnections;
beforeAll(async () => {
  db = await givenConnections();
});
afterAll(() => db?.close());

test("what is kept of a script's log is told whole, to whom its run is, as a file that nothing in it gets out of", async () => {
  const fleet = await givenFleet(db.app, { racks: [4] });
  const tenant = await givenTenant(db.app, { fleet, gpuLimit: 800 });
  const stranger = await givenTenant(db.app, { fleet, gpuLimit: 800 });
  const { environmentId, operationId } = await givenLaunched(db, { fleet, tenant, nodeCount: 1 });
  const { tenantId, projectId } = tenant;
  const place = { tenantId, projectId, environmentId };
  const script = { text: "#!/bin/sh\n", outputs: [] };
  const definition = aHook({ name: "burn", kind: "script", point: "after_bootstrap", script });
  const hookRunId = newId("hookRun");
  await db.worker.insert(hookRuns).values({
    ...{ ...place, id: hookRunId, operationId, name: "burn", definition, input: {} },
    ...{ point: "after_bootstrap", position: 0, isGate: true },
  });
  const id = newId("scriptRun");
  const hostile = '<script>alert(1)</script>\n"\r\nset-cookie: a=b\u001b[2J';
  await db.worker.insert(scriptRuns).values({
    ...{ ...place, id, hookRunId, operationId, hostname: "workers-1", attempt: 2 },
    ...{ state: "failed", log: hostile, logTail: "its end\n", logLeftOut: 70_000 },
  });

  const grant = tenant.grant("environment.read");
  const log = await scriptLog(db.app, grant, id);
  const kept = `${hostile}\n[70000 bytes left out]\nits end\n`;
  expect(log).toEqual({
    ...{ hook: "burn", hostname: "workers-1", attempt: 2, state: "failed" },
    ...{ log: kept, bytesLeftOut: 70_000 },
  });
  const operator = await givenFleetGrant(db.app, "fleet.read");
  expect(await scriptLog(db.app, operator, id)).toEqual(log);
  for (const by of [
    stranger.grant("environment.read"),
    { ...grant, projectId: newId("project") },
    { ...grant, tenantId: stranger.tenantId },
  ]) {
    expect(await scriptLog(db.app, by, id)).toBeNull();
  }
  for (const other of [newId("scriptRun"), hookRunId, "'; --"]) {
    expect(await scriptLog(db.app, operator, other)).toBeNull();
  }

  // Of a dry run, which is of no tenant: the operators' alone.
  const [dryRunId, dryCallId] = [newId("dryRun"), newId("dryCall")];
  await asOperator(db.app, async (tx) => {
    const { templateVersionId } = fleet;
    const by = { requestedBy: tenant.userId, requestedByName: "Ada", deadlineAt: new Date() };
    await tx.insert(dryRuns).values({ id: dryRunId, templateVersionId, ...by });
    await tx.insert(dryCalls).values({
      ...{ id: dryCallId, dryRunId, position: 0, name: "burn", point: "after_bootstrap" },
      ...{ operation: "environment.launch", definition, input: {} },
    });
  });
  const dry = newId("scriptRun");
  await db.worker.insert(scriptRuns).values({
    ...{ id: dry, dryCallId, operationId, hostname: "lent", attempt: 1, log: "tried\n" },
  });
  expect(await scriptLog(db.app, operator, dry)).toMatchObject({ hook: "burn", log: "tried\n" });
  expect(await scriptLog(db.app, grant, dry)).toBeNull();

  if (!log) throw new Error("no log");
  expect(logFile({ ...log, hostname: 'a"b\r\nc/../d' })).toEqual({
    name: "burn-a-b-c-..-d-2.txt",
    type: "text/plain; charset=utf-8",
    text: kept,
  });
});

test("what scripts write can be read of the runs alone that have not ended", async () => {
  const fleet = await givenFleet(db.app, { racks: [4] });
  const tenant = await givenTenant(db.app, { fleet, gpuLimit: 800 });
  const { environmentId, operationId } = await givenLaunched(db, { fleet, tenant, nodeCount: 1 });
  const { tenantId, projectId } = tenant;
  const place = { tenantId, projectId, environmentId, operationId };
  const script = { text: "#!/bin/sh\n", outputs: [] };
  const run = (name: string, position: number) => ({
    ...{ ...place, id: newId("hookRun"), name, position, isGate: true, input: {} },
    ...{ definition: aHook({ name, kind: "script", script }), point: "after_bootstrap" as const },
  });
  const [past, present] = [run("past", 0), run("present", 1)];
  await db.worker.insert(hookRuns).values([
    { ...past, state: "succeeded", finishedAt: new Date() },
    { ...present, state: "running" },
  ]);
  await db.worker.insert(scriptRuns).values(
    [past, present].map(({ id: hookRunId, name }) => ({
      ...{ ...place, id: newId("scriptRun"), hookRunId, hostname: "workers-1", attempt: 1 },
      log: `${name}\n`,
    })),
  );
  const grant = tenant.grant("environment.read");
  const written = async (unfinished: boolean) =>
    (await environmentRuns(db.app, grant, environmentId, { unfinished, limit: 20 }))?.runs.map(
      ({ scripts }) => scripts.map(({ log }) => log),
    );
  expect(await written(false)).toEqual([["past\n"], ["present\n"]]);
  expect(await written(true)).toEqual([["present\n"]]);
});
