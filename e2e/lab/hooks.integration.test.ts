import { createHash, randomBytes, randomUUID } from "node:crypto";
import { readdir, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import path from "node:path";
import { and, desc, eq, isNull, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditEvents } from "#db/schema/audit-events";
import { bootWindows } from "#db/schema/boot-windows";
import { imageShares, templateVersions } from "#db/schema/catalogue";
import { allocations, environments } from "#db/schema/environments";
import { hookRuns, providerCalls } from "#db/schema/hooks";
import { images } from "#db/schema/images";
import { nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { scriptRuns } from "#db/schema/script-runs";
import {
  aHook,
  anInput,
  givenProvider,
  givenProviderProcess,
  givenTemplate,
} from "#e2e/fixtures/hooks";
import { givenLab, type Lab, nodeState } from "#e2e/fixtures/lab";
import { asOperator, type GivenTenant, givenTenant } from "#e2e/fixtures/launchable";
import { givenPrivateNetwork } from "#e2e/fixtures/network";
import { startProvider } from "#e2e/fixtures/provider-process";
import { startWorker, untilEnvironment, untilNode } from "#e2e/fixtures/worker";
import { must } from "#e2e/world/acting";
import { authorizeTenant } from "#lib/access/authorize";
import { openInputs } from "#lib/boot/sealed-inputs";
import { abortEnvironment } from "#lib/commands/abort-environment";
import { decideApproval } from "#lib/commands/decide-approval";
import { launchEnvironment } from "#lib/commands/launch-environment";
import { operateEnvironment } from "#lib/commands/operate-environment";
import { orderNode } from "#lib/commands/order-node";
import { releaseEnvironment } from "#lib/commands/release-environment";
import { retryEnvironment } from "#lib/commands/retry-environment";
import { retryHook } from "#lib/commands/retry-hook";
import { setLease } from "#lib/commands/set-lease";
import { createLog } from "#lib/config/log";
import { waitsForNodes } from "#lib/domain/environment/words";
import { type Id, newId } from "#lib/domain/id";
import type { InputValue } from "#lib/domain/template/inputs";
import {
  type ProviderServer,
  reply,
  startProviderServer,
} from "#lib/drivers/http-provider/provider-server.test-support";
import { tenantApprovals } from "#lib/views/hook-runs";
import { endLeases } from "#lib/worker/reconcilers/end-leases";
import { tellOfLeases } from "#lib/worker/reconcilers/tell-of-leases";

// Hooks of a launch on a simulated rack, with the real worker and providers over real TLS.

let lab: Lab;
let tenant: GivenTenant;
let worker: ReturnType<typeof startWorker>;
let server: ProviderServer;
let nodeIds: Id<"node">[];

beforeAll(async () => {
  lab = await givenLab({
    network: 49,
    rack: {
      nodes: [
        { name: "a", flavour: "plain" },
        { name: "b", flavour: "plain" },
      ],
    },
  });
  tenant = await givenTenant(lab.app.db, { fleet: lab.fleet, gpuLimit: 16, gpuModel: "H100" });
  server = await startProviderServer();
  worker = startWorker(lab);
  nodeIds = [await lab.enrol("a"), await lab.enrol("b")];
});

afterAll(async () => {
  await worker?.stop();
  server?.close();
  await lab?.close();
});

async function launch(
  name: string,
  inputs: Record<string, InputValue> = {},
  workers = 2,
  imageId = lab.fleet.imageId,
) {
  const input = {
    leaseHours: 24,
    requestKey: randomUUID(),
    name,
    templateVersionId: lab.fleet.templateVersionId,
    imageId,
    counts: { workers },
    sshKeyIds: [tenant.keyId],
    pastedKey: "",
    inputs,
  };
  const may = tenant.grant("environment.launch");
  return launchEnvironment(lab.app.db, may, input, lab.sealingKey);
}

async function release(environmentId: Id<"environment">, confirmName: string) {
  const input = { requestKey: randomUUID(), environmentId, confirmName };
  must(await releaseEnvironment(lab.app.db, tenant.grant("environment.release"), input));
  for (const id of nodeIds) await untilNode(lab, id, "available");
}

async function runs(environmentId: Id<"environment">) {
  return lab.worker.db
    .select()
    .from(hookRuns)
    .where(eq(hookRuns.environmentId, environmentId))
    .orderBy(hookRuns.createdAt, hookRuns.position, hookRuns.round);
}

async function untilRun(environmentId: Id<"environment">, name: string, state: string) {
  const read = async () => {
    const all = (await runs(environmentId)).filter((run) => run.name === name);
    const last = all.at(-1);
    return last?.state === state ? state : `${last?.state}: ${last?.words}`;
  };
  await expect.poll(read, { timeout: 60_000, interval: 50 }).toBe(state);
  const last = (await runs(environmentId)).filter((run) => run.name === name).at(-1);
  if (!last) throw new Error("no run");
  return last;
}

test("what is entered reaches hooks and nodes, a provider is asked until it is done, a person decides", async () => {
  for (const id of nodeIds) await untilNode(lab, id, "available");
  const ticket = await givenProvider(lab, server, "ticket");
  server.replies.set("/ticket", ({ key, state }, response) =>
    reply(
      response,
      state
        ? { key, answer: "done", outputs: { ticket: "OPS-1" }, log: "closed" }
        : { key, answer: "again", after: 1, reason: "OPS-1 is open", state: { ticket: "OPS-1" } },
    ),
  );
  await givenTemplate(lab, {
    inputs: [
      anInput({ name: "storage", type: "enum", options: ["nfs", "none"], default: "none" }),
      anInput({ name: "token", type: "secret", required: true, label: "Token" }),
    ],
    hooks: [
      aHook({ name: "ticket", kind: "http", providerId: ticket, executeOnce: true }),
      aHook({
        name: "mount",
        kind: "http",
        providerId: ticket,
        skipIf: { input: "storage", is: "equal", value: "none" },
      }),
      aHook({ name: "lead", kind: "approval", approvers: { kind: "tenant_admins", emails: [] } }),
    ],
  });
  expect(await launch("first")).toMatchObject({
    ok: false,
    refusal: { fields: { "inputs.token": "Enter Token." } },
  });
  const secret = 'it\'s "s3cret"\n$(id)';
  const { environmentId } = must(await launch("first", { token: secret }));
  const lead = await untilRun(environmentId, "lead", "waiting");
  expect(lead.words).toBe("waits for a decision by an owner or admin of the tenant");
  expect((await runs(environmentId)).map((run) => [run.name, run.state])).toEqual([
    ["ticket", "succeeded"],
    ["mount", "skipped"],
    ["lead", "waiting"],
  ]);
  // Both nodes wait for one run of each: it was asked twice in all, with a key for each turn.
  const asked = server.questions.get("/ticket") ?? [];
  expect(asked.map((each) => each.key.split(".")[1])).toEqual(["0", "1"]);
  expect(asked[0]?.inputs).toEqual({ storage: "none" });

  // Not by the platform team, nor by a member; by an admin, with a reason, and then it fails.
  const decision = { hookRunId: lead.id, decision: "refuse" as const, words: "No budget" };
  const operator = lab.operator("approval.decide");
  expect(await decideApproval(lab.app.db, operator, decision)).toMatchObject({ ok: false });
  const denied = await asOperator(lab.app.db, (tx) =>
    tx.select().from(auditEvents).where(eq(auditEvents.action, "approval.refuse")),
  );
  expect(denied).toMatchObject([{ outcome: "denied", objectId: environmentId }]);
  const member = must(asTenant("member"));
  const nothing = { approvals: [], waiting: 0, next: null };
  expect(await tenantApprovals(lab.app.db, member)).toEqual(nothing);
  expect(await decideApproval(lab.app.db, member, decision)).toMatchObject({
    refusal: { kind: "not_found" },
  });
  must(await decideApproval(lab.app.db, must(asTenant("owner")), decision));
  await untilEnvironment(lab, environmentId, "failed");
  const held = await lab.worker.db.select().from(nodes);
  expect(held.map((node) => node.lifecycle)).toEqual(["reserved", "reserved"]);

  // Tried again, what is to run once is not run again, and the decision is asked for anew.
  const retry = { requestKey: randomUUID(), environmentId };
  must(await retryEnvironment(lab.app.db, tenant.grant("environment.operate"), retry));
  const again = await untilRun(environmentId, "lead", "waiting");
  must(
    await decideApproval(lab.app.db, must(asTenant("owner")), {
      hookRunId: again.id,
      decision: "approve",
      words: "",
    }),
  );
  const [window] = await until(async () =>
    lab.worker.db.select().from(bootWindows).where(eq(bootWindows.environmentId, environmentId)),
  );
  expect(window?.seed?.launch).toEqual({
    inputs: { storage: "none" },
    outputs: { ticket: { ticket: "OPS-1" } },
  });
  if (window?.sealedInputs && window.closedAt === null) {
    const opened = openInputs(lab.settings.bootSecret, window.id, window.sealedInputs);
    expect(opened).toEqual({ token: secret });
  }
  await untilEnvironment(lab, environmentId, "ready");
  expect(server.questions.get("/ticket")).toHaveLength(2);
  const closed = await lab.worker.db.select().from(bootWindows);
  expect(closed.every((row) => row.sealedInputs === null)).toBe(true);
  // The secret is nowhere that people or the portal read.
  const audit = await asOperator(lab.app.db, (tx) => tx.select().from(auditEvents));
  const kept = JSON.stringify([audit, await runs(environmentId), closed]);
  expect(kept).not.toContain("s3cret");
  await release(environmentId, "first");
});

test("whatever a provider answers has an end in words, and one that failed is run again alone", async () => {
  const bad = {
    html: (_: unknown, response: ServerResponse) => response.end("<html>"),
    redirect: (_: unknown, response: ServerResponse) =>
      response.writeHead(302, { location: "http://169.254.169.254/" }).end(),
    replay: (_: unknown, response: ServerResponse) =>
      reply(response, { key: "hkr_old.0", answer: "done" }),
    hang: () => {},
    large: (_: unknown, response: ServerResponse) => response.end(`"${"x".repeat(70_000)}"`),
    down: (_: unknown, response: ServerResponse) => response.writeHead(503).end(),
    refuses: ({ key }: { key: string }, response: ServerResponse) =>
      reply(response, { key, answer: "failed", reason: "No such cost centre" }),
  };
  const hooks = [];
  for (const [name, answer] of Object.entries(bad)) {
    const providerId = await givenProvider(lab, server, name);
    server.replies.set(`/${name}`, answer);
    const seconds = name === "hang" ? 2 : 60;
    hooks.push(aHook({ name, kind: "http", providerId, seconds, onFailure: "continue" }));
  }
  const impostor = await givenProvider(lab, server, "impostor", await server.otherCertificate());
  hooks.push(
    aHook({ name: "impostor", kind: "http", providerId: impostor, onFailure: "continue" }),
  );
  hooks.push(aHook({ name: "pause", kind: "wait", seconds: 1 }));
  await givenTemplate(lab, { inputs: [], hooks });
  const { environmentId } = must(await launch("bad", {}, 1));
  await untilEnvironment(lab, environmentId, "ready", 300_000);
  const told = Object.fromEntries((await runs(environmentId)).map((run) => [run.name, run.words]));
  expect(told).toMatchObject({
    html: "it answered with a web page and not with JSON (tried once)",
    redirect: "it answered with a redirect (302), which is never followed",
    replay: "it answered to another request: its answer has another key (tried once)",
    large: "its answer is longer than 65536 bytes",
    down: "it answered 503 (tried once)",
    refuses: "No such cost centre",
    pause: "Its time is over.",
  });
  expect(told.hang).toMatch(/^no whole answer within 2 seconds|It was not done within 2 seconds/);
  expect(told.impostor).toMatch(/^it does not show a certificate that is trusted/);
  expect(server.questions.get("/impostor")).toBeUndefined();
  const calls = await asOperator(lab.app.db, (tx) =>
    tx.select().from(providerCalls).orderBy(desc(providerCalls.id)),
  );
  expect(calls.filter((call) => call.outcome === "none").length).toBeGreaterThanOrEqual(7);

  server.replies.delete("/down");
  const [down] = await lab.worker.db
    .select()
    .from(hookRuns)
    .where(and(eq(hookRuns.environmentId, environmentId), eq(hookRuns.name, "down")));
  const may = tenant.grant("environment.operate");
  must(await retryHook(lab.app.db, may, { hookRunId: down?.id as Id<"hookRun"> }));
  expect(await untilRun(environmentId, "down", "succeeded")).toMatchObject({ round: 1 });
  await release(environmentId, "bad");
});

test("an answer after the release changes nothing, and the release takes back what was made", async () => {
  const volumes = await startProvider("volume-provider.mjs");
  const volume = await givenProviderProcess(lab, volumes, "volume");
  const made = () => readdir(path.join(volumes.directory, "made"));
  const slow = await givenProvider(lab, server, "slow");
  const held: (() => void)[] = [];
  server.replies.set("/slow", ({ key }, response) => {
    held.push(() => reply(response, { key, answer: "done", outputs: { late: true } }));
  });
  await givenTemplate(lab, {
    hooks: [
      aHook({ name: "volume", kind: "http", providerId: volume }),
      aHook({ name: "slow", kind: "http", providerId: slow }),
      aHook({ name: "remove", kind: "http", providerId: volume, point: "after_release" }),
    ],
  });
  const { environmentId } = must(await launch("late", {}, 1));
  await expect.poll(() => held.length, { timeout: 60_000 }).toBe(1);
  expect(await made()).toEqual([environmentId]);
  const released = release(environmentId, "late");
  await untilRun(environmentId, "slow", "cancelled");
  for (const answer of held) answer();
  await released;
  const run = await untilRun(environmentId, "slow", "cancelled");
  expect(run).toMatchObject({ outputs: null, words: "Its operation ended before it did." });
  await untilRun(environmentId, "remove", "succeeded");
  expect(await made()).toEqual([]);
  await volumes.stop();
});

test("a script runs on every node, at launch and after a restart, and alone once more while they wait", async () => {
  const script = {
    text: '#!/bin/sh\necho preparing\necho "CACHE=/data" >> "$INGOT_OUTPUTS"\n',
    outputs: ["CACHE"],
  };
  await givenTemplate(lab, {
    inputs: [],
    hooks: [
      aHook({
        ...{ name: "prepare", kind: "script", point: "after_bootstrap", script },
        ...{ seconds: 3, onFailure: "continue" },
      }),
      aHook({
        ...{ name: "look", kind: "approval", point: "after_bootstrap" },
        approvers: { kind: "people", emails: [tenant.actor.email] },
      }),
      aHook({ name: "mount", kind: "script", point: "after_start", script }),
    ],
  });
  await lab.rack.control.setFaults("a", ["hook-floods"]);
  await lab.rack.control.setFaults("b", ["hook-never-ends"]);
  const { environmentId } = must(await launch("scripts"));
  const failed = await untilRun(environmentId, "prepare", "failed");
  expect(failed.words).toContain("scripts-");
  const scripts = async (hookRunId: Id<"hookRun">) =>
    lab.worker.db
      .select()
      .from(scriptRuns)
      .where(eq(scriptRuns.hookRunId, hookRunId))
      .orderBy(scriptRuns.hostname);
  const told = (await scripts(failed.id)).map((row) => row.words);
  expect(told).toContain("It wrote more than 64 KiB and was ended.");
  // Whichever of node and worker looked at the clock first.
  expect(told.join()).toMatch(/Its time was over|Its hook ended before it did/);

  // Nodes wait for the decision, so the script can be run again alone.
  await untilRun(environmentId, "look", "waiting");
  const may = tenant.grant("environment.operate");
  await lab.rack.control.setFaults("a", []);
  await lab.rack.control.setFaults("b", ["hook-forgets-outputs"]);
  must(await retryHook(lab.app.db, may, { hookRunId: failed.id }));
  const again = await untilRun(environmentId, "prepare", "failed");
  expect(again).toMatchObject({ round: 1 });
  expect(again.words).toContain("without its outputs: CACHE.");
  await lab.rack.control.setFaults("b", []);
  must(await retryHook(lab.app.db, may, { hookRunId: again.id }));
  const done = await untilRun(environmentId, "prepare", "succeeded");
  expect(done.outputs).toEqual({
    "scripts-1": { CACHE: "/data" },
    "scripts-2": { CACHE: "/data" },
  });
  expect((await scripts(done.id)).map((row) => row.log)).toEqual(["preparing\n", "preparing\n"]);

  const look = await untilRun(environmentId, "look", "waiting");
  const approval = { hookRunId: look.id, decision: "approve" as const, words: "" };
  // Whom the template names by address decides, whatever they are in the tenant.
  const member = must(asTenant("member"));
  expect((await tenantApprovals(lab.app.db, member)).approvals).toMatchObject([
    { id: look.id, mayDecide: true },
  ]);
  expect((await tenantApprovals(lab.app.db, must(asTenant("owner")))).waiting).toBe(1);
  must(await decideApproval(lab.app.db, member, approval));
  await untilEnvironment(lab, environmentId, "ready");
  expect(await retryHook(lab.app.db, may, { hookRunId: again.id })).toMatchObject({
    refusal: { reason: expect.stringContaining("once they are handed over, none asks for it") },
  });
  const restart = { requestKey: randomUUID(), environmentId, command: "restart" as const };
  must(await operateEnvironment(lab.app.db, may, restart));
  await untilRun(environmentId, "mount", "succeeded");
  await untilEnvironment(lab, environmentId, "ready");
  await release(environmentId, "scripts");
});

test("a launch is validated between its hooks: what has gone bad meanwhile is handed to nobody", async () => {
  for (const id of nodeIds) await untilNode(lab, id, "available");
  const told = await givenProvider(lab, server, "validates");
  const freed: (() => void)[] = [];
  server.replies.set("/validates", ({ key }, response) => {
    freed.push(() => reply(response, { key, answer: "done" }));
  });
  const script = { text: '#!/bin/sh\necho "GPUS=8" >> "$INGOT_OUTPUTS"\n', outputs: ["GPUS"] };
  await givenTemplate(lab, {
    inputs: [],
    hooks: [
      aHook({ name: "passed", kind: "script", point: "after_validate", script }),
      aHook({ name: "ask", kind: "http", point: "before_validate", providerId: told }),
      aHook({ name: "count", kind: "script", point: "before_validate", script }),
    ],
  });
  const { environmentId } = must(await launch("validated", {}, 1));
  const ended = async () => (await runs(environmentId)).map(({ name, state }) => [name, state]);
  const setHealth = (health: "ok" | "critical") =>
    lab.worker.db.update(nodes).set({ health }).where(eq(nodes.id, nodeId));
  await expect.poll(() => freed.length, { timeout: 60_000 }).toBe(1);
  const [held] = await lab.worker.db
    .select({ nodeId: allocations.nodeId })
    .from(allocations)
    .where(eq(allocations.environmentId, environmentId));
  const nodeId = held?.nodeId as Id<"node">;
  await setHealth("critical");
  freed[0]?.();
  await untilNode(lab, nodeId, "quarantined");
  await untilEnvironment(lab, environmentId, "failed");
  expect((await nodeState(lab, nodeId)).lifecycleReason).toBe(
    "It is not handed over: its health is critical and nobody has acknowledged or cleared the reason.",
  );
  expect(await ended()).toEqual([
    ["ask", "succeeded"],
    ["count", "succeeded"],
  ]);

  // Tried again, another takes its place, and what comes after the validation comes.
  await setHealth("ok");
  const retry = { requestKey: randomUUID(), environmentId };
  must(await retryEnvironment(lab.app.db, tenant.grant("environment.operate"), retry));
  await expect.poll(() => freed.length, { timeout: 60_000 }).toBe(2);
  freed[1]?.();
  await untilEnvironment(lab, environmentId, "ready");
  expect((await ended()).slice(2)).toEqual([
    ["ask", "succeeded"],
    ["count", "succeeded"],
    ["passed", "succeeded"],
  ]);
  const [last] = await lab.worker.db
    .select({ nodeId: allocations.nodeId })
    .from(allocations)
    .where(and(eq(allocations.environmentId, environmentId), isNull(allocations.releasedAt)));
  expect(last?.nodeId).not.toBe(nodeId);
  const wipe = { nodeId, order: "sanitize" } as const;
  must(await orderNode(lab.app.db, lab.operator("node.operate"), wipe));
  await release(environmentId, "validated");
});

test("a controller is looked at once more before a node is handed over, and may be away for a while", async () => {
  for (const id of nodeIds) await untilNode(lab, id, "available");
  const told = await givenProvider(lab, server, "takes-hours");
  const freed: (() => void)[] = [];
  server.replies.set("/takes-hours", ({ key }, response) => {
    freed.push(() => reply(response, { key, answer: "done" }));
  });
  await givenTemplate(lab, {
    inputs: [],
    hooks: [aHook({ name: "ask", kind: "http", point: "before_validate", providerId: told })],
  });
  /** Launches, and has its hooks take hours in which this befalls the controller. */
  const launchWith = async (name: string, fault: string) => {
    const asked = freed.length;
    const { environmentId } = must(await launch(name, {}, 1));
    await expect.poll(() => freed.length, { timeout: 60_000 }).toBe(asked + 1);
    const of = eq(operations.environmentId, environmentId);
    const deployment = async () => {
      const [row] = await lab.worker.db
        .select()
        .from(operations)
        .where(and(of, eq(operations.kind, "node.deploy")));
      if (!row?.nodeId) throw new Error("no deployment");
      return { ...row, nodeId: row.nodeId };
    };
    const { nodeId } = await deployment();
    const node = (await nodeState(lab, nodeId)).name;
    const powerObservedAt = new Date(Date.now() - 3 * 3_600_000);
    await lab.worker.db.update(nodes).set({ powerObservedAt }).where(eq(nodes.id, nodeId));
    await lab.rack.control.setFaults(node, [fault]);
    freed.at(-1)?.();
    const clear = () => lab.rack.control.setFaults(node, []);
    return { environmentId, nodeId, deployment, clear };
  };

  const away = await launchWith("away", "bmc-unreachable");
  const waits = async () => (await away.deployment()).waitReason;
  await expect.poll(waits, { timeout: 20_000 }).toContain("no connection");
  await away.clear();
  await untilEnvironment(lab, away.environmentId, "ready");
  await release(away.environmentId, "away");

  const other = await launchWith("other", "certificate-changed");
  const reason = async () => (await other.deployment()).reason;
  await expect.poll(reason, { timeout: 20_000 }).toContain("certificate");
  await other.clear();
  await untilNode(lab, other.nodeId, "quarantined");
  await untilEnvironment(lab, other.environmentId, "failed");
  const wipe = { nodeId: other.nodeId, order: "sanitize" } as const;
  must(await orderNode(lab.app.db, lab.operator("node.operate"), wipe));
  await release(other.environmentId, "other");
});

test("what comes after the validation waits for every node's, and is told of those that passed", async () => {
  for (const id of nodeIds) await untilNode(lab, id, "available");
  const told = await givenProvider(lab, server, "gathers");
  const freed: (() => void)[] = [];
  server.replies.set("/gathers", ({ key, point }, response) => {
    const answer = () => reply(response, { key, answer: "done" });
    if (point === "before_validate") freed.push(answer);
    else answer();
  });
  await givenTemplate(lab, {
    inputs: [],
    hooks: [
      aHook({ name: "ask", kind: "http", point: "before_validate", providerId: told }),
      aHook({ name: "passed", kind: "http", point: "after_validate", providerId: told }),
    ],
  });
  const { environmentId } = must(await launch("gathered"));
  await expect.poll(() => freed.length, { timeout: 60_000 }).toBe(1);
  const held = await lab.worker.db
    .select({ hostname: allocations.hostname, nodeId: allocations.nodeId })
    .from(allocations)
    .where(eq(allocations.environmentId, environmentId))
    .orderBy(allocations.hostname);
  const [first, last] = held as [(typeof held)[number], (typeof held)[number]];
  // Another worker has the last node, and is slow.
  const ofLast = and(eq(operations.nodeId, last.nodeId), eq(operations.kind, "node.deploy"));
  const lease = (until: Date | null) =>
    lab.worker.db.update(operations).set({ leaseUntil: until }).where(ofLast);
  await lease(new Date(Date.now() + 600_000));
  freed[0]?.();
  const waits = async () => {
    const [row] = await lab.worker.db
      .select({ reason: operations.waitReason })
      .from(operations)
      .where(and(eq(operations.nodeId, first.nodeId), eq(operations.kind, "node.deploy")))
      .orderBy(desc(operations.createdAt));
    return row?.reason;
  };
  await expect.poll(waits, { timeout: 20_000 }).toBe("1 more of its nodes to come as far");
  const setHealth = (health: "ok" | "critical") =>
    lab.worker.db.update(nodes).set({ health }).where(eq(nodes.id, last.nodeId));
  await setHealth("critical");
  await lease(null);
  await untilNode(lab, last.nodeId, "quarantined");
  await untilRun(environmentId, "passed", "succeeded");
  await untilNode(lab, first.nodeId, "active");
  const asked = (server.questions.get("/gathers") ?? []).filter(({ hook }) => hook === "passed");
  expect(asked.map((question) => question.nodes)).toEqual([
    [expect.objectContaining({ hostname: first.hostname })],
  ]);
  await setHealth("ok");
  const wipe = { nodeId: last.nodeId, order: "sanitize" } as const;
  must(await orderNode(lab.app.db, lab.operator("node.operate"), wipe));
  await release(environmentId, "gathered");
});

test("a no first of all holds no node, a script quarantines the node it fails on, each end is told", async () => {
  for (const id of nodeIds) await untilNode(lab, id, "available");
  const told = await givenProvider(lab, server, "told");
  const refusals: Record<string, string> = { budget: "No budget", page: "No such page" };
  server.replies.set("/told", ({ key, hook = "" }, response) => {
    const reason = refusals[hook];
    reply(response, { key, ...(reason ? { answer: "failed", reason } : { answer: "done" }) });
  });
  await givenTemplate(lab, {
    hooks: [
      aHook({ name: "complete", kind: "http", point: "on_completion", providerId: told }),
      aHook({ name: "page", kind: "http", point: "on_failure", providerId: told }),
      aHook({
        ...{ name: "check", kind: "script", point: "after_bootstrap", onFailure: "quarantine" },
        script: { text: '#!/bin/sh\necho "GPUS=8" >> "$INGOT_OUTPUTS"\n', outputs: ["GPUS"] },
      }),
      aHook({ name: "installed", kind: "http", point: "after_install", providerId: told }),
      aHook({ name: "budget", kind: "http", point: "on_init", providerId: told }),
    ],
  });
  const [a, b] = nodeIds as [Id<"node">, Id<"node">];
  const { environmentId } = must(await launch("check"));
  const held = async () =>
    lab.worker.db
      .select({ nodeId: allocations.nodeId })
      .from(allocations)
      .where(and(eq(allocations.environmentId, environmentId), isNull(allocations.releasedAt)));
  await untilEnvironment(lab, environmentId, "failed");
  expect(await held()).toEqual([]);
  for (const id of nodeIds) await untilNode(lab, id, "available");

  delete refusals.budget;
  await lab.rack.control.setFaults("b", ["hook-forgets-outputs"]);
  const retry = { requestKey: randomUUID(), environmentId };
  must(await retryEnvironment(lab.app.db, tenant.grant("environment.operate"), retry));
  await untilNode(lab, b, "quarantined");
  await untilNode(lab, a, "reserved");
  expect(await held()).toEqual([{ nodeId: a }]);
  const { lifecycleReason } = await nodeState(lab, b);
  const why = "It ended with exit code 0 and without its outputs: GPUS.";
  expect(lifecycleReason).toBe(`Hook check: ${why}`);
  const ended = async () =>
    (await runs(environmentId)).map(({ name, state, words }) => `${name} ${state}: ${words}`);
  await expect.poll(ended, { timeout: 60_000 }).toEqual([
    "budget failed: No budget",
    // What fails at one point of the end does not keep the next from coming.
    "page failed: No such page",
    "complete succeeded: done",
    "budget succeeded: done",
    "installed succeeded: done",
    expect.stringMatching(/^check failed: check-\d: It ended with exit code 0 and without its/),
    "page failed: No such page",
    "complete succeeded: done",
  ]);

  const input = { requestKey: randomUUID(), environmentId, confirmName: "check" };
  must(await releaseEnvironment(lab.app.db, tenant.grant("environment.release"), input));
  await untilNode(lab, a, "available");
  const completed = async () =>
    (server.questions.get("/told") ?? [])
      .filter(({ hook }) => hook === "complete")
      .map(({ event, operation }) => [event, operation?.state, operation?.reason]);
  await expect.poll(completed, { timeout: 60_000 }).toEqual([
    ["deploy", "aborted", "Hook budget: No budget"],
    ["deploy", "failed", `Hook check: ${why}`],
    ["destroy", "succeeded", null],
  ]);
  expect((await nodeState(lab, b)).lifecycle).toBe("quarantined");
});

test("what is asked before any node is taken holds none, and its yes takes them by the launch's own rules", async () => {
  const [, b] = nodeIds as [Id<"node">, Id<"node">];
  await givenOrder(b);
  for (const id of nodeIds) await untilNode(lab, id, "available");
  await givenPrivateNetwork(lab);
  const budget = await givenProvider(lab, server, "budget");
  server.replies.set("/budget", ({ key }, response) => reply(response, { key, answer: "done" }));
  await givenTemplate(lab, {
    inputs: [
      anInput({ name: "size", type: "enum", options: ["small", "large"], default: "large" }),
    ],
    hooks: [
      aHook({ name: "budget", kind: "http", point: "before_allocate", providerId: budget }),
      aHook({
        ...{ name: "lead", kind: "approval", point: "before_allocate" },
        approvers: { kind: "tenant_admins", emails: [] },
        skipIf: { input: "size", is: "equal", value: "small" },
      }),
    ],
  });
  const held = async (environmentId: Id<"environment">) =>
    (
      await lab.worker.db
        .select({ startedAt: allocations.startedAt })
        .from(allocations)
        .where(and(eq(allocations.environmentId, environmentId), isNull(allocations.releasedAt)))
    ).length;
  const decide = async (environmentId: Id<"environment">, decision: "approve" | "refuse") => {
    const { id: hookRunId } = await untilRun(environmentId, "lead", "waiting");
    const input = { hookRunId, decision, words: "" };
    must(await decideApproval(lab.app.db, must(asTenant("owner")), input));
  };
  const again = async (environmentId: Id<"environment">) => {
    const retry = { requestKey: randomUUID(), environmentId };
    must(await retryEnvironment(lab.app.db, tenant.grant("environment.operate"), retry));
  };

  // Two launches wait for a decision, and both nodes are anybody's meanwhile.
  const first = must(await launch("later")).environmentId;
  await untilRun(first, "lead", "waiting");
  const [asked] = server.questions.get("/budget") ?? [];
  expect(asked).toMatchObject({ nodes: [], counts: { workers: 2 }, point: "before_allocate" });
  expect(await held(first)).toBe(0);
  const second = must(await launch("sooner", {}, 1)).environmentId;
  await untilRun(second, "lead", "waiting");
  const free = await lab.worker.db.select().from(nodes).where(eq(nodes.lifecycle, "available"));
  expect(free).toHaveLength(2);

  const [waits] = await lab.worker.db
    .select()
    .from(environments)
    .where(eq(environments.id, second));
  expect(waits).toMatchObject({ state: "queued", stateReason: waitsForNodes });

  // However long that takes: a lease that nothing was had of is not over, and is not changed.
  const after = async (hours: number) =>
    lab.worker.db
      .update(environments)
      .set({ endsAt: sql`${environments.endsAt} + ${hours} * interval '1 hour'` })
      .where(eq(environments.id, first));
  await after(-30);
  await endLeases({ db: lab.worker.db, log: createLog("test", "fatal") });
  await tellOfLeases(lab.worker.db);
  const longer = { environmentId: first, leaseHours: null };
  const changed = await setLease(lab.app.db, tenant.grant("environment.operate"), longer);
  expect(changed).toMatchObject({ ok: false, refusal: { kind: "not_now" } });
  const [still] = await lab.worker.db.select().from(environments).where(eq(environments.id, first));
  expect(still?.state).toBe("queued");
  await after(30);

  // Who waits can be aborted at once, and a no ends a launch: neither has had a node.
  const abort = { environmentId: second };
  must(await abortEnvironment(lab.app.db, tenant.grant("environment.operate"), abort));
  await untilEnvironment(lab, second, "failed");
  await untilRun(second, "lead", "cancelled");
  const [aborted] = await lab.worker.db
    .select()
    .from(environments)
    .where(eq(environments.id, second));
  expect(aborted?.stateReason).toBe("It was aborted before any node was taken.");
  await again(second);
  await decide(second, "refuse");
  await untilEnvironment(lab, second, "failed");
  expect(await held(second)).toBe(0);

  // A yes takes them; the other's comes when the quota has too few left, and is told so.
  await again(second);
  await decide(second, "approve");
  await expect.poll(() => held(second), { timeout: 60_000 }).toBe(1);
  await decide(first, "approve");
  await untilEnvironment(lab, first, "failed");
  const [short] = await lab.worker.db.select().from(environments).where(eq(environments.id, first));
  expect(short?.stateReason).toMatch(
    /^Its nodes could not be taken: This needs 16 H100 GPUs and 8 of the tenant's 16 are left\./,
  );
  expect(await held(first)).toBe(0);
  await untilEnvironment(lab, second, "ready");
  const [written] = await asOperator(lab.app.db, (tx) =>
    tx
      .select()
      .from(auditEvents)
      .where(
        and(eq(auditEvents.objectId, second), eq(auditEvents.action, "environment.take_nodes")),
      ),
  );
  expect(written?.detail).toMatchObject({
    nodes: [expect.stringMatching(/^[ab]$/)],
    network: ["private_prefix 10.0.0.0/24", "vlan 100"],
  });
  // Its lease began with its nodes, and not when it was ordered.
  const [ready] = await lab.worker.db
    .select()
    .from(environments)
    .where(eq(environments.id, second));
  const [node] = await lab.worker.db
    .select()
    .from(allocations)
    .where(and(eq(allocations.environmentId, second), isNull(allocations.releasedAt)));
  const leaseMs = (ready?.endsAt?.getTime() ?? 0) - (node?.startedAt.getTime() ?? 0);
  // What was ordered counts from the begin of the order, and the wait for its locks is given as well.
  const orderedMs = (waits?.endsAt?.getTime() ?? 0) - (waits?.createdAt.getTime() ?? 0);
  expect(leaseMs).toBeGreaterThanOrEqual(24 * 3_600_000 - 1);
  expect(leaseMs).toBeLessThanOrEqual(orderedMs + 1);
  await release(second, "sooner");
  const end = { requestKey: randomUUID(), environmentId: first, confirmName: "later" };
  must(await releaseEnvironment(lab.app.db, tenant.grant("environment.release"), end));
  await untilEnvironment(lab, first, "released");

  // Where all of them are skipped nodes are taken with the order.
  await givenTemplate(lab, {
    hooks: [
      aHook({
        ...{ name: "lead", kind: "approval", point: "before_allocate" },
        approvers: { kind: "tenant_admins", emails: [] },
        skipIf: { input: "size", is: "equal", value: "small" },
      }),
    ],
  });
  const third = must(await launch("small", { size: "small" }, 1)).environmentId;
  expect(await held(third)).toBe(1);
  await untilRun(third, "lead", "skipped");
  await release(third, "small");
  await asOperator(lab.app.db, (tx) =>
    tx
      .update(templateVersions)
      .set({ network: { isPrivate: false, hasPartition: false, publicAddresses: "none" } })
      .where(eq(templateVersions.id, lab.fleet.templateVersionId)),
  );
});

test("between an image on the disk and its first boot the node is off, and its hooks come in their order", async () => {
  const [a, b] = nodeIds as [Id<"node">, Id<"node">];
  await givenOrder(b);
  for (const id of nodeIds) await untilNode(lab, id, "available");
  const disk = await givenImageToInstall();
  const seen: unknown[] = [];
  const asset = await givenProvider(lab, server, "asset");
  const freed: (() => void)[] = [];
  server.replies.set("/asset", ({ key, point, nodes: asked }, response) => {
    const names = ["a", "b"].filter((name) => {
      const { boots } = lab.rack.control.report(name);
      return boots.at(-1)?.kind === "install";
    });
    seen.push([point, asked?.length, names.map((name) => lab.rack.control.report(name).power)]);
    freed.push(() => reply(response, { key, answer: "done" }));
  });
  await givenTemplate(lab, {
    inputs: [],
    hooks: [
      aHook({ name: "first-boot", kind: "http", point: "before_bootstrap", providerId: asset }),
      aHook({ name: "installed", kind: "http", point: "after_install", providerId: asset }),
    ],
  });
  const { environmentId } = must(await launch("on-disk", {}, 1, disk));
  await expect.poll(() => freed.length, { timeout: 120_000 }).toBe(1);
  freed[0]?.();
  await expect.poll(() => freed.length, { timeout: 60_000 }).toBe(2);
  // Installed, off, and nothing has asked for the system's own seed yet.
  expect(seen).toEqual([
    ["after_install", 1, ["Off"]],
    ["before_bootstrap", 1, ["Off"]],
  ]);
  const fetched = async () => {
    const [window] = await lab.worker.db
      .select()
      .from(bootWindows)
      .where(eq(bootWindows.environmentId, environmentId));
    return window?.userDataFetchedAt ?? null;
  };
  expect(await fetched()).toBeNull();
  freed[1]?.();
  await untilEnvironment(lab, environmentId, "ready");
  expect(await fetched()).not.toBeNull();
  const boots = ["a", "b"].flatMap((name) => lab.rack.control.report(name).boots.slice(-2));
  expect(boots.map(({ kind, outcome }) => `${kind}: ${outcome}`)).toContain("install: installed");
  expect((await runs(environmentId)).map(({ name, state }) => [name, state])).toEqual([
    ["installed", "succeeded"],
    ["first-boot", "succeeded"],
  ]);
  await release(environmentId, "on-disk");
  for (const id of [a, b]) await untilNode(lab, id, "available");
});

/** What installs, and a disk image that it would write, which simulated machines download and discard. */
async function givenImageToInstall(): Promise<Id<"image">> {
  const content = randomBytes(100_000);
  await writeFile(path.join(lab.settings.imageDirectory, "disk.gz"), content);
  const id = newId("image");
  await asOperator(lab.app.db, async (tx) => {
    const [wipe] = await tx.select().from(images).where(eq(images.purpose, "sanitize"));
    if (!wipe) throw new Error("no image to wipe with");
    await tx
      .insert(images)
      .values({ ...wipe, id: newId("image"), name: "install", purpose: "install" });
    await tx.insert(images).values({
      ...{ id, name: "debian", version: "1", purpose: "tenant", defaultUser: "debian" },
      diskFile: "disk.gz",
      diskSha256: createHash("sha256").update(content).digest("hex"),
      diskBytes: 200_000,
      state: "approved",
    });
    const { projectId } = tenant.grant("environment.launch");
    const { tenantId } = tenant;
    await tx.insert(imageShares).values({ imageId: id, tenantId, projectId });
  });
  return id;
}

/** A node that an earlier test left in quarantine is wiped, and available again. */
async function givenOrder(nodeId: Id<"node">) {
  if ((await nodeState(lab, nodeId)).lifecycle !== "quarantined") return;
  await lab.rack.control.setFaults("b", []);
  const may = lab.operator("node.operate");
  must(await orderNode(lab.app.db, may, { nodeId, order: "sanitize" }));
}

function asTenant(role: "owner" | "member") {
  const [membership] = tenant.actor.memberships;
  if (!membership) throw new Error("no membership");
  const actor = { ...tenant.actor, memberships: [{ ...membership, role }] };
  return authorizeTenant(actor, membership.tenantSlug, "approval.answer");
}

async function until<T>(read: () => Promise<T[]>): Promise<T[]> {
  await expect.poll(async () => (await read()).length, { timeout: 60_000 }).toBeGreaterThan(0);
  return read();
}
