import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { and, eq, inArray } from "drizzle-orm";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inScope } from "#db/client";
import { closeBootWindows } from "#db/queries/boot-windows";
import { listScriptPlaces } from "#db/queries/script-runs";
import { bootWindows } from "#db/schema/boot-windows";
import { templateVersions } from "#db/schema/catalogue";
import { allocations, environments } from "#db/schema/environments";
import { environmentSecrets, hookRuns } from "#db/schema/hooks";
import { nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { scriptRuns } from "#db/schema/script-runs";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { aHook, anInput } from "#e2e/fixtures/hooks";
import { asOperator, type GivenFleet, givenFleet, givenTenant } from "#e2e/fixtures/launchable";
import { environmentSecretPlace, newSealingKeys, seal } from "#lib/access/sealed";
import { postgresLeaseStore } from "#lib/boot/lease-store";
import { postgresScriptStore } from "#lib/boot/postgres-script-store";
import { postgresBootStore } from "#lib/boot/postgres-store";
import { RunnerWatch } from "#lib/boot/runner-watch";
import { sealInputs } from "#lib/boot/sealed-inputs";
import { type BootServer, startBootServer } from "#lib/boot/server";
import { bootToken, bootTokenHashes } from "#lib/boot/tokens";
import { hookRunnerFiles } from "#lib/domain/boot/hook-runner";
import type { TemplateHook } from "#lib/domain/hook/hook";
import { judgeScript, type ScriptReport } from "#lib/domain/hook/script";
import { type Id, newId } from "#lib/domain/id";
import { ControllerError } from "#lib/ports/controller";
import type { NodeContext } from "#lib/worker/context";
import { carryScript } from "#lib/worker/hooks/carry-script";
import { gated } from "#lib/worker/hooks/gate";
import { createHookRunner } from "#lib/worker/hooks/runner";
import { pruneEvidence } from "#lib/worker/reconcilers/prune-evidence";

// The runner that cloud-init carries, run for real beside the real boot server and the worker's side of
// hooks: everything but a machine.

const secret = "a secret of this test";
const password = "P4ss word\n$(id)";
const mayBeDoneWords =
  "It may have done its work on workers-1, and runs once: it is not tried again there by itself before the next operation that comes to it.";
let connections: GivenConnections;
let fleet: GivenFleet;
let server: BootServer;
let directory: string;
let runner: ChildProcess | undefined;

beforeAll(async () => {
  connections = await givenConnections();
  fleet = await givenFleet(connections.app, { racks: [28] });
  directory = await mkdtemp(path.join(tmpdir(), "ingot-scripts-"));
  server = await startBootServer({
    host: "127.0.0.1",
    port: 0,
    secret,
    imageDirectory: directory,
    store: postgresBootStore(connections.worker),
    // Runners that are not heard are looked for when a test says so.
    scripts: { ...postgresScriptStore(connections.worker), endUnheard: async () => {} },
    leases: postgresLeaseStore(connections.worker),
    log: pino({ enabled: false }),
    limits: {
      ...{ scriptWaitSeconds: 0.2, scriptIdleSeconds: 0.3, scriptRestSeconds: 0.3 },
      reportsPerMinute: 6_000,
    },
  });
});

afterAll(async () => {
  runner?.kill("SIGKILL");
  await server?.close();
  await connections?.close();
  if (directory) await rm(directory, { recursive: true, force: true });
});

/** An environment whose operation has come on every node to where scripts run. */
async function givenNodes(count: number, keepsRunner = false) {
  const tenant = await givenTenant(connections.app, { fleet, gpuLimit: 64, gpuModel: "H100" });
  const { tenantId, projectId, userId } = tenant;
  const environmentId = newId("environment");
  const parentId = newId("operation");
  await asOperator(connections.app, (tx) =>
    tx.insert(environments).values({
      ...{ id: environmentId, tenantId, projectId, createdBy: userId, name: environmentId },
      ...{ templateVersionId: fleet.templateVersionId, imageId: fleet.imageId },
      ...{ groups: { workers: count }, authorizedKeys: [] },
    }),
  );
  const later = new Date(Date.now() + 3_600_000);
  const { worker } = connections;
  const place = { tenantId, projectId, environmentId };
  await worker.insert(operations).values({
    ...{ ...place, id: parentId, kind: "environment.launch", state: "waiting", runAfter: later },
  });
  const nodes: { token: string; windowId: Id<"bootWindow">; allocationId: Id<"allocation"> }[] = [];
  for (let index = 0; index < count; index++) {
    const nodeId = fleet.racks[0]?.pop() as Id<"node">;
    const allocationId = newId("allocation");
    const operationId = newId("operation");
    const windowId = newId("bootWindow");
    await asOperator(connections.app, (tx) =>
      tx.insert(allocations).values({
        ...{ ...place, id: allocationId, nodeId, gpus: 8, groupName: "workers" },
        ...{ profileId: fleet.profileId, hostname: `workers-${index + 1}` },
      }),
    );
    await worker.insert(operations).values({
      ...{ ...place, id: operationId, parentId, kind: "node.deploy", nodeId, allocationId },
      ...{ state: "waiting", step: "hand_over", runAfter: later },
    });
    await worker.insert(bootWindows).values({
      ...{ id: windowId, nodeId, operationId, allocationId, tenantId, environmentId },
      ...{ purpose: "deploy", bootOrigin: "http://x", ...bootTokenHashes(secret, windowId) },
      ...{ startTokenHash: null, kernelArgs: "", expiresAt: later },
      seed: { ...bootSeed, keepsRunner },
      sealedInputs: sealInputs(secret, windowId, { token: password }),
    });
    nodes.push({ windowId, allocationId, token: bootToken(secret, windowId, "hook") });
  }
  return { ...place, parentId, nodes };
}

const bootSeed = {
  ...{ instanceId: "iid-1", hostname: "workers-1", defaultUser: "user", authorizedKeys: [] },
  extra: { packages: [], commands: [] },
};

const scripts = {
  good: {
    text: `#!/bin/bash
set -u
echo "hello from $INGOT_HOSTNAME: $INGOT_INPUT_SIZE$INGOT_INPUT_NOTE$INGOT_DRY_RUN"
printf '%s' "\${INGOT_INPUT_TOKEN:0:3}"; sleep 0.8; printf '%s\\n' "\${INGOT_INPUT_TOKEN:3}"
echo "MODEL_PATH=/models/$INGOT_INPUT_SIZE" >> "$INGOT_OUTPUTS"
`,
    outputs: ["MODEL_PATH"],
  },
  second: {
    text: `#!/bin/sh
grep -q /models/large "$INGOT_HOOK_OUTPUTS" && [ "$INGOT_ATTEMPT" = 2 ] || { echo once more >&2; exit 3; }
`,
    outputs: [],
  },
  // Beyond what is kept, of characters of three bytes: cut between two of them.
  long: { text: "#!/bin/sh\nyes a€ | head -n 50000\necho at its end\n", outputs: [] },
  floods: { text: "#!/bin/sh\nyes\n", outputs: [] },
  forever: { text: "#!/bin/sh\ntrap '' TERM\nsleep 1000 & wait\nsleep 1000\n", outputs: [] },
  forgets: { text: "#!/bin/sh\ntrue\n", outputs: ["A"] },
  nothing: { text: "#!/no/such/shell\n", outputs: [] },
  // Ends with its runner, as with its node; done the second time.
  restarted: {
    text: "#!/bin/bash\n[ $INGOT_ATTEMPT = 2 ] || while echo on; do sleep 0.1; done\n",
    outputs: [],
  },
  // What it leaves behind writes on, beyond what is kept of it and beyond the hand-over.
  leaves: {
    text: `#!/bin/bash
cd "$(dirname "$INGOT_LAUNCH")"
(until [ -e enough ]; do echo on; sleep 0.1; done; echo last; touch lived) &
`,
    outputs: [],
  },
  // What the runner keeps for it is gone when it has ended.
  removes: { text: '#!/bin/sh\nrm -rf "$(dirname "$INGOT_OUTPUTS")"\n', outputs: [] },
};

test("the runner carries out scripts one after the other, and each has its end", async () => {
  const { worker } = connections;
  const given = await givenNodes(2);
  const { tenantId, projectId, environmentId, parentId, nodes } = given;
  const [node, other] = nodes;
  if (!node || !other) throw new Error("no nodes");
  // The other node of the environment fails early, and is not waited for.
  await worker
    .update(operations)
    .set({ state: "failed", phase: "back" })
    .where(eq(operations.id, (await windowOf(other.windowId)).operationId));

  await worker.insert(hookRuns).values(
    Object.entries(scripts).map(([name, script], position) => ({
      ...{ id: newId("hookRun"), tenantId, projectId, environmentId, operationId: parentId },
      ...{ name, point: "after_bootstrap" as const, position, isGate: true, input: {} },
      definition: aHook({
        ...{ name, kind: "script", point: "after_bootstrap", script, onFailure: "continue" },
        ...{
          seconds: name === "forever" ? 3 : 60,
          retries: ["second", "restarted"].includes(name) ? 1 : 0,
        },
      }),
    })),
  );
  await writeFile(
    path.join(directory, "launch.json"),
    JSON.stringify({ inputs: { size: "large", token: password, note: null }, outputs: {} }),
  );
  const url = `http://127.0.0.1:${server.port}/h/${node.token}`;
  for (const file of hookRunnerFiles(url)) {
    await writeFile(path.join(directory, path.basename(file.path)), file.content);
  }
  const boot = () =>
    spawn("python3", ["run-hooks.py", directory, path.join(directory, "launch.json")], {
      cwd: directory,
      stdio: ["ignore", "inherit", "inherit"],
    });
  runner = boot();

  const hooks = workerHooks();
  const patience = { timeout: 120_000, interval: 100 };
  const polling = setInterval(() => void hooks.poll(), 50);
  try {
    const open = async () => {
      const runs = await worker.select().from(hookRuns).where(eq(hookRuns.operationId, parentId));
      return runs.filter((run) => run.finishedAt === null).map((run) => run.name);
    };
    const isRestarting = async () => {
      const begun = await worker.select().from(scriptRuns).where(eq(scriptRuns.state, "running"));
      return begun.some((row) => row.log.startsWith("on\n"));
    };
    await expect.poll(isRestarting, patience).toBe(true);
    // A second runner leaves what the first has begun alone.
    expect(await once(boot(), "exit")).toEqual([0, null]);
    expect(await isRestarting()).toBe(true);
    const died = once(runner, "exit");
    runner.kill("SIGKILL");
    await died;
    runner = boot();
    await expect.poll(open, patience).toEqual([]);
  } finally {
    clearInterval(polling);
    await hooks.stop();
  }
  const runs = await worker
    .select()
    .from(hookRuns)
    .where(eq(hookRuns.operationId, parentId))
    .orderBy(hookRuns.position);
  expect(runs.map((run) => `${run.name}: ${run.words}`)).toEqual([
    "good: done",
    "second: done",
    "long: done",
    "floods: workers-1: It wrote more than 16 MiB and was ended.",
    expect.stringMatching(
      /^forever: (It was not done within 3 seconds: workers-1 was still running it\.|workers-1: Its time was over \(3 seconds for all attempts\) and it was ended\.)$/,
    ),
    "forgets: workers-1: It ended with exit code 0 and without its outputs: A.",
    expect.stringMatching(/^nothing: workers-1: The node could not start it: .*No such file/),
    "restarted: done",
    "leaves: done",
    "removes: done",
  ]);
  expect(runs[0]?.outputs).toEqual({ "workers-1": { MODEL_PATH: "/models/large" } });

  const rows = await worker.select().from(scriptRuns).orderBy(scriptRuns.createdAt);
  // The secret came in two pieces, and is in none of what is kept.
  expect(rows[0]?.log).toBe("hello from workers-1: large\n••••••\n");
  expect(rows.map((row) => [row.attempt, row.state, row.exitCode])).toEqual([
    [1, "succeeded", 0],
    [1, "failed", 3],
    [2, "succeeded", 0],
    [1, "succeeded", 0],
    [1, "failed", null],
    [1, "failed", null],
    [1, "failed", 0],
    [1, "failed", null],
    [1, "failed", null],
    [2, "succeeded", 0],
    [1, "succeeded", 0],
    [1, "succeeded", 0],
  ]);
  expect(rows[1]?.log).toBe("once more\n");
  const [long, flood] = rows.slice(3).map(({ log, logTail, logLeftOut }) => {
    const bytes = [Buffer.byteLength(log), logLeftOut, Buffer.byteLength(logTail)];
    return { text: `${log}…${logTail}`, bytes };
  });
  expect(long?.text).toMatch(/^(a€\n)+a…\n(a€\n)+at its end\n$/);
  expect(long?.bytes).toEqual([32_766, 250_011 - 32_766 - 32_767, 32_767]);
  expect(flood?.bytes).toEqual([32_768, 16 * 2 ** 20 - 65_536, 32_768]);
  expect(rows[8]?.words).toBe("Its runner or its node was started again while it ran.");
  expect(rows.every((row) => row.sealedEnd === null && row.heardAt !== null)).toBe(true);
  expect(JSON.stringify([rows, runs])).not.toContain("P4ss");

  // Nothing is left on the node but the runner, whose work is over when the node is handed over. It
  // stays for what a script left running, and holds up no other runner.
  const ended = once(runner, "exit");
  await worker
    .update(bootWindows)
    .set({ closedAt: new Date() })
    .where(eq(bootWindows.id, node.windowId));
  const holds = "import fcntl; fcntl.flock(open('hooks.url'), fcntl.LOCK_EX | fcntl.LOCK_NB)";
  const isFree = async () => {
    const asked = spawn("python3", ["-c", holds], { cwd: directory, stdio: "ignore" });
    return (await once(asked, "exit"))[0] === 0;
  };
  await expect.poll(isFree, patience).toBe(true);
  expect((await readdir(directory)).filter((name) => /^(hook-|begun)/.test(name))).toEqual([]);
  await writeFile(path.join(directory, "enough"), "");
  expect(await ended).toEqual([0, null]);
  expect(await readdir(directory)).toContain("lived");
});

test("a script is its own node's, is begun by one runner and reported once", async () => {
  const { worker } = connections;
  const { tenantId, projectId, environmentId, parentId, nodes } = await givenNodes(2);
  const [node, other] = nodes;
  if (!node || !other) throw new Error("no nodes");
  const hookRunId = newId("hookRun");
  const id = newId("scriptRun");
  const place = { tenantId, projectId, environmentId };
  const definition = aHook({
    ...{ name: "good", kind: "script", point: "after_bootstrap", script: scripts.forgets },
  });
  await worker.insert(hookRuns).values({
    ...{ ...place, id: hookRunId, operationId: parentId, name: "good", definition, input: {} },
    ...{ point: "after_bootstrap", position: 0, isGate: true, state: "waiting" },
    deadlineAt: new Date(Date.now() + 60_000),
  });
  const { operationId } = await windowOf(node.windowId);
  const ofNode = ({ allocationId }: typeof node) => ({ allocationId, attempt: 1 });
  await worker
    .insert(scriptRuns)
    .values({ ...place, ...ofNode(node), id, hookRunId, operationId, hostname: "workers-1" });
  const ask = async (token: string, what: string, body?: string) => {
    const at = `http://127.0.0.1:${server.port}/h/${token}${what}`;
    const answer = await fetch(at, body === undefined ? {} : { method: "POST", body });
    await answer.text();
    return answer.status;
  };
  // Outputs in JSON may hold by their escapes what no database does.
  const outputs = '{"A": "1\\u0000", "B": 2}';
  const end = JSON.stringify({ result: "exit", code: 0, outputs });
  // The other node's token opens its own window, and nothing of this script: it is to ask again, soon
  // once the hook has begun.
  const wait = async () =>
    (await fetch(`http://127.0.0.1:${server.port}/h/${other.token}/next`)).json();
  expect(await wait()).toEqual({ waitSeconds: 0.3 });
  await worker.update(hookRuns).set({ startedAt: new Date() }).where(eq(hookRuns.id, hookRunId));
  expect(await wait()).toEqual({ waitSeconds: 0.2 });
  // Left alone between two attempts, as a wait between two questions, it is asked for in time for the next.
  const next = (seconds: number, kind: TemplateHook["kind"]) =>
    worker
      .update(hookRuns)
      .set({
        definition: { ...definition, kind },
        runAfter: new Date(Date.now() + seconds * 1_000),
      })
      .where(eq(hookRuns.id, hookRunId));
  await next(120, "wait");
  expect(await wait()).toEqual({ waitSeconds: 0.3 });
  await next(20, "wait");
  expect(await wait()).toEqual({ waitSeconds: 0.2 });
  await next(-1, "script");
  for (const what of ["script", "values"])
    expect(await ask(other.token, `/${id}/${what}`)).toBe(410);
  expect(await ask(other.token, `/${id}/begin`, "runner-other")).toBe(410);
  expect(await ask(other.token, `/${id}/end`, end)).toBe(410);
  expect(await ask(bootToken(secret, node.windowId, "event"), `/${id}/script`)).toBe(404);

  // Nothing is said of what was not begun; one runner begins it, and hears so again.
  expect(await ask(node.token, `/${id}/end`, end)).toBe(410);
  expect(await ask(node.token, `/${id}/begin`, "runner-first")).toBe(200);
  expect(await ask(node.token, `/${id}/begin`, "runner-first")).toBe(200);
  expect(await ask(node.token, `/${id}/begin`, "runner-second")).toBe(410);
  // A piece that comes twice is taken once; one after a gap is not.
  expect(await ask(node.token, `/${id}/log/0`, "one\n")).toBe(200);
  expect(await ask(node.token, `/${id}/log/0`, "one\n")).toBe(200);
  expect(await ask(node.token, `/${id}/log/9`, "late\n")).toBe(410);
  // Nor is one after all that a script may write, whatever the node makes of that limit.
  const sent = (logBytes: number) =>
    worker.update(scriptRuns).set({ logBytes }).where(eq(scriptRuns.id, id));
  await sent(3 * 2 ** 24 - 3);
  expect(await ask(node.token, `/${id}/log/${3 * 2 ** 24 - 3}`, "more\n")).toBe(410);
  await sent(4);
  // An end that a boot server of a version before sealed for the window is none, and holds nothing up.
  const sealedEnd = sealInputs(secret, node.windowId, { end: "P4" });
  await worker.update(scriptRuns).set({ sealedEnd }).where(eq(scriptRuns.id, id));
  expect(await ask(node.token, `/${id}/end`, "{}")).toBe(400);
  expect(await ask(node.token, `/${id}/end`, end)).toBe(200);
  for (const what of ["end", "log/4", "begin"]) {
    expect(await ask(node.token, `/${id}/${what}`, end)).toBe(410);
  }
  const [row] = await worker.select().from(scriptRuns).where(eq(scriptRuns.id, id));
  expect(row).toMatchObject({ state: "succeeded", log: "one\n", outputs: { A: "1" } });

  // All that was reported in time counts, though no worker looks at it before its time is over.
  await worker.insert(scriptRuns).values({
    ...{ ...place, ...ofNode(other), hookRunId, id: newId("scriptRun"), hostname: "workers-2" },
    ...{ operationId: (await windowOf(other.windowId)).operationId, state: "succeeded" },
  });
  await worker
    .update(hookRuns)
    .set({ deadlineAt: new Date(Date.now() - 60_000) })
    .where(eq(hookRuns.id, hookRunId));
  const hooks = workerHooks();
  await hooks.poll();
  const cameTo = async () => {
    const [run] = await worker.select().from(hookRuns).where(eq(hookRuns.id, hookRunId));
    return run?.words;
  };
  await expect.poll(cameTo, { timeout: 60_000 }).toBe("done");
  await hooks.stop();

  // What it came to stays; what it wrote goes with other evidence.
  await worker
    .update(scriptRuns)
    .set({ finishedAt: new Date(Date.now() - 31 * 86_400_000) })
    .where(eq(scriptRuns.id, id));
  await pruneEvidence(worker, 30);
  const [kept] = await worker.select().from(scriptRuns).where(eq(scriptRuns.id, id));
  expect(kept).toMatchObject({ state: "succeeded", log: "", logBytes: 4, outputs: { A: "1" } });
  await worker
    .update(bootWindows)
    .set({ closedAt: new Date() })
    .where(eq(bootWindows.id, node.windowId));
  expect(await ask(node.token, "/next")).toBe(404);
});

test("a runner stays where hooks run scripts later, hides secrets without a window, and goes with its node", async () => {
  const { worker } = connections;
  const { privateKey, publicKey } = newSealingKeys();
  const given = await givenNodes(1, true);
  const { tenantId, projectId, environmentId, parentId, nodes: made } = given;
  const [node] = made;
  if (!node) throw new Error("no node");
  const { nodeId, operationId } = await windowOf(node.windowId);
  const place = { tenantId, projectId, environmentId };
  await asOperator(connections.app, (tx) =>
    tx.update(templateVersions).set({
      inputs: [
        anInput({ name: "token", type: "secret", changeable: true }),
        anInput({ name: "size", type: "string", changeable: true }),
        anInput({ name: "rack", type: "string" }),
      ],
    }),
  );
  const sealedAs = (value: string) =>
    seal(publicKey, environmentSecretPlace(environmentId, "token"), value);
  await inScope(connections.app, { tenant: tenantId, user: "", fleet: "" }, (tx) =>
    tx.insert(environmentSecrets).values(
      [password, "its successor"].map((value) => ({
        ...{ ...place, name: "token", sealedValue: sealedAs(value) },
      })),
    ),
  );
  // It is handed over, and its window gone with what it had sealed.
  await worker.update(operations).set({ state: "succeeded" }).where(eq(operations.id, operationId));
  await worker
    .update(nodes)
    .set({ lifecycle: "active", powerObserved: "on" })
    .where(eq(nodes.id, nodeId));
  await closeBootWindows(worker, nodeId);

  const folder = await givenRunner("later", node.token);
  await writeFile(
    path.join(folder, "launch.json"),
    JSON.stringify({ inputs: { token: password, size: "large", rack: "a1" }, outputs: {} }),
  );
  runner = spawn("python3", ["run-hooks.py", folder, path.join(folder, "launch.json")], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit"],
  });
  const left = once(runner, "exit");
  const hookRunId = newId("hookRun");
  const found = "$INGOT_INPUT_TOKEN, $INGOT_INPUT_SIZE, $INGOT_INPUT_RACK and $INGOT_POINT";
  const script = { text: `#!/bin/sh\necho "${found}"\n`, outputs: [] };
  const definition = aHook({ name: "greet", kind: "script", point: "on_success", script });
  await worker.insert(hookRuns).values({
    ...{ ...place, id: hookRunId, operationId: parentId, name: "greet", definition },
    ...{ point: "on_success", position: 0, isGate: false },
    input: { inputs: { size: "small", rack: "b2" }, changeable: { size: "small" } },
  });
  const hooks = workerHooks(privateKey);
  const polling = setInterval(() => void hooks.poll(), 50);
  const cameTo = async () => {
    const [run] = await worker.select().from(hookRuns).where(eq(hookRuns.id, hookRunId));
    return run?.words;
  };
  try {
    await expect.poll(cameTo, { timeout: 60_000 }).toBe("done");
  } finally {
    clearInterval(polling);
    await hooks.stop();
  }
  const [row] = await worker.select().from(scriptRuns).where(eq(scriptRuns.hookRunId, hookRunId));
  // Changed since the node was installed: it still has the secret of then, and the script has the input of now.
  expect(row).toMatchObject({ log: "••••••, small, a1 and on_success\n", sealedSecrets: null });

  // It is given back, and asked for what comes before that. What comes then is nothing of its tenant's.
  const next = async () =>
    (await fetch(`http://127.0.0.1:${server.port}/h/${node.token}/next`)).status;
  const reclaim = newId("operation");
  await worker.insert(operations).values({
    ...{ ...place, id: reclaim, kind: "node.reclaim", nodeId, allocationId: node.allocationId },
    ...{ state: "waiting", step: "detach_network", runAfter: new Date(Date.now() + 3_600_000) },
  });
  await asOperator(connections.app, (tx) =>
    tx
      .update(allocations)
      .set({ releasedAt: new Date() })
      .where(eq(allocations.id, node.allocationId)),
  );
  expect(await next()).toBe(200);
  await worker.update(operations).set({ step: "power_off" }).where(eq(operations.id, reclaim));
  expect(await next()).toBe(404);
  expect(await left).toEqual([0, null]);
});

