import { and, desc, eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditEvents } from "#db/schema/audit-events";
import { nodes } from "#db/schema/nodes";
import { racks } from "#db/schema/sites";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { asOperator, type GivenFleet, givenFleet } from "#e2e/fixtures/launchable";
import { givenFleetGrant, givenOrganisation } from "#e2e/fixtures/people";
import { must } from "#e2e/world/acting";
import { changeShares } from "#lib/commands/change-shares";
import { createFabric } from "#lib/commands/create-fabric";
import { flagNode } from "#lib/commands/flag-node";
import { setNvlinkMembers } from "#lib/commands/set-nvlink-members";
import { setProvisioning } from "#lib/commands/set-provisioning";
import type { Id } from "#lib/domain/id";

// What stood before a change is nowhere else once it is made: the audit log has both.

let db: GivenConnections;
let fleet: GivenFleet;
let siteId: Id<"site">;
let names: string[];

beforeAll(async () => {
  db = await givenConnections();
  fleet = await givenFleet(db.app, { racks: [2] });
  const rows = await asOperator(db.app, (tx) =>
    tx
      .select({ name: nodes.name, siteId: racks.siteId })
      .from(nodes)
      .innerJoin(racks, eq(racks.id, nodes.rackId))
      .where(eq(nodes.nodeTypeId, fleet.nodeTypeId))
      .orderBy(nodes.name),
  );
  const [first] = rows;
  if (!first) throw new Error("the fleet has no node");
  siteId = first.siteId;
  names = rows.map(({ name }) => name);
});
afterAll(() => db?.close());

/** The details of an object's events of one action, the newest first. */
async function detailsOf(objectId: string, action: string) {
  const events = await asOperator(db.app, (tx) =>
    tx
      .select({ detail: auditEvents.detail })
      .from(auditEvents)
      .where(and(eq(auditEvents.objectId, objectId), eq(auditEvents.action, action)))
      .orderBy(desc(auditEvents.at)),
  );
  return events.map(({ detail }) => detail);
}

test("a node's flag, with the reason that it had", async () => {
  const may = await givenFleetGrant(db.app, "node.operate");
  const nodeId = fleet.racks[0]?.[0];
  if (!nodeId) throw new Error("the fleet has no node");
  const flag = (on: boolean, reason: string) =>
    flagNode(db.app, may, { nodeId, flag: "cordoned", on, reason }).then(must);
  await flag(true, "loose cable");
  await flag(true, "loose fan");
  await flag(false, "");
  expect(await detailsOf(nodeId, "node.set_cordoned")).toEqual([
    {
      reason: "loose fan",
      before: { on: true, reason: "loose cable" },
      after: { on: true, reason: "loose fan" },
    },
    {
      reason: "loose cable",
      before: { on: false, reason: null },
      after: { on: true, reason: "loose cable" },
    },
  ]);
  expect(await detailsOf(nodeId, "node.clear_cordoned")).toEqual([
    { before: { on: true, reason: "loose fan" }, after: { on: false, reason: null } },
  ]);
});

test("the projects that had a part of the catalogue, of those that are named", async () => {
  const may = await givenFleetGrant(db.app, "catalogue.edit");
  const { slug, projects } = await givenOrganisation(db.app);
  const { vision, speech } = projects;
  if (!vision || !speech) throw new Error("the tenant has no projects");
  const share = (isShared: boolean, projectIds: Id<"project">[]) =>
    changeShares(db.app, may, {
      ...{ kind: "profile", id: fleet.profileId },
      ...{ isShared, projectIds },
    }).then(must);
  await share(true, [vision]);
  await share(true, [vision, speech]);
  await share(false, [speech]);
  const [had, both] = [`${slug}/vision`, [`${slug}/speech`, `${slug}/vision`]];
  expect(await detailsOf(fleet.profileId, "profile.share")).toEqual([
    { tenants: [], projects: both, before: [had], after: both },
    { tenants: [], projects: [had], before: [], after: [had] },
  ]);
  expect(await detailsOf(fleet.profileId, "profile.unshare")).toEqual([
    { tenants: [], projects: [`${slug}/speech`], before: [`${slug}/speech`], after: [] },
  ]);
});

test("the provisioning network of a site", async () => {
  const may = await givenFleetGrant(db.app, "node.enrol");
  const first = {
    ...{ mode: "proxy" as const, networkInterface: null, subnet: "10.8.0.0/24" },
    ...{ firstAddress: null, lastAddress: null, router: null, dns: null, leaseMinutes: 60 },
  };
  const next = { ...first, subnet: "10.9.0.0/24", leaseMinutes: 30 };
  must(await setProvisioning(db.app, may, { siteId, ...first }));
  must(await setProvisioning(db.app, may, { siteId, ...next }));
  expect(await detailsOf(siteId, "site.set_provisioning")).toEqual([
    { before: first, after: next },
    { before: null, after: first },
  ]);
});

test("the nodes of an NVLink domain", async () => {
  const may = await givenFleetGrant(db.app, "node.enrol");
  const made = must(await createFabric(db.app, may, { siteId, kind: "nvlink", name: "nvl" }));
  const { fabricId } = made;
  must(await setNvlinkMembers(db.app, may, { fabricId, nodes: names }));
  must(await setNvlinkMembers(db.app, may, { fabricId, nodes: names.slice(0, 1) }));
  expect(await detailsOf(fabricId, "fabric.set_members")).toEqual([
    { before: names, after: names.slice(0, 1) },
    { before: [], after: names },
  ]);
});
