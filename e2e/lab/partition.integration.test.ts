import { randomUUID } from "node:crypto";
import { and, eq, sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { templateVersions } from "#db/schema/catalogue";
import { inspections } from "#db/schema/inspections";
import { nodePartitions } from "#db/schema/networks";
import { nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { poolItems } from "#db/schema/pools";
import { racks } from "#db/schema/sites";
import { brokenInvariants } from "#e2e/fixtures/invariants";
import { givenLab, type Lab, loopback, nodeState } from "#e2e/fixtures/lab";
import { asOperator, type GivenTenant, givenTenant } from "#e2e/fixtures/launchable";
import { startWorker, untilEnvironment, untilNode } from "#e2e/fixtures/worker";
import { must } from "#e2e/world/acting";
import { createPool } from "#lib/commands/create-pool";
import { launchEnvironment } from "#lib/commands/launch-environment";
import { orderNode } from "#lib/commands/order-node";
import { releaseEnvironment } from "#lib/commands/release-environment";
import { removeFabricManager } from "#lib/commands/remove-fabric-manager";
import { setAsideNode } from "#lib/commands/set-aside-node";
import { setFabricManager } from "#lib/commands/set-fabric-manager";
import { type Id, newId } from "#lib/domain/id";
import type { HostFacts } from "#lib/domain/inspection/host-facts";
import { startUfm, type Ufm } from "#lib/drivers/http-network/ufm.test-support";
import { portDrifts } from "#lib/views/port-drifts";
import { workerDrivers } from "#lib/worker/drivers";
import { createFabrics } from "#lib/worker/fabrics";
import { watchPartitions } from "#lib/worker/reconcilers/watch-partitions";

// A rack whose InfiniBand ports are put into their environment's partition by the site's fabric
// manager, with a real worker between: on the way in, on the way out, and when it will not.

let lab: Lab;
let tenant: GivenTenant;
let worker: ReturnType<typeof startWorker>;
let ufm: Ufm;
let siteId: Id<"site">;
let nodeId: Id<"node">;
let guids: string[];

beforeAll(async () => {
  lab = await givenLab({
    network: 51,
    rack: { nodes: [{ name: "a", flavour: "plain" }] },
    settings: { powerLimitMs: 2_000 },
  });
  tenant = await givenTenant(lab.app.db, { fleet: lab.fleet, gpuLimit: 16, gpuModel: "H100" });
  ufm = await startUfm();
  worker = startWorker(lab);
  guids = [...(lab.rack.nodes[0]?.infinibandGuids ?? [])].sort();
  const [rack] = await asOperator(lab.app.db, (tx) => tx.select().from(racks));
  if (!rack) throw new Error("the lab has no rack");
  siteId = rack.siteId;
  await asOperator(lab.app.db, (tx) =>
    tx
      .update(templateVersions)
      .set({ network: { isPrivate: false, hasPartition: true, publicAddresses: "none" } })
      .where(eq(templateVersions.id, lab.fleet.templateVersionId)),
  );
  const pool = { kind: "pkey" as const, name: "partitions", ranges: "0x10-0x1f", itemLength: null };
  const rest = { siteId, warnPercent: 80, cooldownMinutes: 0 };
  must(await createPool(lab.app.db, lab.operator("pool.edit"), { ...pool, ...rest }));
  const { address, certificatePem, username, password } = ufm;
  const manager = { siteId, address, certificatePem, username, password };
  must(
    await setFabricManager(lab.app.db, lab.operator("credential.edit"), manager, lab.sealingKey),
  );
  nodeId = await lab.enrol("a");
});

afterEach(() => {
  ufm.badly = undefined;
  ufm.refuses = undefined;
});

afterAll(async () => {
  await worker?.stop();
  ufm?.close();
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

const saysNothing: HostFacts = {
  ...{ kernel: null, firmware: null, gpus: null, tpm: null, secureBoot: null },
  system: {
    ...{ manufacturer: null, model: null, serial: null, uuid: null, boardSerial: null },
    ...{ biosVendor: null, biosVersion: null, biosDate: null },
  },
  cpu: { model: null, sockets: null, cores: null, threads: null },
  memory: { totalMib: null, modules: null },
  ...{ drives: [], nics: [], infiniband: [], pci: [] },
};

const keyOf = async (environmentId: Id<"environment">) => {
  const [item] = await lab.worker.db
    .select()
    .from(poolItems)
    .where(eq(poolItems.environmentId, environmentId));
  return item;
};

const partition = async () => {
  const [row] = await lab.worker.db
    .select()
    .from(nodePartitions)
    .where(eq(nodePartitions.nodeId, nodeId));
  return row;
};

/** What the fabric manager holds, by P_Key. */
const held = () =>
  Object.fromEntries(
    [...ufm.partitions].map(([key, members]) => [key, [...members.keys()].sort()]),
  );

test("a node's ports join its environment's partition before it boots, and leave it first", async () => {
  await untilNode(lab, nodeId, "available");
  expect(guids).toHaveLength(8);
  const environmentId = await launch("joined");
  await untilEnvironment(lab, environmentId, "ready");
  const pkey = `0x${(await keyOf(environmentId))?.value.toString(16)}`;
  expect(held()).toEqual({ [pkey]: guids });
  expect(await partition()).toMatchObject({ isWanted: true, environmentId, guids, drift: null });

  // Somebody else changes the fabric: it is seen, told, and left to a person.
  const fabrics = createFabrics({
    db: lab.worker.db,
    openFabric: workerDrivers({
      controllerNetworks: loopback,
      nodeNetworks: loopback,
      providerNetworks: loopback,
      scrapeMs: 1,
    }).openFabric,
    privateKey: lab.settings.credentialPrivateKey,
  });
  const look = async () => {
    await watchPartitions({ db: lab.worker.db, fabrics });
    return (await portDrifts(lab.app.db, lab.operator("fleet.read"))).map((drift) => drift.words);
  };
  expect(await look()).toEqual([]);
  ufm.partitions.get(pkey)?.delete(guids[0] ?? "");
  expect(await look()).toEqual([`1 of its 8 ports is not in the partition 0x0010: ${guids[0]}.`]);
  ufm.partitions.get(pkey)?.set(guids[0] ?? "", "full");
  ufm.partitions.set("0x11", new Map([[guids[1] ?? "", "full"]]));
  expect(await look()).toEqual([
    "Its ports are in the partition 0x0011, which they should not be in.",
  ]);
  ufm.partitions.delete("0x11");
  ufm.badly = (_, response) => response.end("<html>");
  expect(await look()).toEqual(["Its partition could not be read: its answer is not JSON."]);
  ufm.badly = undefined;
  expect(await look()).toEqual([]);
  fabrics.close();

  // While it holds ports in a partition, the manager can neither be taken away nor exchanged.
  const may = lab.operator("credential.edit");
  expect(await removeFabricManager(lab.app.db, may, { siteId })).toMatchObject({
    refusal: { kind: "in_use", by: ["a"] },
  });
  const { certificatePem, username, password } = ufm;
  const elsewhere = { siteId, address: "127.0.0.1:1", certificatePem, username, password };
  expect(await setFabricManager(lab.app.db, may, elsewhere, lab.sealingKey)).toMatchObject({
    refusal: { kind: "in_use" },
  });

  await release(environmentId, "joined");
  await untilEnvironment(lab, environmentId, "released");
  expect(held()).toEqual({});
  expect((await keyOf(environmentId))?.releasedAt).toBeTruthy();
  await untilNode(lab, nodeId, "available");
  expect(await partition()).toMatchObject({ pkey: null, environmentId: null, guids: [] });
});

// Guarantee: ports that cannot be taken out of a partition keep its P_Key from everybody. Goes red
// when the P_Key is given back while a node's ports may still be in it.
test("a release whose ports will not leave is stuck, and its P_Key is given to nobody", async () => {
  const environmentId = await launch("held");
  await untilEnvironment(lab, environmentId, "ready");
  ufm.refuses = "DELETE";
  await release(environmentId, "held");
  const reclaim = async () => {
    const [row] = await lab.worker.db
      .select()
      .from(operations)
      .where(and(eq(operations.step, "detach_partition"), eq(operations.kind, "node.reclaim")));
    return row && `${row.state}: ${row.waitReason?.split("/pkeys")[0]}`;
  };
  await expect
    .poll(reclaim, { timeout: 60_000 })
    .toBe("stuck: the fabric manager: 400 to DELETE /ufmRest/resources");
  must(
    await setAsideNode(lab.app.db, lab.operator("node.operate"), {
      nodeId,
      to: "quarantined",
      reason: "its ports are stuck",
    }),
  );
  await untilEnvironment(lab, environmentId, "released");
  expect((await keyOf(environmentId))?.releasedAt).toBeNull();

  ufm.refuses = undefined;
  must(await orderNode(lab.app.db, lab.operator("node.operate"), { nodeId, order: "sanitize" }));
  await untilNode(lab, nodeId, "available");
  expect(held()).toEqual({});
  expect((await keyOf(environmentId))?.releasedAt).toBeTruthy();
});

test("a launch that the fabric manager refuses leaves no trace, there or here", async () => {
  ufm.refuses = "POST";
  const environmentId = await launch("refused");
  await untilEnvironment(lab, environmentId, "failed");
  expect((await nodeState(lab, nodeId)).lifecycleReason).toContain(
    "The fabric manager: 400 to POST /ufmRest/resources/pkeys/: Invalid Input Parameters.",
  );
  expect(held()).toEqual({});
  expect(await partition()).toMatchObject({ pkey: null, environmentId: null });
  await release(environmentId, "refused");
  await untilEnvironment(lab, environmentId, "released");
  expect((await keyOf(environmentId))?.releasedAt).toBeTruthy();
  must(await orderNode(lab.app.db, lab.operator("node.operate"), { nodeId, order: "sanitize" }));
  ufm.refuses = undefined;
  await untilNode(lab, nodeId, "available");
});

test("a node whose ports tell no GUID is not handed over outside of its partition", async () => {
  await lab.worker.db
    .update(nodes)
    .set({ inventory: sql`${nodes.inventory} #- '{nics,2,portGuid}'` })
    .where(eq(nodes.id, nodeId));
  const environmentId = await launch("unknown");
  await untilEnvironment(lab, environmentId, "failed");
  expect((await nodeState(lab, nodeId)).lifecycleReason).toContain(
    "Of its 8 InfiniBand ports the GUIDs of 7 are known",
  );
  expect(held()).toEqual({});
  await release(environmentId, "unknown");
  await untilEnvironment(lab, environmentId, "released");
});

test("a GUID that only the host tells, in an inspection that was accepted, is used", async () => {
  must(await orderNode(lab.app.db, lab.operator("node.operate"), { nodeId, order: "sanitize" }));
  await untilNode(lab, nodeId, "available");
  const withoutGuid = sql`${nodes.inventory} #- '{nics,2,portGuid}'`;
  await lab.worker.db.update(nodes).set({ inventory: withoutGuid }).where(eq(nodes.id, nodeId));
  const [of] = await lab.worker.db.select().from(operations).where(eq(operations.nodeId, nodeId));
  if (!of) throw new Error("the node had no operation");
  const infiniband = guids.map((guid, n) => ({
    device: `mlx5_${n}`,
    port: 1,
    guid: guid.toUpperCase(),
    rate: "400 Gb/sec (4X NDR)",
    state: "ACTIVE",
  }));
  await lab.worker.db.insert(inspections).values({
    ...{ id: newId("inspection"), nodeId, operationId: of.id, ordered: { level: "inspect" } },
    ...{ accepted: true, verdict: "The host agrees with its controller" },
    facts: { ...saysNothing, infiniband },
  });
  const environmentId = await launch("in-band");
  await untilEnvironment(lab, environmentId, "ready");
  expect(await partition()).toMatchObject({ guids });
  await release(environmentId, "in-band");
  await untilEnvironment(lab, environmentId, "released");
  await untilNode(lab, nodeId, "available");
});

test("the invariants hold at the end", async () => {
  expect(await brokenInvariants(lab.superuserUrl)).toEqual([]);
});