test("what a runner before it left in progress is ended before it is told, and nothing else is", async () => {
  const { worker } = connections;
  const given = await givenRunning();
  const folder = await givenRunner("left", given.token);
  const start = () =>
    spawn("python3", ["run-hooks.py", folder, path.join(folder, "launch.json")], {
      cwd: folder,
      stdio: ["ignore", "inherit", "inherit"],
    });
  // As a script is: in a session of its own, which goes on without its runner.
  const left = spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
  const stat = await readFile(`/proc/${left.pid}/stat`, "utf8");
  const born = stat.slice(stat.lastIndexOf(")")).split(" ")[20];
  const begun = path.join(folder, "begun");
  const isForgotten = async () => !(await readdir(folder)).includes("begun");
  try {
    // Another process has its number by now.
    await writeFile(begun, `${newId("scriptRun")} ${left.pid} 1${born}`);
    runner = start();
    await expect.poll(isForgotten, { timeout: 60_000 }).toBe(true);
    expect(left.signalCode).toBeNull();
    const died = once(runner, "exit");
    runner.kill("SIGKILL");
    await died;

    await writeFile(begun, `${given.id} ${left.pid} ${born}`);
    runner = start();
    const words = async () => {
      const [row] = await worker.select().from(scriptRuns).where(eq(scriptRuns.id, given.id));
      // What the node says is true only when nothing of it runs any more.
      return `${row?.words} ${left.signalCode}`;
    };
    await expect
      .poll(words, { timeout: 60_000 })
      .toBe("Its runner or its node was started again while it ran. SIGTERM");
  } finally {
    runner?.kill("SIGKILL");
    left.kill("SIGKILL");
  }
});

