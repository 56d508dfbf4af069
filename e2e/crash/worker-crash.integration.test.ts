import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { and, eq, inArray, isNull } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listInspections } from "#db/queries/inspections";
import { dryCalls } from "#db/schema/dry-runs";
import { environments } from "#db/schema/environments";
import { nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { poolItems } from "#db/schema/pools";
import { scriptRuns } from "#db/schema/script-runs";
import { isSpared } from "#e2e/crash/spared";
import { type Relay, startRelay } from "#e2e/crash/worker-relay";
import { aHook, givenTemplate } from "#e2e/fixtures/hooks";
import { brokenInvariants } from "#e2e/fixtures/invariants";
import { givenLab, type Lab, loopback, nodeState } from "#e2e/fixtures/lab";
import { type GivenTenant, givenTenant } from "#e2e/fixtures/launchable";
import { givenDriver, givenPort, givenPrivateNetwork } from "#e2e/fixtures/network";
import { abortEnvironment } from "#lib/commands/abort-environment";
import { launchEnvironment } from "#lib/commands/launch-environment";
import { operateEnvironment } from "#lib/commands/operate-environment";
import { orderNode } from "#lib/commands/order-node";
import { rehearseTemplate } from "#lib/commands/rehearse-template";
import { releaseEnvironment } from "#lib/commands/release-environment";
import type { EnvironmentState } from "#lib/domain/environment/state";
import type { Id } from "#lib/domain/id";
import type { NodeLifecycle } from "#lib/domain/node/lifecycle";
import { type NodeOperation, nodeOperationKinds } from "#lib/domain/operation/operation";
import { stepsOf } from "#lib/domain/operation/workflow";
import {
  type SiteController,
  startSiteController,
} from "#lib/drivers/http-network/site-controller.test-support";

// The worker is killed with SIGKILL the first time it comes to each moment of each step of each
// operation, and every time another takes over. At the end everything has been done, once.

const moments = ["before_step", "after_effect", "before_commit", "after_commit"] as const;
const pointsOf = (kind: NodeOperation) =>
  stepsOf(kind)
    .filter((step) => !isSpared(kind, step.name))
    .flatMap((step) => moments.map((moment) => `${kind} / ${step.name} / ${moment}`));

let lab: Lab;
let tenant: GivenTenant;
let relay: Relay;
let network: SiteController;
let directory: string;
const failures: string[] = [];

beforeAll(async () => {
  lab = await givenLab({
    network: 41,
    rack: {
      nodes: [
        { name: "plain", flavour: "plain" },
        { name: "dgx", flavour: "dgx" },
      ],
    },
    settings: {
      leaseMs: 400,
      pollMs: 100,
      // Every step is begun anew a few times: its time must not run out for that alone.
      powerLimitMs: 600_000,
      bootLimitMs: 600_000,
      sanitizeLimitMs: 600_000,
      inspectLimitMs: 600_000,
    },
  });
  tenant = await givenTenant(lab.app.db, { fleet: lab.fleet, gpuLimit: 16, gpuModel: "H100" });
  // The nodes are joined to their environment's VLAN, too, by a controller that does not crash.
  network = await startSiteController();
  await givenDriver(lab, await givenPrivateNetwork(lab), network);
  directory = await mkdtemp(path.join(tmpdir(), "ingot-crash-"));
  relay = await startRelay(
    {
      settings: lab.settings,
      controllerNetworks: loopback,
      providerNetworks: loopback,
      nodeNetworks: loopback,
      journal: path.join(directory, "moments"),
    },
    failures,
  );
});

afterAll(async () => {
  await relay?.stop();
  network?.close();
  await lab?.close();
  if (directory) await rm(directory, { recursive: true, force: true });
});

const patience = { timeout: 1_500_000, interval: 100 };

async function untilNode(id: Id<"node">, lifecycle: NodeLifecycle) {
  await expect.poll(async () => (await nodeState(lab, id)).lifecycle, patience).toBe(lifecycle);
}

async function untilEnvironment(id: Id<"environment">, state: EnvironmentState) {
  const read = async () => {
    const [row] = await lab.worker.db.select().from(environments).where(eq(environments.id, id));
    return row?.state;
  };
  await expect.poll(read, patience).toBe(state);
}

test("killed at every moment of every step, the worker still does all of it, once", async () => {
  const started = performance.now();
  const delivered = new Map(lab.rack.nodes.map(({ name, password }) => [name, password]));
  const plain = await lab.enrol("plain");
  const dgx = await lab.enrol("dgx");
  await untilNode(plain, "available");
  await untilNode(dgx, "available");

  await givenPort(lab, plain, "eth-plain");
  await givenPort(lab, dgx, "eth-dgx");

  const environmentId = await launch("train");
  await untilEnvironment(environmentId, "ready");
  expect(Object.fromEntries(network.ports)).toEqual({ "eth-plain": 100, "eth-dgx": 100 });

  for (const [command, state] of [
    ["stop", "stopped"],
    ["start", "ready"],
    ["restart", "ready"],
    ["reinstall", "ready"],
  ] as const) {
    const result = await operateEnvironment(lab.app.db, tenant.grant("environment.operate"), {
      requestKey: randomUUID(),
      environmentId,
      command,
    });
    expect(result.ok).toBe(true);
    await untilEnvironment(environmentId, state);
  }

  // Of a node that a tenant holds: its controller gets another password, and nothing else happens.
  for (const nodeId of [plain, dgx]) {
    const order = { nodeId, order: "rotate" } as const;
    const ordered = await orderNode(lab.app.db, lab.operator("node.operate"), order);
    expect(ordered).toMatchObject({ ok: true });
  }
  const changing = async () => {
    const rows = await lab.worker.db
      .select()
      .from(operations)
      .where(eq(operations.kind, "node.rotate_credential"));
    return rows.map(({ state }) => state);
  };
  await expect.poll(changing, patience).toEqual(["succeeded", "succeeded"]);

  await release(environmentId, "train");
  await untilNode(plain, "available");
  await untilNode(dgx, "available");

  const ordered = await orderNode(lab.app.db, lab.operator("node.operate"), {
    nodeId: plain,
    order: "inspect",
    inspection: { level: "burn_in", seconds: 3 },
  });
  expect(ordered).toMatchObject({ ok: true });
  const inspected = async () => {
    const kept = await listInspections(lab.worker.db, plain, 9);
    return `${kept.length} ${kept[0]?.accepted} ${(await nodeState(lab, plain)).lifecycle}`;
  };
  await expect.poll(inspected, patience).toBe("1 true available");

  // Lent to a dry run: its script runs once, whoever is killed meanwhile.
  const script = {
    text: '#!/bin/sh\necho "CACHE=/data" >> "$INGOT_OUTPUTS"\n',
    outputs: ["CACHE"],
  };
  const hook = aHook({ name: "prepare", kind: "script", point: "after_bootstrap", script });
  await givenTemplate(lab, { hooks: [hook] });
  const { templateVersionId } = lab.fleet;
  const counts = { workers: 1 };
  const lent = await rehearseTemplate(lab.app.db, lab.operator("node.operate"), {
    ...{ templateVersionId, counts, inputs: {}, hook: null, nodeId: plain },
  });
  expect(lent).toMatchObject({ ok: true });
  await untilNode(plain, "available");
  const ran = await lab.worker.db.select().from(scriptRuns);
  expect(ran).toMatchObject([{ state: "succeeded", attempt: 1, outputs: { CACHE: "/data" } }]);
  expect(await lab.worker.db.select().from(dryCalls)).toMatchObject([{ answer: "done" }]);
  await givenTemplate(lab, { hooks: [] });

  const wanted = nodeOperationKinds.flatMap(pointsOf);
  // The last moment of the last step is noted after what it made true can be seen.
  const unvisited = () => {
    const visited = new Set(relay.visited());
    return wanted.filter((point) => !visited.has(point));
  };
  await expect.poll(unvisited, patience).toEqual([]);
  const visited = new Set(relay.visited());
  expect(relay.deaths()).toBeGreaterThanOrEqual(wanted.length);
  // Each controller has had three passwords, the lent one four, and has never refused more than one sign-in for each.
  for (const name of ["plain", "dgx"]) {
    const { password, requests } = lab.rack.control.report(name);
    expect(password).not.toBe(delivered.get(name));
    expect(requests.failedLogins).toBeLessThanOrEqual(2);
  }
  await nothingLeft();
  const seconds = (performance.now() - started) / 1000;
  console.log(
    `${relay.deaths()} workers killed at ${visited.size} moments in ${seconds.toFixed(0)} s`,
  );
}, 1_800_000);

test("killed at every moment of taking back, the worker still takes back all of it", async () => {
  const both = await lab.worker.db.select().from(nodes);
  for (const name of ["plain", "dgx"]) await lab.rack.control.setFaults(name, ["no-phone-home"]);
  const environmentId = await launch("abort");
  const waiting = async () => {
    const rows = await lab.worker.db
      .select()
      .from(operations)
      .where(and(eq(operations.environmentId, environmentId), eq(operations.step, "phone_home")));
    return rows.length;
  };
  await expect.poll(waiting, patience).toBe(2);
  const aborted = await abortEnvironment(lab.app.db, tenant.grant("environment.operate"), {
    environmentId,
  });
  expect(aborted).toMatchObject({ ok: true });
  await untilEnvironment(environmentId, "failed");
  expect(network.ports.size).toBe(0);

  const visited = new Set(relay.visited());
  const wanted = stepsOf("node.deploy")
    .filter((step) => step.name !== "hand_over")
    .flatMap((step) => moments.map((moment) => `node.deploy / undo ${step.name} / ${moment}`));
  expect(wanted.filter((point) => !visited.has(point))).toEqual([]);
  for (const name of ["plain", "dgx"]) {
    expect(lab.rack.control.report(name).power).toBe("Off");
    await lab.rack.control.setFaults(name, []);
  }
  await release(environmentId, "abort");
  for (const node of both) await untilNode(node.id, "available");
  await nothingLeft();
}, 1_800_000);

async function launch(name: string): Promise<Id<"environment">> {
  const result = await launchEnvironment(lab.app.db, tenant.grant("environment.launch"), {
    requestKey: randomUUID(),
    name,
    templateVersionId: lab.fleet.templateVersionId,
    imageId: lab.fleet.imageId,
    counts: { workers: 2 },
    sshKeyIds: [tenant.keyId],
    pastedKey: "",
  });
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
  return result.value.environmentId;
}

async function release(environmentId: Id<"environment">, confirmName: string) {
  const result = await releaseEnvironment(lab.app.db, tenant.grant("environment.release"), {
    requestKey: randomUUID(),
    environmentId,
    confirmName,
  });
  expect(result).toMatchObject({ ok: true });
  await untilEnvironment(environmentId, "released");
}

/** Every operation has ended, no invariant is broken, and no worker died of anything else. */
async function nothingLeft() {
  expect(failures).toEqual([]);
  const left = await lab.worker.db
    .select()
    .from(operations)
    .where(inArray(operations.state, ["ready", "running", "waiting", "stuck", "failed"]));
  expect(left).toEqual([]);
  expect(network.ports.size).toBe(0);
  const held = await lab.worker.db.select().from(poolItems).where(isNull(poolItems.releasedAt));
  expect(held).toEqual([]);
  expect(await brokenInvariants(lab.superuserUrl)).toEqual([]);
}
