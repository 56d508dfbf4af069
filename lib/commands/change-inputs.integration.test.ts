import { randomUUID } from "node:crypto";
import { and, asc, eq, isNull } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditEvents } from "#db/schema/audit-events";
import { templateGroups, templateVersions } from "#db/schema/catalogue";
import { allocations, environments } from "#db/schema/environments";
import { environmentSecrets, hookRuns } from "#db/schema/hooks";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { aHook, anInput } from "#e2e/fixtures/hooks";
import { asOperator, type GivenFleet, givenFleet, givenTenant } from "#e2e/fixtures/launchable";
import { endOnNode, endOperation, givenReady } from "#e2e/fixtures/launched";
import { untilWaiting } from "#e2e/fixtures/waiting";
import { must } from "#e2e/world/acting";
import { newSealingKeys } from "#lib/access/sealed";
import { openInputs } from "#lib/boot/sealed-inputs";
import { abortEnvironment } from "#lib/commands/abort-environment";
import { changeInputs } from "#lib/commands/change-inputs";
import { runAction } from "#lib/commands/run-action";
import { upgradeEnvironment } from "#lib/commands/upgrade-environment";
import { type Id, newId } from "#lib/domain/id";
import { refusalMessage } from "#lib/domain/refusal";
import type { InputValue } from "#lib/domain/template/inputs";
import { environmentDetail } from "#lib/views/environment-detail";
import { pruneEvidence } from "#lib/worker/reconcilers/prune-evidence";
import { sealedSecrets, seedValues } from "#lib/worker/workflows/seed-values";

const bootSecret = "a secret of this test";
const { privateKey, publicKey } = newSealingKeys();
let db: GivenConnections;
let fleet: GivenFleet;
let tenant: Awaited<ReturnType<typeof givenTenant>>;

beforeAll(async () => {
  db = await givenConnections();
  fleet = await givenFleet(db.app, { racks: [4] });
  tenant = await givenTenant(db.app, { fleet, gpuLimit: 800 });
  const changeable = true;
  const inputs = [
    anInput({ name: "rack", label: "Rack", type: "string", default: "a1" }),
    anInput({ name: "size", label: "Size", type: "number", min: 1, default: 2, changeable }),
    anInput({ name: "note", label: "Note", type: "string", changeable }),
    anInput({ name: "token", label: "Token", type: "secret", changeable }),
  ];
  const hooks = [
    aHook({ name: "rest", kind: "wait", point: "on_action", seconds: 600 }),
    aHook({
      ...{ name: "small", kind: "wait", point: "on_action", seconds: 600 },
      skipIf: { input: "size", is: "not_equal", value: "2" },
    }),
  ];
  const action = { name: "apply", label: "Apply", help: "", confirmation: "", inputs: [] };
  const actions = [{ ...action, role: "member" as const, hooks: ["rest", "small"] }];
  await asOperator(db.app, (tx) =>
    tx
      .update(templateVersions)
      .set({ inputs, hooks, actions })
      .where(eq(templateVersions.id, fleet.templateVersionId)),
  );
});
afterAll(() => db?.close());

async function ready(name: string) {
  const given = { fleet, tenant, nodeCount: 1, name };
  const { environmentId, nodeIds } = await givenReady(db, given);
  const change = (inputs: Record<string, InputValue>) =>
    changeInputs(db.app, tenant.grant("environment.operate"), { environmentId, inputs }, publicKey);
  const told = async (inputs: Record<string, InputValue>) => {
    const done = await change(inputs);
    return done.ok ? done.value.changed : refusalMessage(done.refusal);
  };
  return { environmentId, nodeIds, change, told };
}

async function environmentOf(id: Id<"environment">) {
  const [row] = await db.worker.select().from(environments).where(eq(environments.id, id));
  if (!row) throw new Error("no environment");
  return row;
}

/** What the environment's node would be given, were it installed now. */
async function installed(environmentId: Id<"environment">) {
  const [held] = await db.worker
    .select({ id: allocations.id })
    .from(allocations)
    .where(and(eq(allocations.environmentId, environmentId), isNull(allocations.releasedAt)));
  if (!held) throw new Error("no node");
  const tools = {
    db: db.worker,
    settings: { credentialPrivateKey: privateKey, bootSecret },
    operation: {
      ...{ id: newId("operation"), environmentId, allocationId: held.id, input: null },
    },
  };
  const opened = async (purpose: "install" | "start") => {
    const window = newId("bootWindow");
    const sealed = await sealedSecrets(tools, window, purpose);
    return sealed === null ? {} : openInputs(bootSecret, window, sealed);
  };
  const { launch } = await seedValues(tools);
  return {
    inputs: launch?.inputs,
    secrets: await opened("install"),
    hidden: Object.values(await opened("start")).sort(),
  };
}