test("a script that is silent hears that nobody wants it any more", async () => {
  const { worker } = connections;
  const given = await givenRunning();
  const folder = await givenRunner("silent", given.token);
  // The runner's own following, of a process that writes nothing.
  const harness = `exec(open("run-hooks.py").read().split("\\ntell_of_interrupted()\\n")[0])
SILENCE = 0.2
reader, writer = os.pipe()
quiet = subprocess.Popen(["sleep", "600"], stdout=writer, start_new_session=True)
os.close(writer)
print(follow({"run": "${given.id}", "logBytes": 9, "seconds": 30}, quiet, reader, folder), quiet.poll())
`;
  runner = spawn("python3", ["-c", harness, folder], { cwd: folder, stdio: ["ignore", "pipe", 2] });
  const told: Buffer[] = [];
  runner.stdout?.on("data", (piece) => told.push(piece));
  const ended = once(runner, "close");
  const saidAt = await heardLongAgo(given.id);
  await expect.poll(() => heardAt(given.id), { timeout: 60_000 }).toBeGreaterThan(saidAt);
  await worker
    .update(hookRuns)
    .set({ state: "failed", finishedAt: new Date() })
    .where(eq(hookRuns.id, given.hookRunId));
  await ended;
  expect(Buffer.concat(told).toString()).toBe("None -15\n");
});

