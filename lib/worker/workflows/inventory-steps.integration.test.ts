import { eq } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Connection, connect, inScope } from "#db/client";
import { findDpuPairs, findFindings, listChanges } from "#db/queries/node-findings";
import { findNode } from "#db/queries/nodes";
import { insertOperation } from "#db/queries/operations";
import { allocations, environments } from "#db/schema/environments";
import { nodeChanges, nodeFindings } from "#db/schema/node-findings";
import { controllerCredentials, nodes, nodeTypes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { givenDatabase } from "#e2e/fixtures/database";
import { asOperator, givenFleet, givenTenant } from "#e2e/fixtures/launchable";
import { credentialPlace, newSealingKeys, seal } from "#lib/access/sealed";
import { createLog } from "#lib/config/log";
import type { Id } from "#lib/domain/id";
import { newId } from "#lib/domain/id";
import {
  type FixtureServer,
  goodCredential,
  type Resources,
  startFixtureServer,
} from "#lib/drivers/redfish/fixture-server.test-support";
import { redfishDriver } from "#lib/drivers/redfish/open-controller";
import { type NodeContext, nodeContext } from "#lib/worker/context";
import { createControllers } from "#lib/worker/controllers";
import type { Step } from "#lib/worker/workflow";
import { compare, inventory } from "#lib/worker/workflows/inventory-steps";

const { publicKey, privateKey } = newSealingKeys();
const log = createLog("test", "silent");
const link = (path: string) => ({ "@odata.id": path });

let database: Awaited<ReturnType<typeof givenDatabase>>;
let app: Connection;
let worker: Connection;
const servers: FixtureServer[] = [];

beforeAll(async () => {
  database = await givenDatabase();
  app = connect({ url: database.url, role: "ingot_app" });
  worker = connect({ url: database.url, role: "ingot_worker" });
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});
afterAll(async () => {
  await app.pool.end();
  await worker.pool.end();
  await database.drop();
});

/** A small host; every test has serial numbers of its own. */
function host(serial: string, mac: string): Resources {
  const system = "/redfish/v1/Systems/1";
  return {
    "/redfish/v1": {
      RedfishVersion: "1.15.0",
      Systems: link("/redfish/v1/Systems"),
      Links: { Sessions: link("/redfish/v1/SessionService/Sessions") },
    },
    "/redfish/v1/Systems": { Members: [link(system)] },
    [system]: {
      Id: "1",
      PowerState: "Off",
      SerialNumber: serial,
      UUID: "00112233-4455-6677-8899-aabbccddeeff",
      Boot: { BootSourceOverrideEnabled: "Disabled", BootSourceOverrideTarget: "None" },
      Actions: {
        "#ComputerSystem.Reset": {
          target: "/reset",
          "ResetType@Redfish.AllowableValues": ["On", "ForceOff"],
        },
      },
      Storage: link(`${system}/Storage`),
      EthernetInterfaces: link(`${system}/EthernetInterfaces`),
    },
    [`${system}/Storage`]: { Members: [link(`${system}/Storage/1`)] },
    [`${system}/Storage/1`]: { Drives: [link("/drive")] },
    "/drive": { Id: "0", Model: "NVMe", SerialNumber: "D1", CapacityBytes: 3.84e12 },
    [`${system}/EthernetInterfaces`]: { Members: [link("/nic")] },
    "/nic": { Id: "NIC1", MACAddress: mac },
  };
}

type Given = { nodeId: Id<"node">; name: string; server: FixtureServer; context: NodeContext };

async function givenNode(resources: Resources): Promise<Given> {
  const server = await startFixtureServer({ resources });
  servers.push(server);
  const fleet = await givenFleet(app.db, { racks: [1] });
  const [nodeId] = fleet.racks[0] ?? [];
  if (!nodeId) throw new Error("no node");
  const operationId = await asOperator(app.db, async (tx) => {
    const sealed = seal(publicKey, credentialPlace(nodeId), JSON.stringify(goodCredential));
    await tx.insert(controllerCredentials).values({ nodeId, sealed });
    await tx.update(nodeTypes).set({ spec: {} }).where(eq(nodeTypes.id, fleet.nodeTypeId));
    await tx
      .update(nodes)
      .set({
        lifecycle: "discovering",
        controllerAddress: server.address,
        controllerFingerprint: server.endpoint.fingerprint,
        controllerCertificate: server.endpoint.certificatePem,
      })
      .where(eq(nodes.id, nodeId));
    return insertOperation(tx, { kind: "node.enrol", nodeId });
  });
  const [operation] = await worker.db
    .select()
    .from(operations)
    .where(eq(operations.id, operationId));
  if (!operation) throw new Error("no operation");
  const controllers = createControllers({
    db: worker.db,
    openController: redfishDriver({ allowedNetworks: ["127.0.0.0/8"] }),
    openIpmiController: () => {
      throw new Error("no node here speaks IPMI");
    },
    readCertificate: () => Promise.reject(new Error("not asked for")),
    privateKey,
    idleMs: 60_000,
    log,
  });
  const context = nodeContext(
    {
      db: worker.db,
      controllers,
      networks: { open: () => Promise.reject(new Error("not asked for")), close: () => {} },
      fabrics: { open: () => Promise.reject(new Error("not asked for")), close: () => {} },
      readCertificate: () => Promise.reject(new Error("not asked for")),
      settings: {
        bootOrigin: "",
        bootSecret: "",
        credentialPrivateKey: "",
        bootLimitMs: 1,
        sanitizeLimitMs: 1,
        inspectLimitMs: 1,
        pollMs: 1,
      },
      log,
    },
    operation,
    { confirm: async () => {} } as NodeContext["hold"],
  );
  return { nodeId, name: (await context.node()).name, server, context };
}

/** Runs a step as the engine does: what it writes and its end are one transaction. */
async function run(step: Step<NodeContext>, { context }: Given) {
  const outcome = await step.run(context);
  if (outcome.kind !== "wait" && outcome.commit) await worker.db.transaction(outcome.commit);
  return outcome;
}

const reasonOf = (outcome: Awaited<ReturnType<typeof run>>) =>
  outcome.kind === "give_up" ? outcome.reason : outcome.kind;

const change = ({ server }: Given, path: string, more: object) => {
  server.resources[path] = { ...(server.resources[path] as object), ...more };
};

test("what was found is kept, and what changed since last time is said and kept", async () => {
  const node = await givenNode(host("A1", "5c:ff:35:00:0a:01"));
  expect(await run(inventory, node)).toMatchObject({ kind: "done" });
  expect(await listChanges(worker.db, node.nodeId, 9)).toEqual([]);
  const findings = await findFindings(worker.db, node.nodeId);
  expect(findings?.conformance?.rows.length).toBeGreaterThan(30);
  expect(findings?.sources.map(({ section }) => section)).toContain("drives");
  // A tenant may read a free node's row, so it has nothing of this.
  const kept = await findNode(worker.db, node.nodeId);
  expect(Object.keys(kept?.inventory ?? {})).not.toContain("conformance");

  change(node, "/drive", { SerialNumber: "D2" });
  const again = await run(inventory, node);
  expect(again).toMatchObject({
    kind: "done",
    detail: expect.stringContaining(
      "Since last time: The drive in 0 was replaced: NVMe D2 in the place of NVMe D1",
    ),
  });
  await run(inventory, node);
  const changes = await listChanges(worker.db, node.nodeId, 9);
  expect(changes.map((each) => each.changes.length)).toEqual([1]);
});

test.each([
  ["another serial number", { SerialNumber: "B2" }, /^Another machine answers .* B2, where B1 was/],
  ["another mainboard", { UUID: "ffffffff-ffff-ffff-ffff-ffffffffffff" }, /^The mainboard was ex/],
])("%s at the same address stops the node before anything is ordered", async (_, more, said) => {
  const node = await givenNode(host("B1", "5c:ff:35:00:0b:01"));
  await run(inventory, node);
  change(node, "/redfish/v1/Systems/1", more);
  const before = node.server.seen.length;
  expect(reasonOf(await run(inventory, node))).toMatch(said);
  // Asking again does not make it right.
  expect(reasonOf(await run(inventory, node))).toMatch(said);
  const sent = node.server.seen.slice(before).map(({ method }) => method);
  expect(new Set(sent)).toEqual(new Set(["GET"]));
  expect((await findNode(worker.db, node.nodeId))?.serial).toBe("B1");
  await worker.db.update(nodes).set({ lifecycle: "retired" }).where(eq(nodes.id, node.nodeId));
});

test("a controller without power control ends the enrolment with that sentence, and the report is kept", async () => {
  const resources = host("C1", "5c:ff:35:00:0c:01");
  resources["/redfish/v1/Systems/1"] = {
    ...(resources["/redfish/v1/Systems/1"] as object),
    Actions: {},
  };
  const node = await givenNode(resources);
  expect(reasonOf(await run(inventory, node))).toMatch(
    /^Nothing can be done with this node\. Turning the host on .* cannot be turned on from afar/,
  );
  const findings = await findFindings(worker.db, node.nodeId);
  expect(findings?.conformance?.rows.some(({ verdict }) => verdict === "fail")).toBe(true);
});

test("the same serial number in two nodes is refused with the other's name", async () => {
  const first = await givenNode(host("D1", "5c:ff:35:00:0d:01"));
  await run(inventory, first);
  expect(await run(compare, first)).toMatchObject({ kind: "done" });
  const second = await givenNode(host("D1", "5c:ff:35:00:0d:02"));
  await run(inventory, second);
  const reason = reasonOf(await run(compare, second));
  expect(reason).toContain(`that of ${first.name} (controller ${first.server.address})`);
  // The one that was there first is not held up by the refused one.
  await run(inventory, first);
  expect(await run(compare, first)).toMatchObject({ kind: "done" });
});

test("the same address to boot from in two nodes is refused with the other's name", async () => {
  const first = await givenNode(host("E1", "5c:ff:35:00:0e:01"));
  await run(inventory, first);
  const second = await givenNode(host("E2", "5c:ff:35:00:0e:01"));
  expect(reasonOf(await run(inventory, second))).toContain(`as that of ${first.name} has`);
  expect(await run(inventory, first)).toMatchObject({ kind: "done" });
});

test("a machine that a tenant held and nobody wiped is not offered again under another name", async () => {
  const before = await givenNode(host("J1", "5c:ff:35:00:12:01"));
  await run(inventory, before);
  const fleet = await givenFleet(app.db, { racks: [1] });
  const tenant = await givenTenant(app.db, { fleet, gpuLimit: 8 });
  await asOperator(app.db, async (tx) => {
    const environmentId = newId("environment");
    const of = { tenantId: tenant.tenantId, projectId: tenant.projectId };
    await tx.insert(environments).values({
      ...of,
      id: environmentId,
      templateVersionId: fleet.templateVersionId,
      imageId: fleet.imageId,
      name: "gone",
      groups: { workers: 1 },
      authorizedKeys: [],
      createdBy: tenant.userId,
    });
    await tx.insert(allocations).values({
      ...of,
      id: newId("allocation"),
      environmentId,
      nodeId: before.nodeId,
      groupName: "workers",
      profileId: fleet.profileId,
      gpuModel: "H100",
      gpus: 8,
      hostname: "gone-1",
      releasedAt: new Date(),
    });
    await tx.update(nodes).set({ lifecycle: "retired" }).where(eq(nodes.id, before.nodeId));
  });

  const again = await givenNode(host("J1", "5c:ff:35:00:12:01"));
  await run(inventory, again);
  expect(reasonOf(await run(compare, again))).toContain(`held this machine as ${before.name}`);
  expect((await findNode(worker.db, again.nodeId))?.lifecycle).toBe("quarantined");

  await worker.db
    .update(nodes)
    .set({ lifecycle: "validating", sanitizedAt: new Date() })
    .where(eq(nodes.id, again.nodeId));
  expect(await run(compare, again)).toMatchObject({ kind: "done" });
});

test("of two nodes with one serial number that come at once, never both get through", async () => {
  const both = await Promise.all([
    givenNode(host("F1", "5c:ff:35:00:0f:01")),
    givenNode(host("F1", "5c:ff:35:00:0f:02")),
  ]);
  const ends = await Promise.all(
    both.map(async (node) => {
      await run(inventory, node);
      return run(compare, node);
    }),
  );
  expect(ends.filter(({ kind }) => kind === "done").length).toBeLessThan(2);
});

test("a tenant reads nothing of a node's inside, and an operator does", async () => {
  const node = await givenNode(host("G1", "5c:ff:35:00:10:01"));
  await run(inventory, node);
  change(node, "/drive", { SerialNumber: "D2" });
  await run(inventory, node);
  const fleet = await givenFleet(app.db, { racks: [1] });
  const tenant = await givenTenant(app.db, { fleet, gpuLimit: 8, projectGpuLimit: 8 });
  const scope = { tenant: tenant.tenantId, user: tenant.userId, fleet: "" } as const;
  for (const table of [nodeFindings, nodeChanges]) {
    expect(await inScope(app.db, scope, (tx) => tx.select().from(table))).toEqual([]);
    const seen = await asOperator(app.db, (tx) => tx.select().from(table));
    expect(seen.length).toBeGreaterThan(0);
  }
});

test("a DPU and the host it sits in are found from either side", async () => {
  const server = await givenNode({
    ...host("H1", "5c:ff:35:00:11:01"),
    "/redfish/v1/Systems/1": {
      ...(host("H1", "")["/redfish/v1/Systems/1"] as object),
      Links: { Chassis: [link("/chassis")] },
    },
    "/chassis": { NetworkAdapters: link("/adapters") },
    "/adapters": { Members: [link("/adapters/1")] },
    "/adapters/1": { Id: "slot-1", Model: "BlueField-3 DPU", SerialNumber: "MT1" },
  });
  const card = await givenNode({
    ...host("MT1", "5c:ff:35:00:11:02"),
    "/redfish/v1/Systems/1": {
      ...(host("MT1", "")["/redfish/v1/Systems/1"] as object),
      Model: "BlueField-3 SmartNIC Main Card",
      Oem: { Nvidia: { Mode: "DpuMode" } },
    },
  });
  for (const node of [server, card]) {
    expect(await run(inventory, node)).toMatchObject({ kind: "done" });
    // The card's serial number in both is no twin: one is a part of the other.
    expect(await run(compare, node)).toMatchObject({ kind: "done" });
  }
  for (const [node, other] of [
    [server, card],
    [card, server],
  ] as const) {
    const dpus = (await findNode(worker.db, node.nodeId))?.inventory?.dpus ?? [];
    expect(dpus).toMatchObject([{ serial: "MT1", mode: node === card ? "dpu" : null }]);
    expect(await findDpuPairs(worker.db, node.nodeId, dpus)).toEqual([
      { serial: "MT1", nodeId: other.nodeId, name: other.name },
    ]);
  }
});
