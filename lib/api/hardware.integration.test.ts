import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nodes } from "#db/schema/nodes";
import { clientOf, givenApiTenant, givenOperator, ownToken } from "#e2e/fixtures/api";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { asOperator, type GivenFleet, givenFleet } from "#e2e/fixtures/launchable";
import { givenFleetGrant } from "#e2e/fixtures/people";
import { must } from "#e2e/world/acting";
import { newSealingKeys } from "#lib/access/sealed";
import { setContextSecret } from "#lib/commands/set-context-secret";
import { type Id, newId } from "#lib/domain/id";

// What operators do with hardware and config contexts by token, from one end to the other: what goes
// in, what comes out, and what is refused. The commands themselves have tests of their own.

let db: GivenConnections;
let fleet: GivenFleet;
let ours: Awaited<ReturnType<typeof givenApiTenant>>;
let ask: ReturnType<typeof clientOf>;
let operate: ReturnType<typeof clientOf>;
let look: ReturnType<typeof clientOf>;

beforeAll(async () => {
  db = await givenConnections();
  fleet = await givenFleet(db.app, { racks: [2] });
  ours = await givenApiTenant(db.app, fleet);
  ask = clientOf(db.app, await ownToken(db.app, ours.owner));
  const operator = await givenOperator(db.app);
  operate = clientOf(db.app, await ownToken(db.app, operator));
  look = clientOf(db.app, await ownToken(db.app, operator, ["fleet.read"]));
});
afterAll(() => db?.close());

/** What is answered to a body that is wrong there. */
const wrong = (pointer: string) => ({ status: 422, problem: { errors: [{ pointer }] } });

/** A new site with a rack. */
async function givenRack(name: string) {
  const { value: site } = await operate("createSite", { body: { name } });
  const body = { siteId: site.siteId, name: "r1", units: 42 };
  const { value: rack } = await operate("createRack", { body });
  return { ...site, ...rack };
}

test("a site is made with its provisioning network, and its configuration is read", async () => {
  const body = { name: "north" };
  expect((await look("createSite", { body })).status).toBe(403);
  const made = await operate("createSite", { body });
  expect(made.status).toBe(200);
  expect((await operate("createSite", { body })).status).toBe(409);
  const params = { site: made.value.siteId };
  const network = {
    ...{ mode: "dhcp" as const, subnet: "10.77.0.0/24", leaseMinutes: 10 },
    ...{ firstAddress: "10.77.0.10", lastAddress: "10.77.0.99" },
  };
  expect(
    await operate("setProvisioning", { params, body: { ...network, lastAddress: "10.78.0.1" } }),
  ).toMatchObject(wrong("/lastAddress"));
  expect((await operate("setProvisioning", { params, body: network })).status).toBe(200);
  const { value: read } = await look("getSite", { params });
  expect(read).toMatchObject({ name: "north", bootOrigin: null, provisioning: network, racks: 0 });
  expect(read.dnsmasq).toContain("http://boot.example:3001/pxe/");
  expect(read.leaseReports).toBe(null);
  expect((await look("listSiteLeases", { params })).value).toEqual({ items: [], next: null });
  expect((await look("listSiteBootRequests", { params })).value).toEqual({ items: [] });
  // What was read can be sent back as it is.
  const again = read.provisioning ?? network;
  expect((await operate("setProvisioning", { params, body: again })).status).toBe(200);
  expect((await operate("removeProvisioning", { params })).status).toBe(200);
  expect((await look("getSite", { params })).value).toMatchObject({
    provisioning: null,
    dnsmasq: null,
  });
  const elsewhere = { site: newId("rack") };
  expect((await operate("removeProvisioning", { params: elsewhere })).status).toBe(404);
});