test("what a script came to is told before what it leaves is removed", async () => {
  const folder = await givenRunner("leaving", "token");
  const harness = `exec(open("run-hooks.py").read().split("\\ntell_of_interrupted()\\n")[0])
def start(job, script, values, work):
    reader, writer = os.pipe()
    process = subprocess.Popen(["true"], stdout=writer)
    os.close(writer)
    return process, reader
def call(path, body=None, *rest):
    print(path)
    return 200, b""
shutil.rmtree = lambda *what, **how: print("removed")
carry_out({"run": "RUN", "logBytes": 9, "seconds": 30, "outputBytes": 9}, b"", b"")
`;
  runner = spawn("python3", ["-c", harness, folder], { cwd: folder, stdio: ["ignore", "pipe", 2] });
  const told: Buffer[] = [];
  runner.stdout?.on("data", (piece) => told.push(piece));
  await once(runner, "close");
  expect(Buffer.concat(told).toString()).toBe("/RUN/end\nremoved\n");
});

test("a script whose runner is not heard any more has failed, and what comes late changes nothing", async () => {
  const { worker } = connections;
  const [lost, heard, old] = [await givenRunning(), await givenRunning(), await givenRunning()];
  const say = async ({ token, id }: typeof lost, what: string, body = "", headers = {}) => {
    const at = `http://127.0.0.1:${server.port}/h/${token}/${id}${what}`;
    return (await fetch(at, { method: "POST", body, headers })).status;
  };
  const states = async () => {
    const of = [lost, heard, old].map(({ id }) => id);
    const rows = await worker.select().from(scriptRuns).where(inArray(scriptRuns.id, of));
    return of.map((id) => rows.find((row) => row.id === id)?.state);
  };
  const allRun = ["running", "running", "running"];

  // Who begins it says whether it will be heard. One from before did not, and is waited for.
  for (const each of [lost, heard, old]) {
    await worker.update(scriptRuns).set({ state: "offered" }).where(eq(scriptRuns.id, each.id));
    const isNew = each !== old;
    const said = isNew ? { "ingot-heard": "5" } : {};
    expect(await say(each, "/begin", "runner-first", said)).toBe(200);
    expect((await heardAt(each.id)) > 0).toBe(isNew);
    if (isNew) await heardLongAgo(each.id);
  }
  // Each piece counts, also one that says nothing.
  for (const text of ["one\n", ""]) {
    const saidAt = await heardLongAgo(heard.id);
    expect(await say(heard, text ? "/log/0" : "/log/4", text)).toBe(200);
    expect(await heardAt(heard.id)).toBeGreaterThan(saidAt);
  }
  await worker
    .update(hookRuns)
    .set({ runAfter: new Date(Date.now() + 3_600_000) })
    .where(eq(hookRuns.id, lost.hookRunId));

  const store = postgresScriptStore(worker);
  let nowMs = 0;
  let isAway = false;
  const watch = new RunnerWatch({
    nowMs: () => nowMs,
    log: pino({ enabled: false }),
    scripts: {
      ...store,
      endUnheard: async (seconds) => {
        if (isAway) throw new Error("no database");
        await store.endUnheard(seconds);
      },
    },
  });
  const listen = async (seconds: number) => {
    for (let passed = 0; passed < seconds; passed += 10) {
      nowMs += 10_000;
      await watch.look();
    }
  };
  // While nobody listened, nobody was heard: after a start, an outage of the database, a standstill.
  await listen(80);
  expect(await states()).toEqual(allRun);
  isAway = true;
  await listen(10);
  isAway = false;
  await listen(80);
  expect(await states()).toEqual(allRun);
  nowMs += 60_000;
  await listen(90);
  expect(await states()).toEqual(allRun);
  await listen(10);
  expect(await states()).toEqual(["failed", "running", "running"]);

  const words = "The node's runner was not heard from for 90 seconds.";
  for (const what of ["/begin", "/log/0", "/end"]) {
    const body = what === "/begin" ? "runner-first" : '{"result":"exit","code":0,"outputs":""}';
    expect(await say(lost, what, body)).toBe(410);
  }
  const [row] = await worker.select().from(scriptRuns).where(eq(scriptRuns.id, lost.id));
  expect(row).toMatchObject({ state: "failed", words, log: "", exitCode: null });
  const [run] = await worker.select().from(hookRuns).where(eq(hookRuns.id, lost.hookRunId));
  expect(run?.runAfter.getTime()).toBeLessThanOrEqual(Date.now());

  // An attempt that failed as others do; but what runs once may have run by now.
  const look = (executeOnce: boolean) =>
    carryScript(
      worker,
      { definition: { ...lost.definition, retries: 1, executeOnce }, attempt: 0, isExpired: false },
      { hookRunId: lost.hookRunId, ...lost.place },
      [{ ...lost, hostname: "workers-1", isOff: false }],
    );
  expect(await look(true)).toMatchObject({
    ...{ kind: "ended", state: "failed" },
    words: `workers-1: ${words} ${mayBeDoneWords}`,
  });
  expect(await look(false)).toMatchObject({
    ...{ kind: "waits", words: `workers-1: ${words} Tried again soon` },
    change: { attempt: 1 },
  });
});

