import { createHash, randomBytes, randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { and, desc, eq, isNull, type SQLWrapper, sql } from "drizzle-orm";
import { afterAll, beforeEach, expect, test } from "vitest";
import { inScope } from "#db/client";
import { bootWindows } from "#db/schema/boot-windows";
import { imageShares } from "#db/schema/catalogue";
import { allocations } from "#db/schema/environments";
import { images } from "#db/schema/images";
import { nodes } from "#db/schema/nodes";
import { operationLogs, operations } from "#db/schema/operations";
import { scriptRuns } from "#db/schema/script-runs";
import { aHook, anInput, givenProvider, givenTemplate } from "#e2e/fixtures/hooks";
import { givenHooksLab } from "#e2e/fixtures/hooks-lab";
import { nodeState } from "#e2e/fixtures/lab";
import { asOperator } from "#e2e/fixtures/launchable";
import { untilEnvironment, untilNode } from "#e2e/fixtures/worker";
import { testRedfish } from "#e2e/simulator/test-redfish";
import { must } from "#e2e/world/acting";
import { hooksUrl } from "#lib/boot/urls";
import { changeInputs } from "#lib/commands/change-inputs";
import { decideApproval } from "#lib/commands/decide-approval";
import { operateEnvironment } from "#lib/commands/operate-environment";
import { orderNode } from "#lib/commands/order-node";
import { retryEnvironment } from "#lib/commands/retry-environment";
import { retryHook } from "#lib/commands/retry-hook";
import { runAction } from "#lib/commands/run-action";
import { type Id, newId } from "#lib/domain/id";
import { reply } from "#lib/drivers/http-provider/provider-server.test-support";
import { tenantApprovals } from "#lib/views/hook-runs";
import { scriptViews } from "#lib/views/script-runs";

// Hooks that run on nodes or go by them, on a simulated rack, with the real worker.

const { lab, tenant, server, a, b, launch, release, runs, untilRun, asTenant, free, close } =
  await givenHooksLab(52);
beforeEach(free);
afterAll(close);

test("a script runs on every node, at launch and after a restart, and alone once more while they wait", async () => {
  const script = {
    text: '#!/bin/sh\necho preparing\necho "CACHE=/data" >> "$INGOT_OUTPUTS"\n',
    outputs: ["CACHE"],
  };
  const mount = {
    text: '#!/bin/sh\necho "CACHE=$INGOT_INPUT_CACHE" >> "$INGOT_OUTPUTS"\n',
    outputs: ["CACHE"],
  };
  await givenTemplate(lab, {
    inputs: [anInput({ name: "cache", type: "string", default: "/data", changeable: true })],
    hooks: [
      aHook({
        ...{ name: "prepare", kind: "script", point: "after_bootstrap", script },
        ...{ seconds: 3, onFailure: "continue" },
      }),
      aHook({
        ...{ name: "look", kind: "approval", point: "after_bootstrap" },
        approvers: { kind: "people", emails: [tenant.actor.email] },
      }),
      aHook({ name: "mount", kind: "script", point: "after_start", script: mount }),
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
  expect(told).toContain("It wrote more than 16 MiB and was ended.");
  // Its beginning and its end are kept, and how much is not.
  const own = { tenant: tenant.tenantId, user: "", fleet: "" } as const;
  const views = await inScope(lab.app.db, own, (tx) =>
    scriptViews(tx, scriptRuns.hookRunId, [failed.id]),
  );
  const flood = views.get(failed.id)?.find(({ words }) => words.includes("16 MiB"));
  expect(flood).toMatchObject({ leftOut: 65_536 + 24 - 8_000, bytesLeftOut: 65_536 });
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
    refusal: { reason: "It has been run again already." },
  });
  must(await changeInputs(lab.app.db, may, { environmentId, inputs: { cache: "/fast" } }));
  const restart = { requestKey: randomUUID(), environmentId, command: "restart" as const };
  must(await operateEnvironment(lab.app.db, may, restart));
  const mounted = await untilRun(environmentId, "mount", "succeeded");
  expect(mounted.outputs).toEqual({
    "scripts-1": { CACHE: "/fast" },
    "scripts-2": { CACHE: "/fast" },
  });
  await untilEnvironment(lab, environmentId, "ready");
  await release(environmentId, "scripts");
});

test("scripts run on nodes that are their tenant's, for as long as it holds them and lets them", async () => {
  const script = (line: string, outputs: string[] = []) => ({
    text: `#!/bin/sh\necho "${line}"\necho "DEPTH=$INGOT_ACTION_INPUT_DEPTH" >> "$INGOT_OUTPUTS"\n`,
    outputs,
  });
  const ofScript = { kind: "script", onFailure: "continue" } as const;
  await givenTemplate(lab, {
    inputs: [],
    hooks: [
      aHook({ ...ofScript, name: "greet", point: "on_success", script: script("here") }),
      aHook({ ...ofScript, name: "flush", point: "on_action", script: script("down", ["DEPTH"]) }),
      aHook({ ...ofScript, name: "drain", point: "before_stop", script: script("drained") }),
      aHook({ ...ofScript, name: "leave", point: "before_release", script: script("left") }),
    ],
    actions: [
      {
        ...{ name: "flush", label: "Flush", help: "", role: "member", confirmation: "" },
        ...{ inputs: [anInput({ name: "depth", type: "string" })], hooks: ["flush"] },
      },
    ],
  });
  const { environmentId } = must(await launch("later"));
  await untilEnvironment(lab, environmentId, "ready");
  await untilRun(environmentId, "greet", "succeeded");
  const press = (inputs: Record<string, string>) =>
    runAction(lab.app.db, tenant.grant("environment.act"), {
      ...{ requestKey: randomUUID(), environmentId, action: "flush", inputs },
    });
  const may = tenant.grant("environment.operate");
  /** How a script ended on each node: why, or with what it wrote. */
  const ends = async (hookRunId: Id<"hookRun">) => {
    const rows = await lab.worker.db
      .select()
      .from(scriptRuns)
      .where(eq(scriptRuns.hookRunId, hookRunId));
    const told = rows.map(({ state, words, log }) => `${state}: ${log.trim() || words}`);
    return told.map((words) => words.replace(/ within 5 minutes.*/, "")).sort();
  };
  must(await press({ depth: "3" }));
  const flushed = await untilRun(environmentId, "flush", "succeeded");
  expect(flushed.outputs).toEqual({ "later-1": { DEPTH: "3" }, "later-2": { DEPTH: "3" } });

  // One whose tenant has ended its runner is waited for a while, and for no longer.
  const waited = async () => {
    const before = (column: SQLWrapper) => sql`${column} - interval '5 minutes'`;
    await lab.worker.db.update(scriptRuns).set({
      createdAt: before(scriptRuns.createdAt),
      // While a node runs another script it is not waited for.
      finishedAt: before(scriptRuns.finishedAt),
    });
  };
  await lab.rack.control.setFaults("a", ["hook-runner-ended"]);
  must(await press({}));
  const offered = () => lab.worker.db.$count(scriptRuns, eq(scriptRuns.state, "offered"));
  await expect.poll(offered, { timeout: 20_000 }).toBe(1);
  await waited();
  const unheard = await untilRun(environmentId, "flush", "failed");
  expect(unheard.words).toMatch(
    /^later-[12]: The node did not begin it within 5 minutes: its service ingot-hooks does not run, or does not reach the portal\.$/,
  );

  // A restart is held up for no longer, and brings the runner back.
  const restart = { requestKey: randomUUID(), environmentId, command: "restart" as const };
  must(await operateEnvironment(lab.app.db, may, restart));
  await expect.poll(offered, { timeout: 20_000 }).toBe(1);
  await lab.rack.control.setFaults("a", []);
  await waited();
  const drained = await untilRun(environmentId, "drain", "failed");
  expect(await ends(drained.id)).toEqual([
    "failed: The node did not begin it",
    "succeeded: drained",
  ]);
  await untilEnvironment(lab, environmentId, "ready");
  must(await retryHook(lab.app.db, may, { hookRunId: unheard.id }));
  const again = await untilRun(environmentId, "flush", "succeeded");
  expect(again.outputs).toEqual({ "later-1": { DEPTH: "" }, "later-2": { DEPTH: "" } });

  // One that its tenant has turned off is not waited for; what is given back is answered no more.
  const [window] = await lab.worker.db
    .select()
    .from(bootWindows)
    .where(and(eq(bootWindows.environmentId, environmentId), eq(bootWindows.nodeId, b)))
    .orderBy(desc(bootWindows.openedAt));
  if (!window) throw new Error("no boot window");
  const next = async () =>
    (await fetch(`${hooksUrl(lab.settings.bootSecret, window)}/next`)).status;
  expect(await next()).toBe(200);
  const controller = testRedfish(lab.rack.control.report("a"));
  const [system] = (await controller.get("/redfish/v1/Systems")).body.Members;
  const off = { ResetType: "ForceOff" };
  await controller.post(`${system["@odata.id"]}/Actions/ComputerSystem.Reset`, off);
  await expect.poll(() => lab.rack.control.report("a").power).toBe("Off");
  await release(environmentId, "later");
  const left = await untilRun(environmentId, "leave", "failed");
  expect(await ends(left.id)).toEqual(["failed: The node is off.", "succeeded: left"]);
  expect(await next()).toBe(404);
});

test("a wait asks its nodes until each says yes; without a yes in its time it fails in their last words", async () => {
  const asks = (lines: string[], outputs: string[] = []) => ({
    text: ["#!/bin/sh", 'echo "asked $INGOT_ATTEMPT"', ...lines, ""].join("\n"),
    outputs,
  });
  const third = asks(
    ["[ $INGOT_ATTEMPT -ge 3 ] || exit 7", 'echo "AT=$INGOT_ATTEMPT" >> "$INGOT_OUTPUTS"'],
    ["AT"],
  );
  await givenTemplate(lab, {
    hooks: [
      aHook({ name: "mounted", kind: "wait", point: "after_bootstrap", script: third }),
      aHook({
        ...{ name: "never", kind: "wait", point: "on_action", seconds: 4 },
        script: asks(['echo "no route"', "exit 3"]),
      }),
    ],
    actions: [
      {
        ...{ name: "look", label: "Look", help: "", role: "member", confirmation: "" },
        ...{ inputs: [], hooks: ["never"] },
      },
    ],
  });
  const { environmentId } = must(await launch("asked"));
  const scripts = (hookRunId: Id<"hookRun">) =>
    lab.worker.db
      .select()
      .from(scriptRuns)
      .where(eq(scriptRuns.hookRunId, hookRunId))
      .orderBy(scriptRuns.hostname, scriptRuns.attempt);
  const lines = async (name: string) => {
    const rows = await lab.worker.db
      .select({ message: operationLogs.message })
      .from(operationLogs)
      .where(eq(operationLogs.environmentId, environmentId));
    return rows.filter(({ message }) => message.startsWith(`Hook ${name}: Not yet.`));
  };
  await untilEnvironment(lab, environmentId, "ready");
  const mounted = await untilRun(environmentId, "mounted", "succeeded");
  expect(mounted).toMatchObject({
    ...{ attempt: 2, words: "It said yes on asked-1 and asked-2." },
    outputs: { "asked-1": { AT: "3" }, "asked-2": { AT: "3" } },
  });
  // Of what was asked often the last two are kept, and the same answer again is no news.
  const kept = (await scripts(mounted.id)).map(({ attempt, exitCode, log }) => [
    ...[attempt, exitCode, log],
  ]);
  const both = [
    [2, 7, "asked 2\n"],
    [3, 0, "asked 3\n"],
  ];
  expect(kept).toEqual([...both, ...both]);
  expect(await lines("mounted")).toHaveLength(1);

  const { operationId } = must(
    await runAction(lab.app.db, tenant.grant("environment.act"), {
      ...{ requestKey: randomUUID(), environmentId, action: "look" },
    }),
  );
  const never = await untilRun(environmentId, "never", "failed");
  expect(never.attempt).toBeGreaterThan(0);
  const answer = (node: string) =>
    `${node}: It ended with exit code 3\\. It wrote last: "asked \\d / no route"\\.`;
  expect(never.words).toMatch(
    new RegExp(
      `^It did not say yes within 4 seconds\\. Last: ${answer("asked-1")} ${answer("asked-2")}$`,
    ),
  );
  const [acted] = await lab.worker.db
    .select()
    .from(operations)
    .where(eq(operations.id, operationId));
  expect(acted).toMatchObject({ state: "failed", reason: `Hook never: ${never.words}` });
  await release(environmentId, "asked");
});

test("a launch is validated between its hooks: what has gone bad meanwhile is handed to nobody", async () => {
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
  // Another worker has the last node, and is slow: by its fence, also past a step that goes on just now.
  const ofLast = and(eq(operations.nodeId, last.nodeId), eq(operations.kind, "node.deploy"));
  const lease = (until: Date | null) =>
    lab.worker.db
      .update(operations)
      .set({ leaseUntil: until, fence: sql`${operations.fence} + 1` })
      .where(ofLast);
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

test("between an image on the disk and its first boot the node is off, and its hooks come in their order", async () => {
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