test("a node is checked, enrolled into a rack and confirmed, and its password never comes out", async () => {
  const place = await givenRack("south");
  expect((await look("getRack", { params: { rack: place.siteId } })).status).toBe(404);
  const address = { controllerAddress: "10.9.0.1", nodeTypeId: fleet.nodeTypeId };
  const signIn = { username: "root", password: "n0t-told" };
  const body = { name: "by-token", rackId: place.rackId, unit: 7, ...address, ...signIn };
  const { value: like } = await look("getNode", { params: { node: fleet.racks[0]?.[0] ?? "" } });
  const text = `name,controller,node_type,rack,unit\nby-token,10.9.0.1,${like.nodeType.name},south/r1,7`;
  const check = async () => {
    const { value } = await operate("checkEnrolment", { body: { text, ...signIn } });
    expect(JSON.stringify(value)).not.toContain(signIn.password);
    return value.items.map(({ line, outcome }) => `${line} ${outcome}`);
  };
  expect(await check()).toEqual(["2 enrol"]);
  expect(await check()).toEqual(["2 enrol"]);
  expect(await operate("enrolNode", { body: { ...body, rackId: place.siteId } })).toMatchObject(
    wrong("/rackId"),
  );
  const made = await operate("enrolNode", { body });
  expect(made.status).toBe(202);
  expect((await operate("enrolNode", { body: { ...body, name: "twin" } })).status).toBe(409);
  expect(await check()).toEqual(["2 enrolled"]);
  expect((await look("getRack", { params: { rack: place.rackId } })).value).toMatchObject({
    ...{ name: "r1", site: "south", units: 42, nodes: 1 },
    slots: [{ lowest: 7, highest: 7, nodes: [{ id: made.value.nodeId, name: "by-token" }] }],
  });
  const { value: listed } = await look("listSites");
  expect(listed.items.find(({ id }) => id === place.siteId)?.racks).toMatchObject([
    { id: place.rackId, nodes: 1, available: 0 },
  ]);

  const [shown, other] = ["AB", "CD"].map((pair) => Array(32).fill(pair).join(":"));
  const node = made.value.nodeId as Id<"node">;
  // As the worker writes it, once it has spoken to the controller.
  await asNode(node, { presentedFingerprint: shown, presentedCertificate: "pem" });
  const waits = async () => (await look("listCertificates")).value;
  expect(await waits()).toMatchObject({ total: 1, items: [{ nodeId: node, fingerprint: shown }] });
  const confirm = (nodeId: string, fingerprint = "") =>
    operate("confirmCertificates", { body: { certificates: [{ nodeId, fingerprint }] } });
  expect(await confirm(place.rackId, shown)).toMatchObject(wrong("/certificates/0/nodeId"));
  expect((await confirm(node, other)).status).toBe(409);
  expect((await confirm(newId("node"), shown)).status).toBe(404);
  expect((await confirm(node, shown)).value).toEqual({ confirmed: 1 });
  expect(await waits()).toEqual({ total: 0, items: [] });
  const { value: now } = await look("getNode", { params: { node } });
  expect(now.controller.fingerprint).toBe(shown);
  expect(JSON.stringify(now)).not.toContain(signIn.password);
});

function asNode(node: Id<"node">, is: Partial<typeof nodes.$inferInsert>) {
  return asOperator(db.app, (tx) => tx.update(nodes).set(is).where(eq(nodes.id, node)));
}

test("what a node differs in is accepted as it was read, and each has a port of its own", async () => {
  const [one, two] = (fleet.racks[0] ?? []).map((node) => ({ node }));
  const params = one ?? { node: "" };
  const words = "512 GiB of memory, not 1024.";
  const difference = { field: "memory" as const, expected: "1024", found: "512", words };
  await asNode(params.node as Id<"node">, {
    differences: [{ ...difference, severity: "mismatch" }],
  });
  const { differences } = (await look("getNode", { params })).value;
  expect(differences).toEqual([{ field: "memory", words }]);
  const accept = (body: { differences: typeof differences; reason: string }) =>
    operate("acceptVariant", { params, body });
  expect(await accept({ differences, reason: "" })).toMatchObject(wrong("/reason"));
  const other = [{ field: "memory" as const, words: "another" }];
  expect((await accept({ differences: other, reason: "old stock" })).status).toBe(409);
  expect((await accept({ differences, reason: "old stock" })).status).toBe(200);
  const accepted = async () => (await look("getNode", { params })).value.accepted;
  expect(await accepted()).toMatchObject([{ field: "memory", words, reason: "old stock" }]);
  expect((await operate("withdrawVariant", { params })).status).toBe(200);
  expect(await accepted()).toEqual([]);

  const port = { port: "swp7" };
  expect((await operate("setNodePort", { params, body: port })).status).toBe(200);
  expect((await look("getNode", { params })).value.network.port).toBe("swp7");
  expect(await operate("setNodePort", { params: two ?? params, body: port })).toMatchObject(
    wrong("/port"),
  );
  expect((await operate("setNodePort", { params, body: { port: "" } })).status).toBe(200);
  expect((await look("getNode", { params })).value.network.port).toBeNull();
});

