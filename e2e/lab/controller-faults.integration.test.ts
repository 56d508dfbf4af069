import { randomUUID } from "node:crypto";
import { and, eq, inArray } from "drizzle-orm";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { templateVersions } from "#db/schema/catalogue";
import { controllerCredentials, nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { aHook } from "#e2e/fixtures/hooks";
import { brokenInvariants } from "#e2e/fixtures/invariants";
import { givenLab, type Lab, loopback } from "#e2e/fixtures/lab";
import {
  asOperator,
  type GivenTenant,
  givenCatalogue,
  givenTenant,
} from "#e2e/fixtures/launchable";
import { startWorker, untilEnvironment } from "#e2e/fixtures/worker";
import { flavourNames } from "#e2e/simulator/flavours";
import { must } from "#e2e/world/acting";
import { changeCredential } from "#lib/commands/change-credential";
import { launchEnvironment } from "#lib/commands/launch-environment";
import { operateEnvironment } from "#lib/commands/operate-environment";
import { orderNode } from "#lib/commands/order-node";
import { rehearseTemplate } from "#lib/commands/rehearse-template";
import { releaseEnvironment } from "#lib/commands/release-environment";
import { retryEnvironment } from "#lib/commands/retry-environment";
import type { Id } from "#lib/domain/id";
import type { NodeLifecycle } from "#lib/domain/node/lifecycle";
import { hasEnded, liveOperationStates } from "#lib/domain/operation/operation";
import { redfishDriver } from "#lib/drivers/redfish/open-controller";
import type { OrderNodeInput } from "#lib/schemas/node";

// Every fault of a controller under every operation: 18 × 11 nodes, one for each pair, all at once, and
// each fault on controllers of every flavour whose host boots over the network. Each operation ends in a state that is named and has a reason in words, asks a bounded number of
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

/** A medium's own faults are met in the lab of bad days. */
const metFlavours = flavourNames.filter((name) => name !== "media-only");

const kinds = [
  "enrol",
  "deploy",
  "start",
  "stop",
  "restart",
  "reinstall",
  "reclaim",
  "sanitize",
  "inspect",
  "rotate_credential",
  "rehearse",
] as const;
type Kind = (typeof kinds)[number];

/** One pair of the matrix, and the node that it happens to. */
type Cell = { kind: Kind; fault: Fault; nodeId: Id<"node">; name: string; before: Seen };

/** What a controller has been asked so far. */
type Seen = { total: number; refusedLogins: number };

/** How long a step may take while the faults last. */
const limitMs = 8_000;

/** Faults that are got over without a failure, whatever the operation. */
const tolerated: readonly Fault[] = ["sessions-full", "internal-error:2", "busy:2"];

/** What a node is when the operation has failed: its own, a tenant's, or taken aside to be wiped. */
const afterFailure: Record<Kind, readonly NodeLifecycle[]> = {
  ...{ enrol: ["failed"], inspect: ["failed"] },
  ...{ deploy: ["quarantined"], sanitize: ["quarantined"] },
  ...{ start: ["failed"], stop: ["failed"], restart: ["failed"], reinstall: ["failed"] },
  // Nothing of the node changes, whatever becomes of its controller's password.
  rotate_credential: ["available"],
  // Whatever a dry run came to, its node goes to a wipe, which meets the same fault.
  rehearse: ["releasing", "sanitizing", "validating", "quarantined", "available"],
  // It is never given up.
  reclaim: [],
};

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
      nodes: metFlavours.map((flavour) => ({
        ...{ name: flavour, flavour },
        count: (faults.length * kinds.length) / metFlavours.length,
      })),
    },
    settings: {
      // A hundred nodes wait at once: asked more often, they would keep the worker from what goes on.
      pollMs: 500,
      leaseMs: 10_000,
      bootLimitMs: limitMs,
      powerLimitMs: limitMs,
      sanitizeLimitMs: limitMs,
      inspectLimitMs: limitMs,
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

/**
 * Nodes as their enrolment leaves them, without the seventy requests that a worker makes for each. A few
 * at once: all of them would wait too long for a connection.
 */
async function enrolled(names: readonly string[]): Promise<Id<"node">[]> {
  const ids: Id<"node">[] = [];
  for (let done = 0; done < names.length; done += 6) {
    ids.push(...(await Promise.all(names.slice(done, done + 6).map((name) => lab.enrol(name)))));
  }
  await lab.worker.db.transaction(async (tx) => {
    await tx
      .update(operations)
      .set({ state: "succeeded", finishedAt: new Date() })
      .where(inArray(operations.nodeId, ids));
    for (const [index, id] of ids.entries()) {
      const known = lab.rack.nodes.find((node) => node.name === names[index]);
      await tx
        .update(nodes)
        .set({
          lifecycle: "available",
          health: "ok",
          controllerState: "reachable",
          controllerCertificate: known?.certificate.pem ?? null,
          bootMac: known?.mac ?? null,
          powerObserved: "off",
        })
        .where(eq(nodes.id, id));
    }
  });
  return ids;
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

async function order(nodeId: Id<"node">, what: "verify" | "sanitize" | "inspect" | "rotate") {
  const input: OrderNodeInput =
    what === "inspect"
      ? { nodeId, order: what, inspection: { level: "inspect" } }
      : { nodeId, order: what };
  const result = await orderNode(lab.app.db, operator(), input);
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
}

/** Lends each node to a dry run of its own template, since of one there is one dry run at a time. */
async function rehearse(ids: readonly Id<"node">[]) {
  const script = { text: "#!/bin/sh\necho looking\n", outputs: [] };
  const hooks = [aHook({ name: "look", kind: "script", point: "after_bootstrap", script })];
  const { nodeTypeId, imageId } = lab.fleet;
  for (const nodeId of ids) {
    const { templateVersionId } = await givenCatalogue(lab.app.db, {
      ...{ nodeTypeId, imageId, gpuModel: "H100" },
    });
    await asOperator(lab.app.db, (tx) =>
      tx.update(templateVersions).set({ hooks }).where(eq(templateVersions.id, templateVersionId)),
    );
    const input = { templateVersionId, counts: { workers: 1 }, inputs: {}, hook: null, nodeId };
    must(await rehearseTemplate(lab.app.db, operator(), input));
  }
}

async function operate(
  environmentId: Id<"environment">,
  command: "stop" | "start" | "restart" | "reinstall",
) {
  const grant = tenant.grant("environment.operate");
  const input = { requestKey: randomUUID(), environmentId, command };
  expect(await operateEnvironment(lab.app.db, grant, input)).toMatchObject({ ok: true });
}

/** The newest operation on each node, of its cell's kind or another. */
async function operationsOf(cells: readonly Cell[], kind?: Kind) {
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
      rows.findLast(
        (row) => row.nodeId === cell.nodeId && row.kind === `node.${kind ?? cell.kind}`,
      ),
    ]),
  );
}