test("a runner is heard without any secret being opened", async () => {
  const { worker } = connections;
  const { id, token } = await givenRunning();
  const saidAt = await heardLongAgo(id);
  // Whatever opens this is told that it was not sealed here.
  await worker
    .update(scriptRuns)
    .set({ sealedSecrets: "what nobody sealed" })
    .where(eq(scriptRuns.id, id));
  const say = async (body: string) => {
    const at = `http://127.0.0.1:${server.port}/h/${token}/${id}/log/0`;
    return (await fetch(at, { method: "POST", body })).status;
  };
  expect(await say("")).toBe(200);
  expect(await heardAt(id)).toBeGreaterThan(saidAt);
  expect(await say("one\n")).toBe(503);
});

test("what runs once and may have done its work is not tried again by itself, whatever broke it off", async () => {
  const { worker } = connections;
  const given = await givenRunning();
  const definition = { ...given.definition, retries: 1, executeOnce: true };
  const look = (isOff = false) =>
    carryScript(
      worker,
      { definition, attempt: 0, isExpired: false },
      { hookRunId: given.hookRunId, ...given.place },
      [{ ...given, hostname: "workers-1", isOff }],
      { secrets: async () => () => null },
    );
  const endedAs = (change: Partial<typeof scriptRuns.$inferInsert>) =>
    worker.update(scriptRuns).set(change).where(eq(scriptRuns.id, given.id));
  const over = (words: string) => ({
    ...{ kind: "ended", state: "failed", words: `workers-1: ${words} ${mayBeDoneWords}` },
  });
  expect(await look(true)).toMatchObject(over("The node is off."));
  const broken: ScriptReport[] = [
    { result: "interrupted", message: "" },
    { result: "interrupted", message: "No space left on device" },
    { result: "signal", signal: 9 },
    { result: "flood" },
  ];
  for (const report of broken) {
    const verdict = judgeScript(report, [], 60);
    await endedAs(verdict);
    expect(await look()).toMatchObject(over(verdict.words));
  }
  // What has said itself that it failed is tried again, and what did not begin.
  const again = { kind: "waits", words: expect.stringMatching(/ Tried again soon$/) };
  const failed: ScriptReport[] = [
    { result: "exit", code: 3, outputs: "" },
    { result: "not_started", message: "No such file or directory" },
  ];
  for (const report of failed) {
    await endedAs(judgeScript(report, [], 60));
    expect(await look()).toMatchObject(again);
  }
  await endedAs({ exitCode: null, startedAt: null, words: "The node is off." });
  expect(await look()).toMatchObject(again);
});

