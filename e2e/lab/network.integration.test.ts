import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { nodePorts } from "#db/schema/networks";
import { operationSteps, operations } from "#db/schema/operations";
import { poolItems } from "#db/schema/pools";
import { brokenInvariants } from "#e2e/fixtures/invariants";
import { givenLab, type Lab, loopback, nodeState } from "#e2e/fixtures/lab";
import { type GivenTenant, givenTenant } from "#e2e/fixtures/launchable";
import { givenDriver, givenPort, givenPrivateNetwork } from "#e2e/fixtures/network";
import { startWorker, untilEnvironment, untilNode } from "#e2e/fixtures/worker";
import { must } from "#e2e/world/acting";
import { launchEnvironment } from "#lib/commands/launch-environment";
import { orderNode } from "#lib/commands/order-node";
import { releaseEnvironment } from "#lib/commands/release-environment";
import { removeSiteNetwork } from "#lib/commands/remove-site-network";
import { setAsideNode } from "#lib/commands/set-aside-node";
import { setNodePort } from "#lib/commands/set-node-port";
import { setSiteNetwork } from "#lib/commands/set-site-network";
import type { Id } from "#lib/domain/id";
import {
  type SiteController,
  startSiteController,
} from "#lib/drivers/http-network/site-controller.test-support";
import { portDrifts } from "#lib/views/port-drifts";
import { workerDrivers } from "#lib/worker/drivers";
import { createNetworks } from "#lib/worker/networks";
import { watchPorts } from "#lib/worker/reconcilers/watch-ports";

// A rack whose nodes are joined to their environment's VLAN by the site's own network controller,
// with a real worker between: on the way in, on the way out, and when the controller will not.

let lab: Lab;
let tenant: GivenTenant;
let worker: ReturnType<typeof startWorker>;
let controller: SiteController;
let siteId: Id<"site">;
let nodeId: Id<"node">;

beforeAll(async () => {
  lab = await givenLab({
    network: 48,
    rack: { nodes: [{ name: "a", flavour: "plain" }] },
    settings: { powerLimitMs: 2_000 },
  });
  tenant = await givenTenant(lab.app.db, { fleet: lab.fleet, gpuLimit: 16, gpuModel: "H100" });
  controller = await startSiteController();
  worker = startWorker(lab);
  siteId = await givenPrivateNetwork(lab);
  nodeId = await lab.enrol("a");
});

afterEach(() => {
  controller.badly = undefined;
});

afterAll(async () => {
  await worker?.stop();
  controller?.close();
  await lab?.close();
});

const launch = async (name: string) =>
  must(
    await launchEnvironment(lab.app.db, tenant.grant("environment.launch"), {
      requestKey: randomUUID(),
      name,
      templateVersionId: lab.fleet.templateVersionId,
      imageId: lab.fleet.imageId,
      counts: { workers: 1 },
      sshKeyIds: [tenant.keyId],
      pastedKey: "",
    }),
  ).environmentId;

const release = async (environmentId: Id<"environment">, confirmName: string) =>
  must(
    await releaseEnvironment(lab.app.db, tenant.grant("environment.release"), {
      requestKey: randomUUID(),
      environmentId,
      confirmName,
    }),
  );

/** What a step has come to in the newest operation that has it. */
async function step(name: string) {
  const rows = await lab.worker.db
    .select({ state: operations.state, detail: operationSteps.detail, at: operations.createdAt })
    .from(operations)
    .innerJoin(operationSteps, eq(operationSteps.operationId, operations.id))
    .where(eq(operationSteps.name, name));
  return rows.sort((a, b) => Number(b.at) - Number(a.at))[0];
}

const vlanOf = async (environmentId: Id<"environment">) =>
  (
    await lab.worker.db.select().from(poolItems).where(eq(poolItems.environmentId, environmentId))
  ).find((item) => item.kind === "vlan");

const port = async () => {
  const [row] = await lab.worker.db.select().from(nodePorts).where(eq(nodePorts.nodeId, nodeId));
  return row;
};

test("a site without a driver says so in the step, and launches as before", async () => {
  await untilNode(lab, nodeId, "available");
  const environmentId = await launch("alone");
  await untilEnvironment(lab, environmentId, "ready");
  expect((await step("attach_network"))?.detail).toContain("no network driver");
  await release(environmentId, "alone");
  await untilEnvironment(lab, environmentId, "released");
  await untilNode(lab, nodeId, "available");
});

