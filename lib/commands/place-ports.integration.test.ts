import { randomUUID } from "node:crypto";
import { desc, eq, inArray } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findPlace } from "#db/queries/fabrics";
import { takeFreeNodes } from "#db/queries/free-nodes";
import { auditEvents } from "#db/schema/audit-events";
import { templateVersions } from "#db/schema/catalogue";
import { fabricPorts } from "#db/schema/fabrics";
import { inspections } from "#db/schema/inspections";
import { nodes, nodeTypes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { racks } from "#db/schema/sites";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { asOperator, type GivenFleet, givenFleet, givenTenant } from "#e2e/fixtures/launchable";
import { givenFleetGrant } from "#e2e/fixtures/people";
import { must } from "#e2e/world/acting";
import { cableList, ibnetdiscoverOf } from "#e2e/world/fabric";
import type { Grant } from "#lib/access/authorize";
import { acceptNvlinkDomain } from "#lib/commands/accept-nvlink-domain";
import { createFabric } from "#lib/commands/create-fabric";
import { launchEnvironment } from "#lib/commands/launch-environment";
import { placePorts } from "#lib/commands/place-ports";
import { removeFabric } from "#lib/commands/remove-fabric";
import { setNvlinkMembers } from "#lib/commands/set-nvlink-members";
import { layWords, likelyPlaces, type NodePlace } from "#lib/domain/fabric/node-place";
import { type Id, newId } from "#lib/domain/id";
import type { HostFacts } from "#lib/domain/inspection/host-facts";
import type { Inventory } from "#lib/domain/node/inventory";
import { refusalMessage } from "#lib/domain/refusal";
import { readPortSheet } from "#lib/schemas/port-sheet";
import { fabricDetail } from "#lib/views/fabric-detail";
import { fabricsView } from "#lib/views/fabrics";
import { launchPreflight } from "#lib/views/launch-preflight";
import { nvlinkNodes } from "#lib/views/nvlink-nodes";
import { portPlan } from "#lib/views/port-plan";

let db: GivenConnections;
let may: Grant<"node.enrol">;
let read: Grant<"fleet.read">;
beforeAll(async () => {
  db = await givenConnections();
  may = await givenFleetGrant(db.app, "node.enrol");
  read = await givenFleetGrant(db.app, "fleet.read");
});
afterAll(() => db?.close());

type Site = {
  fleet: GivenFleet;
  siteId: Id<"site">;
  fabricId: Id<"fabric">;
  /** With the GUIDs of two ports each. */
  cabled: { name: string; infinibandGuids: string[] }[];
};

let made = 0;
/** Free nodes in racks of the given sizes, two InfiniBand ports each, and a fabric without a port. */
async function givenSite(sizes: number[]): Promise<Site> {
  const fleet = await givenFleet(db.app, { racks: sizes });
  const prefix = `${++made}`.padStart(4, "a");
  const { siteId, cabled } = await asOperator(db.app, async (tx) => {
    await tx
      .update(nodeTypes)
      .set({ spec: { nics: { infinibandGbps: 400 } } })
      .where(eq(nodeTypes.id, fleet.nodeTypeId));
    await tx
      .update(templateVersions)
      .set({ network: { isPrivate: false, hasPartition: true, publicAddresses: "none" } })
      .where(eq(templateVersions.id, fleet.templateVersionId));
    const cabled: Site["cabled"] = [];
    for (const [rack, ids] of fleet.racks.entries()) {
      for (const [slot, id] of ids.entries()) {
        // Two racks to a unit of leaves, by the name.
        const name = `gpu${prefix}-r${rack + 1}-n${slot + 1}`;
        const infinibandGuids = [0, 1].map(
          (at) => `${prefix}00000000${rack + 1}${String(slot).padStart(2, "0")}${at}`,
        );
        const nics: Inventory["nics"] = infinibandGuids.map((portGuid, at) => ({
          slot: `NIC${at}/0`,
          mac: null,
          model: null,
          kind: "infiniband",
          speedGbps: null,
          linkUp: true,
          portGuid,
        }));
        await tx
          .update(nodes)
          .set({ name, inventory: { nics, gpus: [] } as unknown as Inventory })
          .where(eq(nodes.id, id));
        cabled.push({ name, infinibandGuids });
      }
    }
    const [node] = await tx
      .select({ siteId: racks.siteId })
      .from(nodes)
      .innerJoin(racks, eq(racks.id, nodes.rackId))
      .where(inArray(nodes.id, fleet.racks.flat()));
    if (!node) throw new Error("the fleet has no node");
    return { siteId: node.siteId, cabled };
  });
  const name = `compute-${made}`;
  const { fabricId } = must(await createFabric(db.app, may, { siteId, kind: "infiniband", name }));
  return { fleet, siteId, fabricId, cabled };
}

const place = (site: Site, text: string, isWhole = true) =>
  placePorts(db.app, may, { fabricId: site.fabricId, isWhole }, must(readPortSheet(text)));

test("ports are placed by a list, then by the fabric itself, and what is wrong shows", async () => {
  const site = await givenSite([2]);
  const [a, b] = site.cabled;
  const before = await fabricsView(db.app, read);
  expect(before.sites.find((each) => each.id === site.siteId)?.unplaced).toBe(4);

  const sheet = must(readPortSheet(cableList(site.cabled)));
  const input = { fabricId: site.fabricId, isWhole: true };
  const plan = must(await portPlan(db.app, may, input, sheet));
  expect(plan.lines.map((line) => [line.outcome, line.node?.name, line.rail])).toEqual([
    ["new", a?.name, "1"],
    ["new", a?.name, "2"],
    ["new", b?.name, "1"],
    ["new", b?.name, "2"],
  ]);
  // A dry run writes nothing.
  expect((await fabricDetail(db.app, read, site.fabricId))?.leaves).toEqual([]);
  must(await place(site, cableList(site.cabled)));

  // The fabric tells rates, and a port of nobody; it knows no rails, and the list's are kept.
  const stranger = { name: "storage", infinibandGuids: ["feed000000000001"] };
  const told = ibnetdiscoverOf([...site.cabled, stranger]).replace("4xNDR", "4xHDR");
  must(await place(site, told));
  const fabric = await fabricDetail(db.app, read, site.fabricId);
  expect(fabric).toMatchObject({
    placesFrom: "ibnetdiscover",
    placesDetail: "Mon Sep  7 10:00:00 2026",
    groups: [{ leaves: ["leaf-1-1", "leaf-1-2"], nodes: 2, free: 2 }],
    leaves: [
      { leaf: "leaf-1-1", rails: ["1"], ports: 3, nodes: 2, slow: 1, down: 0 },
      { leaf: "leaf-1-2", rails: ["2"], ports: 2, nodes: 2, slow: 0 },
    ],
  });
  const slow = fabric?.ports.find((port) => port.state === "slow");
  expect(slow).toMatchObject({
    node: { name: a?.name },
    slot: "NIC0/0",
    leaf: "leaf-1-1",
    rail: "1",
    words: "200 Gb/s, and the node type expects 400.",
  });
  expect(fabric?.ports.find((port) => port.guid === "feed000000000001")?.node).toBeNull();

  // Of what is no whole nothing leaves; an empty whole is taken for a mistake.
  const alone = cableList(site.cabled.slice(0, 1));
  expect(must(await place(site, alone, false)).gone).toBe(0);
  expect(must(await place(site, alone)).gone).toBe(3);
  const wrong = await place(site, "guid,leaf\nxyz,leaf-1");
  expect(wrong.ok || refusalMessage(wrong.refusal)).toBe("No line of it can be taken.");

  // What a worker would write beside a new inventory is what the import wrote.
  const [node] = await db.worker
    .select()
    .from(nodes)
    .where(eq(nodes.name, a?.name ?? ""));
  const ports = node?.inventory?.nics ?? [];
  expect(await findPlace(db.worker, node?.id ?? ("" as Id<"node">), ports)).toEqual({
    fabricKey: node?.fabricKey,
    leafKeys: node?.leafKeys,
  });
  expect(node?.leafKeys).toEqual([`${site.fabricId} leaf-1-1`, `${site.fabricId} leaf-1-2`]);

  must(await removeFabric(db.app, may, { fabricId: site.fabricId }));
  expect(await db.worker.select().from(fabricPorts)).toEqual([]);
  const [after] = await db.worker
    .select()
    .from(nodes)
    .where(eq(nodes.name, a?.name ?? ""));
  expect(after?.leafKeys).toBeNull();
});

test("a launch takes nodes of the same leaves, and a preflight says so before", async () => {
  // Leaves of racks 1 and 2 together, and of racks 3 and 4: five nodes and three.
  const site = await givenSite([4, 1, 2, 1]);
  must(await place(site, cableList(site.cabled)));
  const tenant = await givenTenant(db.app, { fleet: site.fleet, gpuLimit: 640 });
  const words = async (workers: number) => {
    const preflight = await launchPreflight(db.app, tenant.grant("environment.launch"), {
      templateVersionId: site.fleet.templateVersionId,
      imageId: site.fleet.imageId,
      name: "train",
      counts: { workers },
    });
    const check = preflight?.checks.find((each) => each.title === "Place on InfiniBand");
    return check && `${check.verdict}: ${check.words}`;
  };
  expect(await words(1)).toBeUndefined();
  expect(await words(3)).toBe("ok: 3 nodes on the same 2 leaves.");
  expect(await words(5)).toBe("ok: 5 nodes on the same 2 leaves.");
  expect(await words(7)).toBe("warn: 7 nodes across 4 leaves.");

  // What is taken is what was said, for every number of nodes.
  const all = await db.worker
    .select()
    .from(nodes)
    .where(inArray(nodes.id, site.fleet.racks.flat()));
  const placeOfNode = new Map(
    all.map((node): [Id<"node">, NodePlace] => [
      node.id,
      { fabricKey: node.fabricKey ?? "", leafKeys: node.leafKeys ?? [] },
    ]),
  );
  const free = [...Map.groupBy(placeOfNode.values(), (each) => each.leafKeys.join()).values()].map(
    (group) => ({ place: group[0] ?? null, free: group.length }),
  );
  for (let count = 1; count <= 8; count++) {
    const taken = await asOperator(db.app, (tx) =>
      takeFreeNodes(tx, [{ nodeTypeId: site.fleet.nodeTypeId, count, onLeaves: true }]),
    );
    if (!taken.ok) throw new Error("some nodes are not free");
    const places = [...taken.nodes.values()].flat().map((node) => placeOfNode.get(node.id) ?? null);
    expect(layWords(places)).toEqual(layWords(likelyPlaces(free, count)));
  }

  const launched = await launchEnvironment(db.app, tenant.grant("environment.launch"), {
    requestKey: randomUUID(),
    name: "train",
    templateVersionId: site.fleet.templateVersionId,
    imageId: site.fleet.imageId,
    counts: { workers: 3 },
    sshKeyIds: [tenant.keyId],
    pastedKey: "",
  });
  // The template asks for a P_Key, and the site has no pool of them.
  expect(launched.ok || refusalMessage(launched.refusal)).toContain("no pool");
});

test("an NVLink domain has the nodes it is given, and a node is in one", async () => {
  const site = await givenSite([2]);
  const { siteId } = site;
  const names = site.cabled.map((node) => node.name);
  const domain = async (name: string) =>
    must(await createFabric(db.app, may, { siteId, kind: "nvlink", name })).fabricId;
  const [first, second] = [await domain("nvl-1"), await domain("nvl-2")];
  must(await setNvlinkMembers(db.app, may, { fabricId: first, nodes: names }));
  const detail = await fabricDetail(db.app, read, first);
  expect(detail?.members.map((node) => node.name)).toEqual(names);
  const taken = await setNvlinkMembers(db.app, may, { fabricId: second, nodes: names });
  expect(taken.ok || refusalMessage(taken.refusal)).toContain("is in nvl-1");
  const missing = await setNvlinkMembers(db.app, may, { fabricId: second, nodes: ["nobody"] });
  expect(missing.ok || refusalMessage(missing.refusal)).toBe("The site has no node nobody.");
});

test("nodes that tell one NVLink domain are made one on an operator's word, and no other's are taken", async () => {
  const site = await givenSite([4]);
  const { siteId } = site;
  const [a, b, c, d] = site.cabled.map((node) => node.name);
  if (!a || !b || !c || !d) throw new Error("the site has too few nodes");
  const cluster = "9c6f5af3-53bf-49b5-a436-b66766c413c3";
  const idOfNode = async (name: string) => {
    const [node] = await db.worker.select({ id: nodes.id }).from(nodes).where(eq(nodes.name, name));
    if (!node) throw new Error(`no node ${name}`);
    return node.id;
  };
  const rack = async (name: string, chassisSerial: string) => {
    const nvlinkPlace = { chassisSerial, slot: 24, tray: 14 };
    const inventory = { nics: [], gpus: [], nvlinkPlace } as unknown as Inventory;
    await db.worker.update(nodes).set({ inventory }).where(eq(nodes.name, name));
  };
  const inspected = async (name: string, uuid: string | null, accepted: boolean) => {
    const [nodeId, operationId] = [await idOfNode(name), newId("operation")];
    const told = { kind: "node.inspect" as const, state: "succeeded" as const };
    await db.worker
      .insert(operations)
      .values({ ...told, id: operationId, nodeId, requestedByName: "test" });
    await db.worker.insert(inspections).values({
      ...{ id: newId("inspection"), nodeId, operationId, ordered: { level: "inspect" } },
      ...{ accepted, verdict: "made up" },
      facts: { gpus: [{ cluster: uuid && { uuid, clique: 1 } }] } as unknown as HostFacts,
    });
  };
  // One tells both, one its rack, one the cluster; what an inspection that was refused says is no word of it.
  await rack(a, "1821");
  await rack(b, "1821");
  await inspected(a, cluster, true);
  await inspected(c, cluster, true);
  await inspected(d, cluster, false);
  const proposed = async () =>
    (await nvlinkNodes(db.app, read)).proposals
      .filter((each) => each.site.id === siteId)
      .map(({ told, nodes, domains }) => [
        told,
        nodes.map(({ name }) => name),
        domains.map(({ name }) => name),
      ]);
  expect(await proposed()).toEqual([[cluster, [a, b, c], []]]);

  const accept = (name: string, told = cluster) =>
    acceptNvlinkDomain(db.app, may, { siteId, told, name });
  const words = async (name: string, told?: string) => {
    const done = await accept(name, told);
    return done.ok ? "done" : JSON.stringify(done.refusal);
  };
  expect(await words("nvl", "1821")).toContain("No two nodes of the site tell 1821 now");
  expect(await words(`compute-${made}`)).toContain("name_taken");
  const other = must(await createFabric(db.app, may, { siteId, kind: "nvlink", name: "other" }));
  must(await setNvlinkMembers(db.app, may, { fabricId: other.fabricId, nodes: [b] }));
  expect(await words("nvl")).toContain(`${b} is in other`);
  expect(await proposed()).toEqual([[cluster, [a, b, c], ["other"]]]);
  expect(must(await accept("other"))).toEqual({ fabricId: other.fabricId });
  expect(await proposed()).toEqual([]);
  const members = async () => (await fabricDetail(db.app, read, other.fabricId))?.members;
  expect((await members())?.map(({ name, cluster }) => [name, cluster])).toEqual([
    [a, cluster],
    [b, null],
    [c, cluster],
  ]);
  const [audited] = await asOperator(db.app, (tx) =>
    tx
      .select({ detail: auditEvents.detail })
      .from(auditEvents)
      .where(eq(auditEvents.objectId, other.fabricId))
      .orderBy(desc(auditEvents.at))
      .limit(1),
  );
  expect(audited?.detail).toEqual({ before: [b], after: [a, b, c], told: `cluster ${cluster}` });

  // A tray that was moved, and inspected again, does not say what an operator said of it.
  await inspected(c, "11111111-53bf-49b5-a436-b66766c413c3", true);
  expect((await members())?.map(({ disagreement }) => disagreement?.replace(cluster, "…"))).toEqual(
    [
      `It tells NVLink domain …, and ${c} tells another.`,
      `It tells NVLink domain …, and ${c} tells another.`,
      `It tells NVLink domain 11111111-53bf-49b5-a436-b66766c413c3, and ${a} tells another.`,
    ],
  );
});