test("a wait fails at once where one of its nodes is off, whatever the others are about", async () => {
  const { worker } = connections;
  const { hookRunId, place, definition, ...own } = await givenRunning();
  const running = { ...own, hostname: "workers-1", isOff: false };
  const off = { ...own, allocationId: newId("allocation"), hostname: "workers-2", isOff: true };
  const turn = await carryScript(
    worker,
    { definition: { ...definition, kind: "wait" }, attempt: 0, isExpired: false },
    { hookRunId, ...place },
    [running, off],
    { secrets: async () => () => null },
  );
  expect(turn).toMatchObject({
    ...{ kind: "ended", state: "failed", words: "workers-2: The node is off." },
  });
  // Nothing was ordered on what is off.
  expect(await worker.$count(scriptRuns, eq(scriptRuns.hookRunId, hookRunId))).toBe(1);
});

test("what runs once is not run again on a node that has done it, in a later run of its hook either", async () => {
  const { worker } = connections;
  const { place, places, parentId } = await givenPlaces(2);
  const once = { name: "join", kind: "script", point: "after_start", executeOnce: true } as const;
  const look = async (round: number, definition = aHook(once)) => {
    const hookRunId = newId("hookRun");
    await worker.insert(hookRuns).values({
      ...{ ...place, id: hookRunId, operationId: parentId, name: definition.name, round },
      ...{ point: "after_start", position: 0, isGate: true, definition, input: {} },
    });
    const again = () =>
      carryScript(
        worker,
        { definition, attempt: 0, isExpired: false },
        { hookRunId, ...place },
        places,
      );
    return { hookRunId, again, words: (await again()).words };
  };
  const endedAs = (
    { hookRunId }: { hookRunId: Id<"hookRun"> },
    hostname: string,
    change: Partial<typeof scriptRuns.$inferInsert>,
  ) =>
    worker
      .update(scriptRuns)
      .set({ ...change, startedAt: new Date(), finishedAt: new Date() })
      .where(and(eq(scriptRuns.hookRunId, hookRunId), eq(scriptRuns.hostname, hostname)));
  const first = await look(0);
  expect(first.words).toBe("ordered on workers-1 and workers-2");
  await endedAs(first, "workers-1", { state: "succeeded", exitCode: 0, outputs: { AT: 1 } });
  await endedAs(first, "workers-2", { state: "failed", words: "Signal 9 ended it." });

  const second = await look(1);
  expect(second.words).toBe("ordered on workers-2");
  await endedAs(second, "workers-2", { state: "succeeded", exitCode: 0, outputs: { AT: 2 } });
  expect(await second.again()).toMatchObject({
    ...{ kind: "ended", state: "succeeded" },
    change: { outputs: { "workers-1": { AT: 1 }, "workers-2": { AT: 2 } } },
  });
  // Another hook of the environment, and one that may run as often as it comes, run on both.
  for (const change of [{ name: "other" }, { executeOnce: false }]) {
    const { words } = await look(2, aHook({ ...once, ...change }));
    expect(words).toBe("ordered on workers-1 and workers-2");
  }
});

