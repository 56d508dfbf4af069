import { randomUUID } from "node:crypto";
import { readdir } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import path from "node:path";
import { and, desc, eq, isNull, sql } from "drizzle-orm";
import { afterAll, beforeEach, expect, test } from "vitest";
import { auditEvents } from "#db/schema/audit-events";
import { bootWindows } from "#db/schema/boot-windows";
import { templateVersions } from "#db/schema/catalogue";
import { allocations, environments } from "#db/schema/environments";
import { hookRuns, providerCalls } from "#db/schema/hooks";
import { nodes } from "#db/schema/nodes";
import {
  aHook,
  anInput,
  givenProvider,
  givenProviderProcess,
  givenTemplate,
} from "#e2e/fixtures/hooks";
import { givenHooksLab } from "#e2e/fixtures/hooks-lab";
import { nodeState } from "#e2e/fixtures/lab";
import { asOperator } from "#e2e/fixtures/launchable";
import { givenPrivateNetwork } from "#e2e/fixtures/network";
import { startProvider } from "#e2e/fixtures/provider-process";
import { untilEnvironment, untilNode } from "#e2e/fixtures/worker";
import { must } from "#e2e/world/acting";
import { openInputs } from "#lib/boot/sealed-inputs";
import { abortEnvironment } from "#lib/commands/abort-environment";
import { changeInputs } from "#lib/commands/change-inputs";
import { changeProvider } from "#lib/commands/change-provider";
import { decideApproval } from "#lib/commands/decide-approval";
import { releaseEnvironment } from "#lib/commands/release-environment";
import { retryEnvironment } from "#lib/commands/retry-environment";
import { retryHook } from "#lib/commands/retry-hook";
import { setLease } from "#lib/commands/set-lease";
import { createLog } from "#lib/config/log";
import { waitsForNodes } from "#lib/domain/environment/words";
import type { Id } from "#lib/domain/id";
import { reply } from "#lib/drivers/http-provider/provider-server.test-support";
import { tenantApprovals } from "#lib/views/hook-runs";
import { providerDetail } from "#lib/views/providers";
import { endLeases } from "#lib/worker/reconcilers/end-leases";
import { tellOfLeases } from "#lib/worker/reconcilers/tell-of-leases";

// What hooks ask providers and people, on a simulated rack, with the real worker and providers over real TLS.

const {
  lab,
  tenant,
  server,
  a,
  b,
  nodeIds,
  launch,
  release,
  runs,
  untilRun,
  until,
  asTenant,
  free,
  close,
} = await givenHooksLab(49);
beforeEach(free);
afterAll(close);

test("what is entered reaches hooks and nodes, a provider is asked until it is done, a person decides", async () => {
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
      anInput({ name: "size", type: "number", default: 1, changeable: true }),
      anInput({ name: "token", type: "secret", required: true, label: "Token", changeable: true }),
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
  expect(asked[0]?.inputs).toEqual({ storage: "none", size: 1 });

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

  // Other values are for whatever comes next. Tried again, what is to run once is not run again, and the
  // decision is asked for anew.
  const may = tenant.grant("environment.operate");
  const other = 'another "s3cret"';
  const inputs = { size: 2, token: other };
  must(await changeInputs(lab.app.db, may, { environmentId, inputs }, lab.sealingKey));
  const retry = { requestKey: randomUUID(), environmentId };
  must(await retryEnvironment(lab.app.db, may, retry));
  const again = await untilRun(environmentId, "lead", "waiting");
  expect(again.input.inputs).toEqual({ storage: "none", size: 2 });
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
    // The value of a secret is not in it.
    inputs: { storage: "none", size: 2, token: null },
    outputs: { ticket: { ticket: "OPS-1" } },
    profile: expect.objectContaining({ gpuSharing: "none", storageClasses: [] }),
  });
  if (window?.sealedInputs && window.closedAt === null) {
    const opened = openInputs(lab.settings.bootSecret, window.id, window.sealedInputs);
    expect(opened).toEqual({ token: other });
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
  const cmdb = await givenProvider(lab, server, "cmdb");
  const shows = async (certificatePem: string) => {
    const now = await providerDetail(lab.app.db, lab.operator("fleet.read"), cmdb);
    const about = { description: "", url: server.url("/cmdb"), certificatePem };
    const input = { providerId: cmdb, seen: now?.changedAt ?? "", ...about };
    must(await changeProvider(lab.app.db, lab.operator("provider.edit"), input));
  };
  await shows(await server.otherCertificate());
  const held: (() => void)[] = [];
  server.replies.set("/slow", ({ key }, response) => {
    held.push(() => reply(response, { key, answer: "done", outputs: { late: true } }));
  });
  await givenTemplate(lab, {
    hooks: [
      aHook({ name: "volume", kind: "http", providerId: volume }),
      aHook({ name: "slow", kind: "http", providerId: slow }),
      aHook({ name: "remove", kind: "http", providerId: volume, point: "after_release" }),
      aHook({
        ...{ name: "cmdb", kind: "http", providerId: cmdb, point: "after_release" },
        ...{ seconds: 600, backoffSeconds: 300 },
      }),
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
  // A provider whose certificate has changed is told of the release as soon as the new one is entered.
  const { words } = await untilRun(environmentId, "cmdb", "waiting");
  expect(words).toMatch(/: it shows another certificate; enter it under Providers$/);
  await shows(server.certificatePem);
  await untilRun(environmentId, "cmdb", "succeeded");
  await volumes.stop();
});

test("a no first of all holds no node, a script quarantines the node it fails on, each end is told", async () => {
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
      aHook({ name: "names", kind: "http", point: "before_release", providerId: told }),
      aHook({ name: "budget", kind: "http", point: "on_init", providerId: told }),
    ],
  });
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
  // Both points of a release are told which node it takes, though it is nobody's by then.
  const ofRelease = (server.questions.get("/told") ?? [])
    .filter(({ event }) => event === "destroy")
    .map(({ hook, nodes }) => [hook, nodes]);
  const given = [{ hostname: expect.stringMatching(/^check-\d$/), group: "workers" }];
  expect(ofRelease).toEqual([
    ["names", given],
    ["complete", given],
  ]);
});

test("what is asked before any node is taken holds none, and its yes takes them by the launch's own rules", async () => {
  await givenPrivateNetwork(lab);
  const budget = await givenProvider(lab, server, "budget");
  server.replies.set("/budget", ({ key }, response) => reply(response, { key, answer: "done" }));
  const size = anInput({
    ...{ name: "size", type: "enum", options: ["small", "large"], default: "large" },
  });
  await givenTemplate(lab, {
    inputs: [size],
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
    inputs: [size],
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