test("a node is joined to its environment's VLAN before it boots, and leaves it first", async () => {
  await givenDriver(lab, siteId, controller);
  await givenPort(lab, nodeId, "eth1");
  const environmentId = await launch("joined");
  await untilEnvironment(lab, environmentId, "ready");
  const vlan = Number((await vlanOf(environmentId))?.value);
  expect(controller.ports).toEqual(new Map([["eth1", vlan]]));
  expect(await port()).toMatchObject({ wantedVlan: vlan, seenVlans: [vlan], environmentId });

  // Somebody else moves the port: it is seen, told, and left to a person.
  const networks = createNetworks({
    db: lab.worker.db,
    openNetwork: workerDrivers({
      controllerNetworks: loopback,
      providerNetworks: loopback,
      nodeNetworks: loopback,
      scrapeMs: 1,
    }).openNetwork,
    privateKey: lab.settings.credentialPrivateKey,
  });
  const look = async () => {
    await watchPorts({ db: lab.worker.db, networks });
    return (await portDrifts(lab.app.db, lab.operator("fleet.read"))).map((drift) => drift.words);
  };
  expect(await look()).toEqual([]);
  controller.ports.set("eth1", 999);
  expect(await look()).toEqual(["The port carries VLAN 999, which it should not."]);
  controller.badly = (_, response) => response.end("<html>");
  expect(await look()).toEqual(["The port could not be read: its answer is not JSON."]);
  controller.badly = undefined;
  controller.ports.set("eth1", vlan);
  expect(await look()).toEqual([]);
  networks.close();

  // While it holds a node on its network, neither the port nor the driver can be taken away.
  const noPort = { nodeId, port: "" };
  expect((await setNodePort(lab.app.db, lab.operator("node.enrol"), noPort)).ok).toBe(false);
  const may = lab.operator("credential.edit");
  const bridge = { siteId, driver: "linux_bridge", bridge: "br0", namespace: "" } as const;
  expect(await setSiteNetwork(lab.app.db, may, bridge, lab.sealingKey)).toMatchObject({
    refusal: { kind: "in_use" },
  });
  const { certificatePem, secret } = controller;
  const elsewhere = {
    siteId,
    driver: "http",
    address: "127.0.0.1:1",
    certificatePem,
    secret,
  } as const;
  expect(await setSiteNetwork(lab.app.db, may, elsewhere, lab.sealingKey)).toMatchObject({
    refusal: { kind: "in_use" },
  });
  expect(await removeSiteNetwork(lab.app.db, may, { siteId })).toMatchObject({
    refusal: { kind: "in_use", by: ["a"] },
  });

  await release(environmentId, "joined");
  await untilEnvironment(lab, environmentId, "released");
  expect(controller.ports.size).toBe(0);
  expect((await vlanOf(environmentId))?.releasedAt).toBeTruthy();
  await untilNode(lab, nodeId, "available");
  expect(await port()).toMatchObject({ wantedVlan: null, environmentId: null, drift: null });
});

// Guarantee: a node that cannot be taken off its network is never wiped, never available, and its
// VLAN is given to nobody. Goes red when a failing detach is passed over.
test("a release whose port will not leave the VLAN is stuck, and ends when it does", async () => {
  const environmentId = await launch("held");
  await untilEnvironment(lab, environmentId, "ready");
  controller.badly = (_, response) => response.writeHead(403).end("locked by the night shift");
  await release(environmentId, "held");
  const reclaim = async () => {
    const [row] = await lab.worker.db
      .select()
      .from(operations)
      .where(eq(operations.step, "detach_network"));
    return row && `${row.kind} ${row.state}: ${row.waitReason}`;
  };
  await expect
    .poll(reclaim, { timeout: 120_000 })
    .toBe(
      "node.reclaim stuck: the network driver: 403 to GET /ports/eth1: locked by the night shift",
    );
  expect((await nodeState(lab, nodeId)).lifecycle).toBe("releasing");
  expect((await vlanOf(environmentId))?.releasedAt).toBeNull();

  // An operator takes the node aside: the tenant's release is over, the VLAN is still on the port.
  must(
    await setAsideNode(lab.app.db, lab.operator("node.operate"), {
      nodeId,
      to: "quarantined",
      reason: "its port is stuck",
    }),
  );
  await untilEnvironment(lab, environmentId, "released");
  expect((await vlanOf(environmentId))?.releasedAt).toBeNull();

  controller.badly = undefined;
  must(await orderNode(lab.app.db, lab.operator("node.operate"), { nodeId, order: "sanitize" }));
  await untilNode(lab, nodeId, "available");
  expect(controller.ports.size).toBe(0);
  expect((await vlanOf(environmentId))?.releasedAt).toBeTruthy();
});

test("a bridge is entered in the place of the controller, and its failures are told", async () => {
  const may = lab.operator("credential.edit");
  const bridge = { siteId, driver: "linux_bridge", bridge: "br-none", namespace: "" } as const;
  must(await setSiteNetwork(lab.app.db, may, bridge, lab.sealingKey));
  const networks = createNetworks({
    db: lab.worker.db,
    openNetwork: workerDrivers({
      controllerNetworks: loopback,
      providerNetworks: loopback,
      nodeNetworks: loopback,
      scrapeMs: 1,
    }).openNetwork,
    privateKey: lab.settings.credentialPrivateKey,
  });
  const open = await networks.open(siteId);
  // This machine's own iproute2 says so, of a device that is not there.
  await expect(open?.read("eth-none")).rejects.toMatchObject({ name: "NetworkError" });
});

test("a node without a port is not handed over on an open network", async () => {
  await givenPort(lab, nodeId, "");
  const environmentId = await launch("portless");
  await untilEnvironment(lab, environmentId, "failed");
  expect((await nodeState(lab, nodeId)).lifecycleReason).toContain("No switch port is entered");
  await release(environmentId, "portless");
  await untilEnvironment(lab, environmentId, "released");
});

test("the invariants hold at the end", async () => {
  expect(await brokenInvariants(lab.superuserUrl)).toEqual([]);
});