test("of a script that failed on several nodes each is told as it ended, and where it may be done", async () => {
  const { worker } = connections;
  const { place, places, parentId } = await givenPlaces(2);
  const hookRunId = newId("hookRun");
  const once = { name: "join", kind: "script", point: "after_start", executeOnce: true } as const;
  await worker.insert(hookRuns).values({
    ...{ ...place, id: hookRunId, operationId: parentId, name: "join", point: "after_start" },
    ...{ position: 0, isGate: true, definition: aHook(once), input: {} },
  });
  const end = async (at: number, attempt: number, report: ScriptReport) => {
    const { isOff, ...own } = places[at] as (typeof places)[number];
    await worker.insert(scriptRuns).values({
      ...{ ...place, ...own, id: newId("scriptRun"), hookRunId, attempt },
      ...{ ...judgeScript(report, [], 60), startedAt: new Date(), finishedAt: new Date() },
    });
  };
  const look = async (attempt: number, retries: number, isExpired = false) => {
    const run = { definition: aHook({ ...once, retries }), attempt, isExpired };
    return (await carryScript(worker, run, { hookRunId, ...place }, places)).words;
  };
  await end(0, 1, { result: "interrupted", message: "" });
  await end(1, 1, { result: "exit", code: 3, outputs: "" });
  const first = "workers-1: Its runner or its node was started again while it ran.";
  const second = "workers-2: It ended with exit code 3.";
  expect([await look(0, 0), await look(0, 1), await look(1, 2, true)]).toEqual([
    `${first} ${second} ${mayBeDoneWords}`,
    `${first} ${second} ${mayBeDoneWords} Tried again soon on workers-2`,
    `It was not done within 60 seconds. Last: ${first} ${second} ${mayBeDoneWords}`,
  ]);
  await end(1, 2, { result: "exit", code: 3, outputs: "" });
  expect(await look(1, 1)).toBe(`${first} ${second} (tried 2 times) ${mayBeDoneWords}`);
  await end(1, 3, { result: "exit", code: 0, outputs: "" });
  expect(await look(2, 5)).toBe(`${first} ${mayBeDoneWords}`);
});

test("of many nodes on which it failed four are told of, and how many more there are", async () => {
  const { worker } = connections;
  const { place, places, parentId } = await givenPlaces(6);
  const hookRunId = newId("hookRun");
  const hook = { name: "mounted", kind: "wait", point: "after_bootstrap" } as const;
  const definition = aHook({ ...hook, script: scripts.forgets });
  await worker.insert(hookRuns).values({
    ...{ ...place, id: hookRunId, operationId: parentId, name: "mounted", point: hook.point },
    ...{ position: 0, isGate: true, definition, input: {} },
  });
  const ended = { attempt: 1, startedAt: new Date(), finishedAt: new Date() };
  await worker.insert(scriptRuns).values(
    places.map(({ isOff, ...own }) => ({
      ...{ ...place, ...own, ...ended, id: newId("scriptRun"), hookRunId },
      ...judgeScript({ result: "exit", code: 3, outputs: "" }, [], 60),
    })),
  );
  const look = async (kind: "wait" | "script") => {
    const run = { definition: { ...definition, kind }, attempt: 0, isExpired: false };
    return (await carryScript(worker, run, { hookRunId, ...place }, places)).words;
  };
  const four = [1, 2, 3, 4].map((at) => `workers-${at}: It ended with exit code 3.`).join(" ");
  expect(await look("wait")).toBe(`Not yet. ${four} And 2 more.`);
  expect(await look("script")).toBe(`${four} And 2 more.`);
});

test("a node that runs another script is not taken for one that does not ask", async () => {
  const { worker } = connections;
  const given = await givenRunning();
  const { place, allocationId, operationId, parentId } = given;
  const hookRunId = newId("hookRun");
  const definition = aHook({ name: "next", kind: "script", point: "on_action" });
  await worker.insert(hookRuns).values({
    ...{ ...place, id: hookRunId, operationId: parentId, name: "next", definition, input: {} },
    ...{ point: "on_action", position: 1, isGate: false, state: "waiting" },
  });
  const minutes = (count: number) => new Date(Date.now() - count * 60_000);
  await worker.insert(scriptRuns).values({
    ...{ ...place, id: newId("scriptRun"), hookRunId, operationId, allocationId, attempt: 1 },
    ...{ hostname: "workers-1", createdAt: minutes(30) },
  });
  const own = { operationId, allocationId, hostname: "workers-1", isOff: false };
  const look = (places = [own], of = hookRunId) =>
    carryScript(
      worker,
      { definition, attempt: 0, isExpired: false },
      { hookRunId: of, ...place },
      places,
      { secrets: async () => () => null },
    );
  const other = eq(scriptRuns.id, given.id);
  expect(await look()).toMatchObject({ words: "ordered on workers-1" });
  await worker
    .update(scriptRuns)
    .set({ state: "succeeded", finishedAt: minutes(4) })
    .where(other);
  expect(await look()).toMatchObject({ words: "ordered on workers-1" });
  await worker
    .update(scriptRuns)
    .set({ finishedAt: minutes(6) })
    .where(other);
  expect(await look()).toMatchObject({
    words: expect.stringMatching(/did not begin it within 5 minutes/),
  });

  // Given back meanwhile, it has run all the same; where none ever ran it, there was nothing to do.
  expect(await look([])).toMatchObject({
    ...{ state: "failed", words: "Its nodes were given back or went on before it was done." },
  });
  expect(await look([], newId("hookRun"))).toMatchObject({ state: "skipped" });

  // Run again alone, it is not ordered on one that no longer waits for it, and is turned off by now.
  const leaving = async (step: string) => {
    await worker
      .update(operations)
      .set({ kind: "node.reclaim", step })
      .where(eq(operations.id, operationId));
    const run = { operationId: parentId, environmentId: place.environmentId };
    const places = await listScriptPlaces(worker, { ...run, point: "before_release" });
    return places.map(({ hostname }) => hostname);
  };
  expect(await leaving("detach_network")).toEqual(["workers-1"]);
  expect(await leaving("power_off")).toEqual([]);
});