test("every fault under every operation ends in words, and well once it is over", async () => {
  // What is needed before: nodes that are free, and environments that run or are stopped. Of each flavour
  // in turn, so that a launch has some of all.
  const perFlavour = lab.rack.nodes.length / metFlavours.length;
  const names = Array.from({ length: perFlavour }, (_, index) =>
    metFlavours.map((flavour) => `${flavour}-${index + 1}`),
  ).flat();
  const rest = names.splice(faults.length);
  const free = await enrolled(rest);
  say("enrolled");
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
  await worker.stop();
  worker = undefined;
  say("five environments of eighteen nodes are ready");

  // Everything is ordered while no worker runs: the faults are there before anything begins.
  const cells: Cell[] = [];
  const flavourOf = (name: string) => name.replace(/-\d+$/, "");
  const strike = async (kind: Kind, ids: readonly Id<"node">[]) => {
    expect(ids).toHaveLength(faults.length);
    const left = await rowsOf(ids);
    for (const fault of faults) {
      // Each fault meets the flavour next that it has met least.
      const met = (name: string) =>
        cells.filter((c) => c.fault === fault && flavourOf(c.name) === flavourOf(name)).length;
      const [next] = left.toSorted((a, b) => met(a.name) - met(b.name));
      if (!next) throw new Error(`no node for ${kind} under ${fault}`);
      left.splice(left.indexOf(next), 1);
      await lab.rack.control.setFaults(next.name, [fault]);
      const { id: nodeId, name } = next;
      cells.push({ kind, fault, nodeId, name, before: seenBy(name) });
    }
  };
  for (const kind of running) await strike(kind, await heldBy(of(kind)));
  environments.set("deploy", await launch("deploy"));
  await strike("deploy", await heldBy(of("deploy")));
  const held = new Set(cells.map((cell) => cell.nodeId));
  const unheld = free.filter((id) => !held.has(id));
  for (const [kind, what] of [
    ["sanitize", "sanitize"],
    ["inspect", "inspect"],
    ["rotate_credential", "rotate"],
  ] as const) {
    const ids = unheld.splice(0, faults.length);
    await strike(kind, ids);
    for (const id of ids) await order(id, what);
  }
  await strike("rehearse", unheld);
  await rehearse(unheld);
  for (const kind of ["start", "stop", "restart", "reinstall"] as const) {
    await operate(of(kind), kind);
  }
  const released = await releaseEnvironment(lab.app.db, tenant.grant("environment.release"), {
    requestKey: randomUUID(),
    environmentId: of("reclaim"),
    confirmName: "reclaim",
  });
  expect(released).toMatchObject({ ok: true });
  const enrolling: Id<"node">[] = [];
  for (const name of names) enrolling.push(await lab.enrol(name));
  await strike("enrol", enrolling);
  expect(cells).toHaveLength(faults.length * kinds.length);
  for (const fault of faults) {
    const met = cells.filter((cell) => cell.fault === fault).map((cell) => flavourOf(cell.name));
    expect(new Set(met), fault).toEqual(new Set(metFlavours));
  }
  // From here on a worker that has less time for everything.
  worker = start();
  say("everything is ordered");

  // Each comes to an end, or is shown as stuck.
  const settled = (state: string | undefined) =>
    state === "stuck" || (state !== undefined && hasEnded(state as "failed"));
  const unsettled = async () => {
    const all = [...(await operationsOf(cells))];
    // A lent node's wipe as well: with the time of a busy machine it would not be given up.
    const lent = all.flatMap(([cell, row]) =>
      cell.kind === "rehearse" && row && hasEnded(row.state) ? [cell] : [],
    );
    const wipes = [...(await operationsOf(lent, "sanitize"))];
    return [...all, ...wipes]
      .filter(([, operation]) => !settled(operation?.state))
      .map(([cell, row]) => `${cell.kind} under ${cell.fault}: ${row?.state}, ${row?.waitReason}`);
  };
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
      const { lifecycle, lifecycleReason } = node ?? {};
      const isExpected = lifecycle && afterFailure[cell.kind].includes(lifecycle);
      if (!isExpected) objects(`the node is ${lifecycle}`);
      const hasFailed = lifecycle === "failed" || lifecycle === "quarantined";
      if (hasFailed && !lifecycleReason) objects("the node says no reason");
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
    inspectLimitMs: ample,
  });
  // The half minute until the next try of what is stuck is over.
  await lab.worker.db
    .update(operations)
    .set({ runAfter: new Date() })
    .where(eq(operations.state, "stuck"));
  const stillGoing = async () => {
    const all = cells.map((cell) => cell.nodeId);
    const rows = await lab.worker.db
      .select()
      .from(operations)
      .where(and(inArray(operations.nodeId, all), inArray(operations.state, liveOperationStates)));
    return rows.map((row) => `${row.kind}: ${row.state} at ${row.step}, ${row.waitReason}`);
  };
  await expect.poll(stillGoing, { timeout: 1_200_000, interval: 500 }).toEqual([]);
  say("over");
  const ids = (...of: Kind[]) => cells.filter((c) => of.includes(c.kind)).map((c) => c.nodeId);
  // Everybody tries again at once, and what was set aside is wiped.
  const ends = { start: "ready", stop: "stopped", restart: "ready", reinstall: "ready" } as const;
  const retried = Object.keys(ends) as (keyof typeof ends)[];
  const retry = (kind: Kind) =>
    retryEnvironment(lab.app.db, tenant.grant("environment.operate"), {
      requestKey: randomUUID(),
      environmentId: of(kind),
    });
  for (const kind of retried) await retry(kind);
  for (const [kind, what] of [
    ["enrol", "verify"],
    ["inspect", "inspect"],
  ] as const) {
    const failed = (await rowsOf(ids(kind))).filter((node) => node.lifecycle === "failed");
    for (const node of failed) await order(node.id, what);
  }
  for (const [cell, row] of await operationsOf(cells)) {
    const isToRotate = cell.kind === "rotate_credential" && row?.state !== "succeeded";
    if (isToRotate) await order(cell.nodeId, "rotate");
  }
  const wiped = ["sanitize", "deploy", "reclaim", "rehearse"] as const;
  const isResting = async () =>
    (await rowsOf(ids(...wiped))).filter(
      (node) => !["quarantined", "available", "active"].includes(node.lifecycle),
    ).length;
  await expect.poll(isResting, { timeout: ample }).toBe(0);
  const aside = (await rowsOf(ids(...wiped))).filter((node) => node.lifecycle === "quarantined");
  say(`${aside.length} are quarantined`);
  for (const node of aside) await order(node.id, "sanitize");
  for (const kind of retried) await untilEnvironment(lab, of(kind), ends[kind], ample);
  await untilEnvironment(lab, of("reclaim"), "released", ample);
  say("released, and the others as they were to be");
  await untilAll(ids("enrol", "inspect", "sanitize", "reclaim", "rehearse"), "available");
  const unrotated = async () =>
    [...(await operationsOf(cells))]
      .filter(([cell, row]) => cell.kind === "rotate_credential" && row?.state !== "succeeded")
      .map(([cell, row]) => `under ${cell.fault}: ${row?.state}, ${row?.waitReason}`);
  await expect.poll(unrotated, { timeout: ample }).toEqual([]);
  // Then the launch finds its nodes.
  const quarantined = async () =>
    (await rowsOf(ids("deploy"))).filter((node) => node.lifecycle === "quarantined").length;
  await expect.poll(quarantined, { timeout: ample }).toBe(0);
  say("enrolled, wiped, and with a new password");
  await retry("deploy");
  await untilEnvironment(lab, of("deploy"), "ready", ample);
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
  console.log(
    [
      line(
        "",
        kinds.map((kind) => kind.slice(0, 10)),
      ),
      ...rows,
    ].join("\n"),
  );
}
