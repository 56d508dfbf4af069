import { randomUUID } from "node:crypto";
import { and, asc, eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inScope } from "#db/client";
import { auditEvents } from "#db/schema/audit-events";
import { bootWindows } from "#db/schema/boot-windows";
import { dryCalls, dryRuns } from "#db/schema/dry-runs";
import { environments } from "#db/schema/environments";
import { hookRuns } from "#db/schema/hooks";
import { nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { scriptRuns } from "#db/schema/script-runs";
import { aHook, anInput, givenProvider, givenTemplate } from "#e2e/fixtures/hooks";
import { brokenInvariants } from "#e2e/fixtures/invariants";
import { givenLab, type Lab, nodeState } from "#e2e/fixtures/lab";
import { asOperator, type GivenTenant, givenTenant } from "#e2e/fixtures/launchable";
import { startWorker, untilEnvironment, untilNode } from "#e2e/fixtures/worker";
import { must } from "#e2e/world/acting";
import { postgresBootStore } from "#lib/boot/postgres-store";
import { attachContext } from "#lib/commands/attach-context";
import { createContext } from "#lib/commands/create-context";
import { launchEnvironment } from "#lib/commands/launch-environment";
import { orderNode } from "#lib/commands/order-node";
import { rehearseHook } from "#lib/commands/rehearse-hook";
import { rehearseTemplate } from "#lib/commands/rehearse-template";
import { releaseEnvironment } from "#lib/commands/release-environment";
import { setAsideNode } from "#lib/commands/set-aside-node";
import { setContextSecret } from "#lib/commands/set-context-secret";
import { takeBackNode } from "#lib/commands/take-back-node";
import type { TemplateHook } from "#lib/domain/hook/hook";
import type { Id } from "#lib/domain/id";
import {
  type ProviderServer,
  reply,
  startProviderServer,
} from "#lib/drivers/http-provider/provider-server.test-support";
import { dryRunDetail, replayScreen } from "#lib/views/dry-runs";
import { nodeDetail } from "#lib/views/node-detail";

// Scripts of a dry run on a node that is lent, on a simulated rack with the real worker. However it ends,
// the node is wiped and validated before anybody has it.

let lab: Lab;
let tenant: GivenTenant;
let worker: ReturnType<typeof startWorker>;
let server: ProviderServer;
let a: Id<"node">;

beforeAll(async () => {
  lab = await givenLab({
    network: 53,
    rack: { nodes: [{ name: "a", flavour: "plain" }] },
    settings: { bootLimitMs: 8_000 },
  });
  tenant = await givenTenant(lab.app.db, { fleet: lab.fleet, gpuLimit: 16, gpuModel: "H100" });
  server = await startProviderServer();
  worker = startWorker(lab);
  a = await lab.enrol("a");
});

afterAll(async () => {
  await worker?.stop();
  server?.close();
  await lab?.close();
});

function aScript(
  name: string,
  lines: string[],
  change: Partial<TemplateHook> = {},
  outputs: string[] = [],
) {
  const script = { text: ["#!/bin/sh", ...lines, ""].join("\n"), outputs };
  return aHook({ name, kind: "script", point: "after_bootstrap", script, ...change });
}

async function lend(inputs: Record<string, string> = {}) {
  const { templateVersionId } = lab.fleet;
  const input = { templateVersionId, counts: { workers: 2 }, inputs, hook: null, nodeId: a };
  return must(await rehearseTemplate(lab.app.db, lab.operator("node.operate"), input));
}

async function callsOf(dryRunId: Id<"dryRun">) {
  return lab.worker.db
    .select()
    .from(dryCalls)
    .where(eq(dryCalls.dryRunId, dryRunId))
    .orderBy(asc(dryCalls.position));
}

/** Waits until the node is back, and gives when it was wiped. */
async function untilBack(operationId: Id<"operation">, ending: string) {
  await untilNode(lab, a, "available");
  const [operation] = await lab.worker.db
    .select()
    .from(operations)
    .where(eq(operations.id, operationId));
  expect(operation?.state).toBe(ending);
  const { sanitizedAt } = await nodeState(lab, a);
  expect(sanitizedAt?.getTime()).toBeGreaterThan(operation?.finishedAt?.getTime() ?? Infinity);
  const open = await lab.worker.db.select().from(bootWindows).where(eq(bootWindows.nodeId, a));
  expect(open.every((window) => window.closedAt && window.sealedInputs === null)).toBe(true);
  expect(await brokenInvariants(lab.superuserUrl)).toEqual([]);
}

async function untilRuns(dryRunId: Id<"dryRun">) {
  const read = async () => (await callsOf(dryRunId)).map((call) => call.state);
  await expect.poll(read, { timeout: 60_000, interval: 30 }).toContain("running");
  const begun = async () => {
    const rows = await lab.worker.db.select().from(scriptRuns);
    return rows.some((row) => row.state === "running" && row.log !== "");
  };
  await expect.poll(begun, { timeout: 60_000, interval: 30 }).toBe(true);
}

test("one prints and gives outputs, the next fails; providers come in between; then it is wiped", async () => {
  await untilNode(lab, a, "available");
  const ticket = await givenProvider(lab, server, "ticket");
  const told = await givenProvider(lab, server, "told");
  for (const path of ["/ticket", "/told"]) {
    server.replies.set(path, ({ key, event }, response) =>
      reply(response, {
        ...{ key, answer: "done" },
        ...(event === "check" ? { dryRun: true } : { outputs: { number: "OPS-1" } }),
      }),
    );
  }
  await givenTemplate(lab, {
    inputs: [anInput({ name: "dataset", type: "string", default: "none" })],
    hooks: [
      aHook({ name: "ticket", kind: "http", providerId: ticket }),
      aScript(
        "prepare",
        ['echo "of $INGOT_INPUT_DATASET"', 'echo "CACHE=/data" >> "$INGOT_OUTPUTS"'],
        {},
        ["CACHE"],
      ),
      aScript("check", ["echo looking", "exit 3"]),
      aScript("ready", ["echo nothing there", "exit 4"], { kind: "wait" }),
      aScript("mount", ["echo mounting"], { point: "after_start" }),
      aHook({ name: "told", kind: "http", point: "on_success", providerId: told }),
    ],
  });
  const { dryRunId, operationId } = await lend({ dataset: "imagenet" });
  expect((await nodeState(lab, a)).lifecycle).toBe("reserved");
  const page = await nodeDetail(lab.app.db, lab.operator("fleet.read"), a);
  expect(page).toMatchObject({ holder: null, lent: { version: { number: 1 } } });
  // Whoever is a tenant sees neither the node nor what runs on it.
  const scope = { tenant: tenant.tenantId, user: "", fleet: "" } as const;
  const seen = await inScope(lab.app.db, scope, async (tx) => [
    await tx.$count(nodes),
    await tx.$count(dryRuns),
    await tx.$count(operations, eq(operations.nodeId, a)),
  ]);
  expect(seen).toEqual([0, 0, 0]);
  await untilBack(operationId, "succeeded");

  const calls = (await callsOf(dryRunId)).map(({ name, answer, words, outputs }) => [
    ...[name, answer, words, outputs],
  ]);
  const own = { "dry-run-1": { CACHE: "/data" } };
  expect(calls).toEqual([
    ["ticket", "done", "The hook would be done.", { number: "OPS-1" }],
    ["prepare", "done", "The hook would be done.", own],
    [
      ...["check", "failed"],
      ...["The hook would fail: dry-run-1: It ended with exit code 3.", null],
    ],
    [
      ...["ready", "again"],
      ...["It would be asked again: dry-run-1: It ended with exit code 4.", null],
    ],
    ["told", "done", "The hook would be done.", { number: "OPS-1" }],
    ["mount", "done", "The hook would be done.", { "dry-run-1": {} }],
  ]);
  const scripts = await asOperator(lab.app.db, (tx) =>
    tx
      .select({ log: scriptRuns.log, exitCode: scriptRuns.exitCode })
      .from(scriptRuns)
      .orderBy(scriptRuns.createdAt),
  );
  expect(scripts).toEqual([
    { log: "of imagenet\n", exitCode: 0 },
    { log: "looking\n", exitCode: 3 },
    { log: "nothing there\n", exitCode: 4 },
    { log: "mounting\n", exitCode: 0 },
  ]);
  const asTenant = await inScope(lab.app.db, scope, (tx) => tx.$count(scriptRuns));
  expect(asTenant).toBe(0);
  // What earlier hooks gave goes on: a provider's to the node, a script's to a provider.
  const [window] = await lab.worker.db
    .select()
    .from(bootWindows)
    .where(eq(bootWindows.operationId, operationId));
  expect(window?.seed?.launch).toEqual({
    inputs: { dataset: "imagenet" },
    outputs: { ticket: { number: "OPS-1" } },
    profile: expect.objectContaining({ gpuSharing: "none", storageClasses: [] }),
  });
  expect(window?.seed).toMatchObject({ hostname: "dry-run-1", authorizedKeys: [] });
  const [asked] = (server.questions.get("/told") ?? []).filter(({ event }) => event !== "check");
  expect(asked).toMatchObject({ dryRun: true, outputs: { prepare: own } });
  const view = await dryRunDetail(lab.app.db, lab.operator("fleet.read"), dryRunId);
  expect(view?.lent).toMatchObject({
    node: { id: a },
    hostname: "dry-run-1",
    operation: { state: "succeeded" },
  });
  expect(view?.calls[1]?.script).toMatchObject({ log: "of imagenet\n", hostname: "dry-run-1" });
  const audit = await asOperator(lab.app.db, (tx) =>
    tx.select().from(auditEvents).where(eq(auditEvents.action, "node.lend")),
  );
  expect(audit).toMatchObject([{ objectId: a, tenantId: null }]);
});

test("a run that failed is replayed as it was, with what it was given; nothing of it changes", async () => {
  await untilNode(lab, a, "available");
  const inputs = [
    anInput({ name: "dataset", type: "string", default: "none" }),
    anInput({ name: "token", type: "secret", required: true }),
  ];
  const echoed = '"$INGOT_INPUT_DATASET, $INGOT_INPUT_TOKEN, $TEAM, $KEY, $INGOT_DRY_RUN."';
  await givenTemplate(lab, {
    inputs,
    hooks: [
      aScript("first", ['echo "CACHE=/data" >> "$INGOT_OUTPUTS"'], {}, ["CACHE"]),
      aScript("mount", [`echo ${echoed}`, "exit 3"]),
    ],
  });
  await givenContext("team", { TEAM: "blue" }, "first-key");
  const { environmentId } = must(
    await launchEnvironment(
      lab.app.db,
      tenant.grant("environment.launch"),
      {
        ...{ requestKey: randomUUID(), name: "train", counts: { workers: 1 }, leaseHours: 24 },
        ...{ templateVersionId: lab.fleet.templateVersionId, imageId: lab.fleet.imageId },
        ...{ sshKeyIds: [tenant.keyId], pastedKey: "" },
        inputs: { dataset: "imagenet", token: "s3cret-token" },
      },
      lab.sealingKey,
    ),
  );
  await untilEnvironment(lab, environmentId, "failed");
  const release = { requestKey: randomUUID(), environmentId, confirmName: "train" };
  must(await releaseEnvironment(lab.app.db, tenant.grant("environment.release"), release));
  await untilNode(lab, a, "available");
  const theirs = async () => ({
    runs: await lab.worker.db
      .select()
      .from(hookRuns)
      .where(eq(hookRuns.environmentId, environmentId))
      .orderBy(asc(hookRuns.position)),
    scripts: await lab.worker.db
      .select()
      .from(scriptRuns)
      .where(eq(scriptRuns.environmentId, environmentId))
      .orderBy(asc(scriptRuns.id)),
    environment: await lab.worker.db
      .select()
      .from(environments)
      .where(eq(environments.id, environmentId)),
  });
  // What has been changed since is not what it was given: neither the template nor what was entered.
  await givenTemplate(lab, { inputs, hooks: [aScript("mount", ["echo newer"])] });
  await lab.worker.db
    .update(environments)
    .set({ inputs: { dataset: "other" } })
    .where(eq(environments.id, environmentId));
  const before = await theirs();
  const log = before.scripts.map((row) => row.log).find((text) => text !== "");
  expect(log).toBe("imagenet, ••••••, blue, ••••••, .\n");
  const run = before.runs.find(({ name }) => name === "mount");
  if (!run) throw new Error("no run");
  const replay = { hookRunId: run.id, nodeId: a };
  const { dryRunId, operationId } = must(
    await rehearseHook(lab.app.db, lab.operator("node.operate"), replay),
  );
  const page = await nodeDetail(lab.app.db, lab.operator("fleet.read"), a);
  expect(page).toMatchObject({ holder: null, lent: { replayOf: run.id } });
  await untilBack(operationId, "succeeded");

  const view = await dryRunDetail(lab.app.db, lab.operator("fleet.read"), dryRunId);
  expect(view?.calls).toMatchObject([
    {
      ...{ name: "mount", answer: "failed", input: run.input },
      words: "The hook would fail: dry-run-1: It ended with exit code 3.",
      script: { exitCode: 3, log: "imagenet, , blue, ••••••, 1.\n" },
    },
  ]);
  expect((await replayScreen(lab.app.db, lab.operator("fleet.read"), run.id))?.runs).toEqual([
    view,
  ]);
  const [window] = await lab.worker.db
    .select()
    .from(bootWindows)
    .where(eq(bootWindows.operationId, operationId));
  expect(window?.seed?.launch).toMatchObject({
    inputs: { dataset: "imagenet", token: null },
    outputs: { first: { "train-1": { CACHE: "/data" } } },
  });
  expect(window).toMatchObject({ tenantId: null, seed: { authorizedKeys: [] } });
  expect(await theirs()).toEqual(before);
  const kept = [view, window, await lab.worker.db.select().from(operations)];
  expect(JSON.stringify(kept)).not.toMatch(/s3cret-token|first-key/);
});

/** A config context of the tenant's project, with one secret, `KEY`. */
async function givenContext(name: string, variables: Record<string, string>, key: string) {
  const may = lab.operator("context.edit");
  const { contextId } = must(
    await createContext(lab.app.db, may, {
      ...{ name, description: "", files: [] },
      variables: Object.entries(variables).map(([each, value]) => ({ name: each, value })),
    }),
  );
  const secret = { contextId, name: "KEY", value: key };
  must(await setContextSecret(lab.app.db, may, secret, lab.sealingKey));
  must(await attachContext(lab.app.db, may, { contextId, to: tenant.projectId }));
}

test("a script that never ends has its time; then, taken back in the middle, the rest is not run", async () => {
  await untilNode(lab, a, "available");
  await lab.rack.control.setFaults("a", ["hook-never-ends"]);
  await givenTemplate(lab, {
    inputs: [],
    hooks: [
      aScript("short", [], { seconds: 2 }),
      aScript("long", [], { seconds: 600 }),
      aScript("last", []),
    ],
  });
  const { dryRunId, operationId } = await lend();
  const long = async () => (await callsOf(dryRunId)).find(({ name }) => name === "long")?.state;
  await expect.poll(long, { timeout: 60_000, interval: 30 }).toBe("running");
  await untilRuns(dryRunId);
  const back = { dryRunId };
  must(await takeBackNode(lab.app.db, lab.operator("node.operate"), back));
  must(await takeBackNode(lab.app.db, lab.operator("node.operate"), back));
  await untilBack(operationId, "aborted");
  const words = "The node was taken back before its end.";
  expect((await callsOf(dryRunId)).map(({ answer, words }) => [answer, words])).toEqual([
    // Whichever of node and worker looked at the clock first.
    ["failed", expect.stringMatching(/Its time was over|not done within 2 seconds/)],
    ["not_asked", words],
    ["not_asked", words],
  ]);
  const open = await lab.worker.db.$count(
    scriptRuns,
    and(eq(scriptRuns.operationId, operationId), eq(scriptRuns.state, "running")),
  );
  expect(open).toBe(0);
  expect(await takeBackNode(lab.app.db, lab.operator("node.operate"), back)).toMatchObject({
    refusal: { reason: "No node is lent to this dry run any more." },
  });
  await lab.rack.control.setFaults("a", []);
});

test("one that never reports is given up and wiped; one that cannot be wiped is quarantined", async () => {
  await untilNode(lab, a, "available");
  await givenTemplate(lab, { inputs: [], hooks: [aScript("only", ["echo here"])] });
  await lab.rack.control.setFaults("a", ["no-phone-home"]);
  const { dryRunId, operationId } = await lend();
  await untilBack(operationId, "failed");
  expect(await callsOf(dryRunId)).toMatchObject([
    {
      answer: "not_asked",
      words: expect.stringContaining(
        "The node did not come to its end: Phone home: not done within",
      ),
    },
  ]);
  await lab.rack.control.setFaults("a", ["wipe-fails"]);
  const again = await lend();
  await untilNode(lab, a, "quarantined");
  expect(await callsOf(again.dryRunId)).toMatchObject([{ answer: "done" }]);
  expect(await brokenInvariants(lab.superuserUrl)).toEqual([]);
});

test("a node that is set aside meanwhile is quarantined, and its script is told of", async () => {
  await lab.rack.control.setFaults("a", ["hook-never-ends"]);
  const wipe = { nodeId: a, order: "sanitize" } as const;
  must(await orderNode(lab.app.db, lab.operator("node.operate"), wipe));
  await untilNode(lab, a, "available");
  const { dryRunId, operationId } = await lend();
  await untilRuns(dryRunId);
  const windowNow = async () => {
    const [row] = await lab.worker.db
      .select()
      .from(bootWindows)
      .where(eq(bootWindows.operationId, operationId));
    if (!row) throw new Error("no window");
    return row;
  };
  const { id, hookTokenHash, phoneTokenHash } = await windowNow();
  const store = postgresBootStore(lab.worker.db);
  const takes = async () => [
    (await store.findOpenWindow("hook", hookTokenHash ?? "")) !== undefined,
    (await store.findOpenWindow("phone", phoneTokenHash)) !== undefined,
  ];
  expect(await takes()).toEqual([true, true]);
  // Its tokens are void at once, whoever is there to close the window.
  await worker.stop();
  await lab.worker.db
    .update(bootWindows)
    .set({ sealedInputs: "of a secret", expiresAt: new Date(Date.now() + 600_000) })
    .where(eq(bootWindows.id, id));
  const aside = { nodeId: a, to: "quarantined" as const, reason: "It smokes" };
  must(await setAsideNode(lab.app.db, lab.operator("node.operate"), aside));
  expect(await takes()).toEqual([false, false]);
  worker = startWorker(lab);
  const left = async () => {
    const { closedAt, sealedInputs } = await windowNow();
    return { isClosed: closedAt !== null, sealedInputs };
  };
  await expect.poll(left, { timeout: 20_000 }).toEqual({ isClosed: true, sealedInputs: null });
  const ended = async () => (await callsOf(dryRunId)).map(({ answer, words }) => [answer, words]);
  await expect
    .poll(ended, { timeout: 20_000 })
    .toEqual([["not_asked", expect.stringContaining("It smokes")]]);
  expect((await nodeState(lab, a)).lifecycle).toBe("quarantined");
});

test("retired unwiped and enrolled anew, it is the same machine, and nobody is given it before a wipe", async () => {
  const out = { nodeId: a, to: "retired" as const, reason: "The smoke went on" };
  must(await setAsideNode(lab.app.db, lab.operator("node.operate"), out));
  const again = await lab.enrol("a");
  await untilNode(lab, again, "quarantined");
  expect((await nodeState(lab, again)).lifecycleReason).toBe(
    "As a this machine was lent to a dry run and not wiped since. Sanitize it.",
  );
  await lab.rack.control.setFaults("a", []);
  const wipe = { nodeId: again, order: "sanitize" } as const;
  const order = () => orderNode(lab.app.db, lab.operator("node.operate"), wipe);
  // The enrolment is still taken back.
  await expect.poll(async () => (await order()).ok, { timeout: 20_000 }).toBe(true);
  await untilNode(lab, again, "available");
  expect(await brokenInvariants(lab.superuserUrl)).toEqual([]);
});