test("a node's power is looked at again while a release waits for its script", async () => {
  const { worker } = connections;
  const given = await givenRunning();
  const definition = aHook({
    ...{ name: "quiet", kind: "script", point: "before_release", script: scripts.good },
  });
  await asOperator(connections.app, (tx) =>
    tx.update(templateVersions).set({ hooks: [definition] }),
  );
  await worker
    .update(hookRuns)
    .set({ point: "before_release", definition })
    .where(eq(hookRuns.id, given.hookRunId));
  let isAway = false;
  const looks = async (secondsAgo: number, retryAfterMs = 2_000) => {
    const asked: string[] = [];
    const [operation] = await worker
      .select()
      .from(operations)
      .where(eq(operations.id, given.operationId));
    const powerObservedAt = new Date(Date.now() - secondsAgo * 1_000);
    const context = {
      ...{ db: worker, operation, settings: { pollMs: 2_000 } },
      node: async () => ({ powerObservedAt }),
      async observePower(step: string) {
        asked.push(step);
        if (isAway) throw new ControllerError("unreachable", "nobody", { retryable: true });
      },
    } as unknown as NodeContext;
    const step = { name: "detach_network", run: async () => ({ kind: "done" as const }) } as const;
    expect(await gated("node.reclaim", step).run(context)).toMatchObject({
      ...{ kind: "wait", retryAfterMs },
    });
    return asked;
  };
  expect(await looks(30)).toEqual([]);
  expect(await looks(90)).toEqual(["detach_network"]);
  // One whose controller is away is not asked at every look.
  isAway = true;
  expect(await looks(90, 60_000)).toEqual(["detach_network"]);
});

/** Nodes at which a script of the environment's operation can be ordered. */
async function givenPlaces(count: number) {
  const { tenantId, projectId, environmentId, parentId, nodes } = await givenNodes(count);
  const places = await Promise.all(
    nodes.map(async ({ allocationId, windowId }, at) => {
      const { operationId } = await windowOf(windowId);
      return { operationId, allocationId, hostname: `workers-${at + 1}`, isOff: false };
    }),
  );
  return { place: { tenantId, projectId, environmentId }, places, parentId };
}

/** A script that a node is running by now. */
async function givenRunning() {
  const { worker } = connections;
  const { tenantId, projectId, environmentId, parentId, nodes } = await givenNodes(1);
  const [node] = nodes;
  if (!node) throw new Error("no node");
  const id = newId("scriptRun");
  const hookRunId = newId("hookRun");
  const place = { tenantId, projectId, environmentId };
  const definition = aHook({
    ...{ name: "quiet", kind: "script", point: "after_bootstrap", script: scripts.good },
  });
  await worker.insert(hookRuns).values({
    ...{ ...place, id: hookRunId, operationId: parentId, name: "quiet", definition, input: {} },
    ...{ point: "after_bootstrap", position: 0, isGate: true, state: "waiting" },
    deadlineAt: new Date(Date.now() + 3_600_000),
  });
  const { operationId } = await windowOf(node.windowId);
  await worker.insert(scriptRuns).values({
    ...{ ...place, id, hookRunId, operationId, allocationId: node.allocationId, attempt: 1 },
    ...{ hostname: "workers-1", state: "running", begunBy: "runner-first", startedAt: new Date() },
  });
  return { ...node, place, parentId, operationId, hookRunId, id, definition };
}

/** When the runner of a script was last heard, in milliseconds; 0 when it has not said that it would be. */
async function heardAt(id: Id<"scriptRun">): Promise<number> {
  const [row] = await connections.worker.select().from(scriptRuns).where(eq(scriptRuns.id, id));
  return row?.heardAt?.getTime() ?? 0;
}

/** Has it be long ago that the runner of a script was heard; gives when. */
async function heardLongAgo(id: Id<"scriptRun">): Promise<number> {
  const at = new Date(Date.now() - 300_000);
  await connections.worker.update(scriptRuns).set({ heardAt: at }).where(eq(scriptRuns.id, id));
  return at.getTime();
}

/** The runner's files in a folder of their own. */
async function givenRunner(name: string, token: string): Promise<string> {
  const folder = path.join(directory, name);
  await mkdir(folder);
  for (const file of hookRunnerFiles(`http://127.0.0.1:${server.port}/h/${token}`)) {
    await writeFile(path.join(folder, path.basename(file.path)), file.content);
  }
  return folder;
}

/** The worker's side of hooks. */
function workerHooks(privateKey = "") {
  return createHookRunner({
    ...{ db: connections.worker, privateKey, leaseMs: 5_000, log: pino({ enabled: false }) },
    bootSecret: secret,
    callProvider: () => Promise.reject(new Error("no provider is asked here")),
    askUrl: () => Promise.reject(new Error("no provider is asked here")),
  });
}

async function windowOf(id: Id<"bootWindow">) {
  const [row] = await connections.worker.select().from(bootWindows).where(eq(bootWindows.id, id));
  if (!row) throw new Error("no window");
  return row;
}
