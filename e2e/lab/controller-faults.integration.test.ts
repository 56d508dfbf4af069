import { randomUUID } from "node:crypto";
import { eq, inArray } from "drizzle-orm";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { controllerCredentials, nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { brokenInvariants } from "#e2e/fixtures/invariants";
import { givenLab, type Lab, loopback } from "#e2e/fixtures/lab";
import { type GivenTenant, givenTenant } from "#e2e/fixtures/launchable";
import { startWorker, untilEnvironment } from "#e2e/fixtures/worker";
import { changeCredential } from "#lib/commands/change-credential";
import { launchEnvironment } from "#lib/commands/launch-environment";
import { operateEnvironment } from "#lib/commands/operate-environment";
import { orderNode } from "#lib/commands/order-node";
import { releaseEnvironment } from "#lib/commands/release-environment";
import { retryEnvironment } from "#lib/commands/retry-environment";
import type { Id } from "#lib/domain/id";
import { hasEnded } from "#lib/domain/operation/operation";
import { redfishDriver } from "#lib/drivers/redfish/open-controller";

// Every fault of a controller under every operation: 18 × 8 nodes, one for each pair, all at once.
// Each operation ends in a state that is named and has a reason in words, asks a bounded number of
// times, signs in a bounded number of times, and once the fault is gone comes to a good end.

vi.setConfig({ testTimeout: 1_200_000, hookTimeout: 1_200_000 });

const faults = [
  "bmc-hangs",
  "bmc-resets",
  "bmc-drips",
  "bmc-401",
  "bmc-locked",
  "sessions-full",
  "not-found",
  "conflict",
  "too-many-requests",
  "internal-error:2",
  "busy:2",
  "html-body",
  "malformed-json",
  "huge-answer",
  "wrong-types",
  "task-never-ends",
  "power-lies",
  "certificate-changed",
] as const;
type Fault = (typeof faults)[number];

const kinds = [
  "enrol",
  "deploy",
  "start",
  "stop",
  "restart",
  "reinstall",
  "reclaim",
  "sanitize",
] as const;
type Kind = (typeof kinds)[number];

/** One pair of the matrix, and the node that it happens to. */
type Cell = { kind: Kind; fault: Fault; nodeId: Id<"node">; name: string; before: Seen };

/** What a controller has been asked so far. */
type Seen = { total: number; refusedLogins: number };

/** Faults that are got over without a failure, whatever the operation. */
const tolerated: readonly Fault[] = ["sessions-full", "internal-error:2", "busy:2"];

/** So many requests may one operation cost a controller that is not well. */
const requestCap = 220;

let lab: Lab;
let tenant: GivenTenant;
let worker: ReturnType<typeof startWorker> | undefined;
let start: () => ReturnType<typeof startWorker>;
const began = performance.now();

// For each try anew: a second one on the rack of the first would find its nodes enrolled.
beforeEach(async () => {
  lab = await givenLab({
    network: 74,
    rack: {
      nodes: [{ name: "n", count: faults.length * kinds.length, flavour: "plain" }],
    },
    settings: {
      // Ninety nodes wait at once: asked more often, they would keep the worker from what goes on.
      pollMs: 500,
      leaseMs: 10_000,
      bootLimitMs: 8_000,
      powerLimitMs: 8_000,
      sanitizeLimitMs: 8_000,
    },
  });
  const gpuLimit = faults.length * kinds.length * 8;
  tenant = await givenTenant(lab.app.db, { fleet: lab.fleet, gpuLimit, gpuModel: "H100" });
  // The same driver with less patience: a hanging request costs 1.5 s and not ten.
  const openController = redfishDriver({
    allowedNetworks: loopback,
    limits: { requestTimeoutMs: 1_500, busyWaitMs: 200, settleMs: 50 },
  });
  start = () => startWorker(lab, {}, { openController });
});

afterEach(async () => {
  await worker?.stop();
  await lab?.close();
});

const operator = () => lab.operator("node.operate");
const say = (what: string) =>
  console.log(`${((performance.now() - began) / 1000).toFixed(1)} s ${what}`);

function seenBy(name: string): Seen {
  const { requests } = lab.rack.control.report(name);
  const refused = requests.log.filter(
    ({ method, path, status }) =>
      method === "POST" && path.endsWith("/Sessions") && (status === 401 || status === 403),
  );
  return { total: requests.total, refusedLogins: refused.length };
}

async function rowsOf(ids: readonly Id<"node">[]) {
  return lab.worker.db
    .select()
    .from(nodes)
    .where(inArray(nodes.id, [...ids]));
}

async function untilAll(ids: readonly Id<"node">[], lifecycle: string, timeout = 1_200_000) {
  const others = async () =>
    (await rowsOf(ids))
      .filter((node) => node.lifecycle !== lifecycle)
      .map((node) => `${node.name}: ${node.lifecycle}, ${node.lifecycleReason}`);
  await expect.poll(others, { timeout, interval: 200 }).toEqual([]);
}

/** A node as its enrolment leaves it, without the seventy requests that a worker makes for it. */
async function enrolled(name: string): Promise<Id<"node">> {
  const known = lab.rack.nodes.find((node) => node.name === name);
  if (!known) throw new Error(`no ${name}`);
  const id = await lab.enrol(name);
  await lab.worker.db.transaction(async (tx) => {
    await tx
      .update(operations)
      .set({ state: "succeeded", finishedAt: new Date() })
      .where(eq(operations.nodeId, id));
    await tx
      .update(nodes)
      .set({
        lifecycle: "available",
        health: "ok",
        controllerState: "reachable",
        controllerCertificate: known.certificate.pem,
        bootMac: known.mac,
        powerObserved: "off",
      })
      .where(eq(nodes.id, id));
  });
  return id;
}

async function launch(name: string): Promise<Id<"environment">> {
  const result = await launchEnvironment(lab.app.db, tenant.grant("environment.launch"), {
    requestKey: randomUUID(),
    name,
    templateVersionId: lab.fleet.templateVersionId,
    imageId: lab.fleet.imageId,
    counts: { workers: faults.length },
    sshKeyIds: [tenant.keyId],
    pastedKey: "",
  });
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
  return result.value.environmentId;
}

async function heldBy(environmentId: Id<"environment">): Promise<Id<"node">[]> {
  const rows = await lab.worker.db
    .selectDistinct({ nodeId: operations.nodeId })
    .from(operations)
    .where(eq(operations.environmentId, environmentId));
  return rows.flatMap((row) => (row.nodeId ? [row.nodeId] : []));
}

async function order(nodeId: Id<"node">, what: "verify" | "sanitize") {
  const result = await orderNode(lab.app.db, operator(), { nodeId, order: what });
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
}

async function operate(
  environmentId: Id<"environment">,
  command: "stop" | "start" | "restart" | "reinstall",
) {
  const grant = tenant.grant("environment.operate");
  const input = { requestKey: randomUUID(), environmentId, command };
  expect(await operateEnvironment(lab.app.db, grant, input)).toMatchObject({ ok: true });
}

/** The newest operation of a kind on each node. */
async function operationsOf(cells: readonly Cell[]) {
  const rows = await lab.worker.db
    .select()
    .from(operations)
    .where(
      inArray(
        operations.nodeId,
        cells.map((cell) => cell.nodeId),
      ),
    )
    .orderBy(operations.createdAt);
  return new Map(
    cells.map((cell) => [
      cell,
      rows.findLast((row) => row.nodeId === cell.nodeId && row.kind === `node.${cell.kind}`),
    ]),
  );
}

test("every fault under every operation ends in words, and well once it is over", async () => {
  // What is needed before: nodes that are free, and environments that run or are stopped.
  const names = lab.rack.nodes.map((node) => node.name);
  const rest = names.splice(faults.length);
  const free: Id<"node">[] = [];
  // One after the other: all at once they would wait too long for a connection.
  for (const name of rest) free.push(await enrolled(name));
  worker = startWorker(lab, { bootLimitMs: 1_200_000, powerLimitMs: 1_200_000 });
  const running = ["start", "stop", "restart", "reinstall", "reclaim"] as const;
  const environments = new Map<Kind, Id<"environment">>();
  for (const kind of running) environments.set(kind, await launch(kind));
  for (const id of environments.values()) await untilEnvironment(lab, id, "ready", 1_200_000);
  const of = (kind: Kind) => {
    const id = environments.get(kind);
    if (!id) throw new Error(`no environment to ${kind}`);
    return id;
  };
  await operate(of("start"), "stop");
  await untilEnvironment(lab, of("start"), "stopped", 1_200_000);
  // From here on a worker that has less time for everything.
  await worker.stop();
  worker = start();
  say("five environments of eighteen nodes are ready");

  // The faults begin, and everything is ordered at once.
  const nameOf = new Map((await rowsOf(free)).map((node) => [node.id, node.name]));
  const cells: Cell[] = [];
  const strike = async (kind: Kind, ids: readonly Id<"node">[]) => {
    for (const [index, fault] of faults.entries()) {
      const nodeId = ids[index];
      if (!nodeId) throw new Error(`no node for ${kind} under ${fault}`);
      const name = nameOf.get(nodeId) ?? "";
      await lab.rack.control.setFaults(name, [fault]);
      cells.push({ kind, fault, nodeId, name, before: seenBy(name) });
    }
  };
  for (const kind of running) await strike(kind, await heldBy(of(kind)));
  const held = new Set(cells.map((cell) => cell.nodeId));
  const unheld = free.filter((id) => !held.has(id));
  const toWipe = unheld.slice(0, faults.length);
  await strike("sanitize", toWipe);
  for (const id of toWipe) await order(id, "sanitize");
  await expect
    .poll(
      async () => (await rowsOf(toWipe)).filter((node) => node.lifecycle === "available").length,
    )
    .toBe(0);
  await strike("deploy", unheld.slice(faults.length));
  environments.set("deploy", await launch("deploy"));
  for (const kind of ["start", "stop", "restart", "reinstall"] as const) {
    await operate(of(kind), kind);
  }
  const released = await releaseEnvironment(lab.app.db, tenant.grant("environment.release"), {
    requestKey: randomUUID(),
    environmentId: of("reclaim"),
    confirmName: "reclaim",
  });
  expect(released).toMatchObject({ ok: true });
  // The faults are there before the controller is asked for the first time.
  await Promise.all(
    faults.map((fault, index) => lab.rack.control.setFaults(names[index] ?? "", [fault])),
  );
  const enrolling: Id<"node">[] = [];
  for (const name of names) enrolling.push(await lab.enrol(name));
  for (const [index, fault] of faults.entries()) {
    const [name, nodeId] = [names[index], enrolling[index]];
    if (!name || !nodeId) throw new Error("no node to enrol");
    cells.push({ kind: "enrol", fault, nodeId, name, before: { total: 0, refusedLogins: 0 } });
  }
  expect(cells).toHaveLength(faults.length * kinds.length);

  // Each comes to an end, or is shown as stuck.
  const settled = (state: string | undefined) =>
    state === "stuck" || (state !== undefined && hasEnded(state as "failed"));
  const unsettled = async () =>
    [...(await operationsOf(cells))]
      .filter(([, operation]) => !settled(operation?.state))
      .map(([cell, row]) => `${cell.kind} under ${cell.fault}: ${row?.state}, ${row?.waitReason}`);
  await expect.poll(unsettled, { timeout: 1_200_000, interval: 500 }).toEqual([]);
  const outcomes = await operationsOf(cells);
  const after = new Map((await rowsOf(cells.map((cell) => cell.nodeId))).map((n) => [n.id, n]));
  say("settled");
  print(cells, (cell) => outcomes.get(cell)?.state ?? "none");

  const wrong: string[] = [];
  for (const cell of cells) {
    const operation = outcomes.get(cell);
    const node = after.get(cell.nodeId);
    const where = `${cell.kind} under ${cell.fault}`;
    const objects = (words: string) => wrong.push(`${where}: ${words}`);
    const seen = seenBy(cell.name);
    const asked = seen.total - cell.before.total;
    const refused = seen.refusedLogins - cell.before.refusedLogins;
    if (asked > requestCap) objects(`${asked} requests`);
    // A refused sign-in is never tried again: an account locks at three, or sooner.
    if (refused > 1) objects(`${refused} refused sign-ins`);
    const reason = operation?.reason ?? operation?.waitReason ?? "";
    if (operation?.state !== "succeeded" && !/\w{3,} \w{2,}/.test(reason))
      objects("no reason in words");
    if (reason.includes("internal error; it is in")) objects("a fault of our own");
    if (operation?.state === "failed") {
      const expected =
        cell.kind === "deploy" || cell.kind === "sanitize" ? "quarantined" : "failed";
      if (node?.lifecycle !== expected) objects(`the node is ${node?.lifecycle}`);
      if (!node?.lifecycleReason) objects("the node says no reason");
    }
    if (cell.kind === "reclaim" && operation?.state === "failed") objects("a release was given up");
    // On a machine that is busy with other things, the worker's short time may be over first.
    const ranOut = reason.includes("not done within") || operation?.state === "stuck";
    if (tolerated.includes(cell.fault) && operation?.state !== "succeeded" && !ranOut) {
      objects(`not got over: ${operation?.state}, ${reason}`);
    }
    if (cell.fault === "certificate-changed" && asked > 0) objects("was spoken to");
  }
  expect(wrong).toEqual([]);

  // The faults end. Operators enter the password anew where it was refused, and everybody tries again.
  await Promise.all(cells.map((cell) => lab.rack.control.setFaults(cell.name, [])));
  const rejected = await lab.worker.db
    .select({ nodeId: controllerCredentials.nodeId })
    .from(controllerCredentials)
    .where(eq(controllerCredentials.state, "rejected"));
  for (const { nodeId } of rejected) {
    const known = lab.rack.nodes.find(
      (node) => node.name === cells.find((c) => c.nodeId === nodeId)?.name,
    );
    if (!known) throw new Error(`no controller of ${nodeId}`);
    await changeCredential(
      lab.app.db,
      lab.operator("credential.edit"),
      { nodeId, username: known.username, password: known.password },
      lab.sealingKey,
    );
  }
  await worker.stop();
  // What is well now is given all the time that a busy machine needs.
  const ample = 1_200_000;
  worker = startWorker(lab, {
    bootLimitMs: ample,
    powerLimitMs: ample,
    sanitizeLimitMs: ample,
  });
  // The half minute until the next try of what is stuck is over.
  await lab.worker.db
    .update(operations)
    .set({ runAfter: new Date() })
    .where(eq(operations.state, "stuck"));
  const stillGoing = async () =>
    [...(await operationsOf(cells))]
      .filter(([, row]) => row && !hasEnded(row.state))
      .map(([cell, row]) => `${cell.kind} under ${cell.fault}: ${row?.state}, ${row?.waitReason}`);
  await expect.poll(stillGoing, { timeout: 1_200_000, interval: 500 }).toEqual([]);
  say("over");
  const ids = (...of: Kind[]) => cells.filter((c) => of.includes(c.kind)).map((c) => c.nodeId);
  const toVerify = (await rowsOf(ids("enrol"))).filter((node) => node.lifecycle === "failed");
  for (const node of toVerify) await order(node.id, "verify");
  for (const [kind, end] of [
    ["start", "ready"],
    ["stop", "stopped"],
    ["restart", "ready"],
    ["reinstall", "ready"],
  ] as const) {
    await retryEnvironment(lab.app.db, tenant.grant("environment.operate"), {
      requestKey: randomUUID(),
      environmentId: of(kind),
    });
    await untilEnvironment(lab, of(kind), end, 1_200_000);
    say(`${kind} is done`);
  }
  await untilEnvironment(lab, of("reclaim"), "released", 1_200_000);
  say("released");
  await untilAll(ids("enrol"), "available");
  say("enrolled");
  // What was set aside is wiped, and then the launch finds its nodes.
  const isResting = async () =>
    (await rowsOf(ids("sanitize", "deploy", "reclaim"))).filter(
      (node) => !["quarantined", "available", "active"].includes(node.lifecycle),
    ).length;
  await expect.poll(isResting, { timeout: 1_200_000 }).toBe(0);
  const aside = (await rowsOf(ids("sanitize", "deploy", "reclaim"))).filter(
    (node) => node.lifecycle === "quarantined",
  );
  say(`${aside.length} are quarantined`);
  for (const node of aside) await order(node.id, "sanitize");
  await untilAll(ids("sanitize", "reclaim"), "available");
  say("wiped");
  await expect
    .poll(
      async () => (await rowsOf(ids("deploy"))).filter((n) => n.lifecycle === "quarantined").length,
      { timeout: 1_200_000 },
    )
    .toBe(0);
  await retryEnvironment(lab.app.db, tenant.grant("environment.operate"), {
    requestKey: randomUUID(),
    environmentId: of("deploy"),
  });
  await untilEnvironment(lab, of("deploy"), "ready", 1_200_000);
  say("well again");
  expect(await brokenInvariants(lab.superuserUrl)).toEqual([]);
}, 1_800_000);

function print(cells: readonly Cell[], show: (cell: Cell) => string): void {
  const line = (first: string, words: readonly string[]) =>
    first.padEnd(20) + words.map((word) => word.padEnd(11)).join("");
  const rows = faults.map((fault) =>
    line(
      fault,
      kinds.map((kind) => show(cells.find((c) => c.kind === kind && c.fault === fault) as Cell)),
    ),
  );
  console.log([line("", kinds), ...rows].join("\n"));
}