test("marked inputs are changed while nothing is under way, and hooks, actions and the next installation have them", async () => {
  const { environmentId, nodeIds, told } = await ready("changed");
  const grant = tenant.grant("environment.operate");
  expect((await environmentOf(environmentId)).inputs).toEqual({ rack: "a1", size: 2 });
  expect([
    await told({ rack: "b2", size: 4 }),
    await told({ size: 0 }),
    await told({ other: 1 }),
    await told({ size: 2 }),
  ]).toEqual([
    "Rack stays as it was at the launch: the template does not let it be changed.",
    "Size: at least 1.",
    "The template has no input named other.",
    [],
  ]);
  expect((await environmentOf(environmentId)).inputs).toEqual({ rack: "a1", size: 2 });

  expect(await told({ size: 4, note: "more", token: "old-s3cret" })).toEqual([
    ...["size", "note", "token"],
  ]);
  expect(await told({ token: "new-s3cret", note: "" })).toEqual(["note", "token"]);
  expect(await told({ token: "", size: 4 })).toEqual([]);
  expect((await environmentOf(environmentId)).inputs).toEqual({ rack: "a1", size: 4 });
  const kept = await db.worker
    .select()
    .from(environmentSecrets)
    .where(eq(environmentSecrets.environmentId, environmentId))
    .orderBy(asc(environmentSecrets.id));
  expect(kept.map(({ name }) => name)).toEqual(["token", "token"]);
  expect(await installed(environmentId)).toEqual({
    inputs: { rack: "a1", size: 4, note: null, token: null },
    secrets: { token: "new-s3cret" },
    hidden: ["new-s3cret", "old-s3cret"],
  });
  const shown = await environmentDetail(db.app, tenant.grant("environment.read"), environmentId);
  expect(shown?.changeable).toMatchObject({
    ...{ values: { size: 4 }, secrets: ["token"] },
    inputs: [{ name: "size" }, { name: "note" }, { name: "token" }],
  });
  const audited = await asOperator(db.app, (tx) =>
    tx.select().from(auditEvents).where(eq(auditEvents.objectId, environmentId)),
  );
  expect(
    audited
      .filter(({ action }) => action === "environment.change_inputs")
      .map(({ detail }) => JSON.stringify(detail))
      .sort(),
  ).toEqual(['{"inputs":["note","token"]}', '{"inputs":["size","note","token"]}']);
  expect(JSON.stringify([shown, audited, kept])).not.toContain("s3cret");

  // An action has what stands when it is pressed, and until its end nothing else comes.
  const order = { requestKey: randomUUID(), environmentId, action: "apply" };
  const pressed = must(await runAction(db.app, tenant.grant("environment.act"), order));
  const runs = await db.worker
    .select()
    .from(hookRuns)
    .where(eq(hookRuns.operationId, pressed.operationId))
    .orderBy(asc(hookRuns.position));
  expect(runs.map(({ state, input }) => [state, input.inputs])).toEqual([
    ["ready", { rack: "a1", size: 4 }],
    ["skipped", { rack: "a1", size: 4 }],
  ]);
  expect(await told({ size: 5 })).toBe('"Apply" is under way. Wait for its end, or abort it.');
  must(await abortEnvironment(db.app, grant, { environmentId }));
  expect(await told({ size: 5 })).toEqual(["size"]);

  // Another version of the template takes what was changed.
  const next = newId("templateVersion");
  await asOperator(db.app, async (tx) => {
    const [row] = await tx
      .select()
      .from(templateVersions)
      .where(eq(templateVersions.id, fleet.templateVersionId));
    const groups = await tx
      .select()
      .from(templateGroups)
      .where(eq(templateGroups.templateVersionId, fleet.templateVersionId));
    if (!row) throw new Error("no version");
    await tx.insert(templateVersions).values({ ...row, id: next, version: 2 });
    await tx
      .insert(templateGroups)
      .values(groups.map((group) => ({ ...group, templateVersionId: next })));
  });
  const upgrade = { requestKey: randomUUID(), environmentId, templateVersionId: next };
  const reinstall = must(
    await upgradeEnvironment(db.app, grant, { ...upgrade, confirmName: "changed" }, publicKey),
  );
  expect(await environmentOf(environmentId)).toMatchObject({
    ...{ state: "reinstalling", templateVersionId: next, inputs: { rack: "a1", size: 5 } },
  });
  expect(await told({ size: 6 })).toBe(
    "The environment is reinstalling, with the inputs that it had when that began. Wait for its end.",
  );
  // The old value is hidden in what nodes write until none can have it any more.
  const hidden = async () => {
    await pruneEvidence(db.worker, 30);
    return (await installed(environmentId)).hidden;
  };
  const [nodeId] = nodeIds;
  if (!nodeId) throw new Error("no node");
  expect(await hidden()).toEqual(["new-s3cret", "old-s3cret"]);
  await endOperation(db.worker, { ...reinstall, state: "succeeded", environment: "ready" });
  expect(await hidden()).toEqual(["new-s3cret", "old-s3cret"]);
  const installedAnew = { parentId: reinstall.operationId, nodeId, lifecycle: "active" as const };
  await endOnNode(db.worker, { ...installedAnew, state: "succeeded" });
  expect(await hidden()).toEqual(["new-s3cret"]);
  expect((await installed(environmentId)).secrets).toEqual({ token: "new-s3cret" });
});

test("two changes at once both stand, and one waits for whatever moves the environment", async () => {
  const { environmentId, change, told } = await ready("at-once");
  const row = eq(environments.id, environmentId);
  let both: Promise<unknown> | undefined;
  await db.worker.transaction(async (tx) => {
    await tx.select({ id: environments.id }).from(environments).where(row).for("update");
    both = Promise.all([change({ size: 7 }), change({ note: "seven" })]);
    await untilWaiting(db.superuserUrl, 2);
  });
  expect(await both).toEqual([
    { ok: true, value: { changed: ["size"] } },
    { ok: true, value: { changed: ["note"] } },
  ]);
  expect((await environmentOf(environmentId)).inputs).toEqual({
    ...{ rack: "a1", size: 7, note: "seven" },
  });

  let late: Promise<unknown> | undefined;
  await db.worker.transaction(async (tx) => {
    await tx.update(environments).set({ state: "releasing" }).where(row);
    late = told({ size: 8 });
    await untilWaiting(db.superuserUrl, 1);
  });
  expect(await late).toBe(
    "It has been released: its nodes are given back already. Launch a new one.",
  );
});