test("ports of a fabric are checked, then placed, and an NVLink domain has the nodes that are named", async () => {
  const node = (await look("getNode", { params: { node: fleet.racks[0]?.[0] ?? "" } })).value;
  const { value: sites } = await look("listSites");
  const siteId = sites.items.find((site) => site.name === node.site)?.id ?? "";
  const body = { siteId, kind: "infiniband" as const, name: "compute" };
  const made = await operate("createFabric", { body });
  expect((await operate("createFabric", { body })).status).toBe(409);
  const params = { fabric: made.value.fabricId };
  const guids = ["0c42a10300a1b2c4", "0c42a10300a1b2c5"];
  const text = `guid,leaf,rail\n${guids[0]},leaf-1,1\n${guids[1]},leaf-2,2\nnone,leaf-2,2`;
  const sheet = { params, body: { text, isWhole: false } };
  const outcomes = ["new", "new", "refused"];
  const checked = await operate("checkPorts", sheet);
  expect(checked.value.lines.map(({ outcome }) => outcome)).toEqual(outcomes);
  expect((await look("listFabricPorts", { params })).value).toEqual({ items: [], next: null });
  expect(
    await operate("placePorts", { params, body: { text: "no list", isWhole: false } }),
  ).toMatchObject(wrong("/text"));
  const placed = await operate("placePorts", sheet);
  expect(placed.value).toEqual(checked.value);
  const second = await look("listFabricPorts", { params, query: { after: 1 } });
  expect(second.value.items.map(({ guid, leaf }) => [guid, leaf])).toEqual([[guids[1], "leaf-2"]]);
  const ofLeaf = { leaf: "leaf-1", show: "strange" as const };
  const first = await look("listFabricPorts", { params, query: ofLeaf });
  expect(first.value.items).toMatchObject([{ guid: guids[0], rail: "1", node: null }]);
  expect((await look("getFabric", { params })).value).toMatchObject({
    placesFrom: "list",
    leaves: [{ leaf: "leaf-1", ports: 1 }, { leaf: "leaf-2" }],
  });

  const nvlink = await operate("createFabric", { body: { ...body, kind: "nvlink", name: "nvl" } });
  const domain = { fabric: nvlink.value.fabricId };
  const set = (which: typeof params, names: string) =>
    operate("setNvlinkMembers", { params: which, body: { nodes: names } });
  expect((await set(params, node.name)).status).toBe(404);
  expect(await set(domain, "nobody")).toMatchObject(wrong("/nodes"));
  expect((await set(domain, node.name)).status).toBe(200);
  expect((await look("getFabric", { params: domain })).value.members).toMatchObject([
    { id: node.id },
  ]);
  const { value: all } = await look("listFabrics");
  expect(all.items.map(({ name, ports, nodes }) => [name, ports, nodes])).toEqual([
    ["compute", 2, 0],
    ["nvl", 0, 1],
  ]);
  expect((await operate("removeFabric", { params })).status).toBe(200);
  expect((await look("getFabric", { params })).status).toBe(404);
});

test("a hold is seen by operators, and taken back once", async () => {
  const held = await ask("placeHold", {
    params: ours.place,
    body: { templateVersionId: fleet.templateVersionId, counts: { workers: 1 } },
  });
  const params = { hold: held.value.holdId };
  const { value: open } = await look("listFleetHolds");
  expect(open.items).toMatchObject([
    { id: params.hold, tenant: ours.slug, nodes: [{ name: held.value.nodes[0] }] },
  ]);
  expect((await ask("takeBackHold", { params })).status).toBe(404);
  expect((await look("takeBackHold", { params })).status).toBe(403);
  expect(await operate("takeBackHold", { params })).toMatchObject({
    status: 200,
    value: { holdId: params.hold },
  });
  expect((await operate("takeBackHold", { params })).status).toBe(409);
  expect((await look("listFleetHolds")).value.items).toEqual([]);
});

test("a config context is made, attached and removed; its secrets are told by name alone", async () => {
  const variables = [{ name: "HTTP_PROXY", value: "http://proxy.example" }];
  const create = (body: object) => operate("createContext", { body: { name: "proxy", ...body } });
  expect(await create({ variables: [{ name: "PATH", value: "/" }] })).toMatchObject(
    wrong("/variables/0/name"),
  );
  expect((await create({ secrets: [{ name: "TOKEN", value: "s3cret" }] })).status).toBe(422);
  const made = await create({ variables });
  expect((await create({ variables })).status).toBe(409);
  const params = { context: made.value.contextId };
  must(
    await setContextSecret(
      db.app,
      await givenFleetGrant(db.app, "context.edit"),
      { contextId: params.context as Id<"context">, name: "TOKEN", value: "s3cret" },
      newSealingKeys().publicKey,
    ),
  );
  const { value: read } = await look("getContext", { params });
  expect(read).toMatchObject({ variables, files: [], secrets: [{ name: "TOKEN", older: 0 }] });
  expect(JSON.stringify(read)).not.toContain("s3cret");
  const change = { description: "egress", variables: [], files: [] };
  const seen = "2026-01-01T00:00:00.000Z";
  expect((await operate("changeContext", { params, body: { ...change, seen } })).status).toBe(409);
  const changed = await operate("changeContext", {
    params,
    body: { ...change, seen: read.changedAt },
  });
  expect(changed.status).toBe(200);

  const to = read.places.find(({ id }) => id === ours.projectId)?.id ?? "";
  expect(await operate("attachContext", { params, body: { to: fleet.imageId } })).toMatchObject(
    wrong("/to"),
  );
  expect((await operate("attachContext", { params, body: { to } })).status).toBe(200);
  expect((await look("listContexts")).value.items).toMatchObject([
    {
      name: "proxy",
      description: "egress",
      variables: 0,
      secrets: 1,
      attachedTo: [{ kind: "project" }],
    },
  ]);
  expect((await operate("removeContext", { params })).status).toBe(409);
  expect((await operate("detachContext", { params, body: { to } })).status).toBe(200);
  expect((await operate("removeContext", { params })).status).toBe(200);
  expect((await look("getContext", { params })).status).toBe(404);
});
