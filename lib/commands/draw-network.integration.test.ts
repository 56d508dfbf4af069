import { randomUUID } from "node:crypto";
import { eq, inArray, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { drawPoolItems, giveBackPoolItems } from "#db/queries/pool-draws";
import { reportEnvironment } from "#db/queries/settlement";
import { profileShares, templateGroups, templateVersions } from "#db/schema/catalogue";
import { allocations, environments } from "#db/schema/environments";
import { nodes } from "#db/schema/nodes";
import { poolItems } from "#db/schema/pools";
import { racks, sites } from "#db/schema/sites";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { aHook } from "#e2e/fixtures/hooks";
import {
  asOperator,
  type GivenFleet,
  type GivenTenant,
  givenFleet,
  givenTenant,
} from "#e2e/fixtures/launchable";
import { endOnNode, endOperation, givenReady } from "#e2e/fixtures/launched";
import { givenFleetGrant } from "#e2e/fixtures/people";
import { untilWaiting, whileNoneIsAudited } from "#e2e/fixtures/waiting";
import { withGrant } from "#lib/access/with-grant";
import { changePool } from "#lib/commands/change-pool";
import { createPool } from "#lib/commands/create-pool";
import { launchEnvironment } from "#lib/commands/launch-environment";
import { letGoHold } from "#lib/commands/let-go-hold";
import { placeHold } from "#lib/commands/place-hold";
import { releaseEnvironment } from "#lib/commands/release-environment";
import { retirePool } from "#lib/commands/retire-pool";
import { retryEnvironment } from "#lib/commands/retry-environment";
import { setProjectQuota } from "#lib/commands/set-project-quota";
import { setTenantQuota } from "#lib/commands/set-tenant-quota";
import { type Id, newId } from "#lib/domain/id";
import { type Refusal, refusalMessage } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { TemplateNetwork } from "#lib/domain/template/template";
import type { CreatePoolInput } from "#lib/schemas/pool";
import { environmentDetail } from "#lib/views/environment-detail";
import { launchPreflight } from "#lib/views/launch-preflight";
import { poolDetail } from "#lib/views/pools";
import { readQuotaBoard } from "#lib/views/quota-board";

let db: GivenConnections;
beforeAll(async () => {
  db = await givenConnections();
});
afterAll(() => db?.close());

function must<T>(result: Result<T, Refusal>): T {
  if (!result.ok) throw new Error(refusalMessage(result.refusal));
  return result.value;
}
const why = (result: Result<unknown, Refusal>) =>
  result.ok ? "done" : refusalMessage(result.refusal);

type Site = GivenFleet & { siteId: Id<"site"> };

/** A site of its own with free nodes, and a template that asks for this network. */
async function givenSite(nodeCount: number, network: Partial<TemplateNetwork>): Promise<Site> {
  const fleet = await givenFleet(db.app, { racks: [nodeCount] });
  await asksFor(fleet, network);
  const siteId = await asOperator(db.app, async (tx) => {
    const [rack] = await tx
      .select({ siteId: racks.siteId })
      .from(nodes)
      .innerJoin(racks, eq(racks.id, nodes.rackId))
      .where(eq(nodes.nodeTypeId, fleet.nodeTypeId));
    if (!rack) throw new Error("no rack");
    return rack.siteId;
  });
  return { ...fleet, siteId };
}

/** From now on the template asks for this network. */
async function asksFor(
  { templateVersionId }: GivenFleet,
  network: Partial<TemplateNetwork>,
): Promise<void> {
  const nothing = { isPrivate: false, hasPartition: false, publicAddresses: "none" } as const;
  await asOperator(db.app, (tx) =>
    tx
      .update(templateVersions)
      .set({ network: { ...nothing, ...network } })
      .where(eq(templateVersions.id, templateVersionId)),
  );
}

let counter = 0;
async function givenPool(
  site: Site,
  kind: CreatePoolInput["kind"],
  ranges: string,
  itemLength: number | null = null,
): Promise<Id<"pool">> {
  const created = await createPool(db.app, await givenFleetGrant(db.app, "pool.edit"), {
    siteId: site.siteId,
    kind,
    name: `pool-${++counter}`,
    ranges,
    itemLength,
    warnPercent: 80,
    cooldownMinutes: 30,
  });
  return must(created).poolId;
}

/** How many of the workers, or of each group. */
type Counts = number | Record<string, number>;
const byGroup = (counts: Counts) => (typeof counts === "number" ? { workers: counts } : counts);

const launch = (tenant: GivenTenant, site: Site, name: string, counts: Counts = 1) =>
  launchEnvironment(db.app, tenant.grant("environment.launch"), {
    requestKey: randomUUID(),
    name,
    templateVersionId: site.templateVersionId,
    imageId: site.imageId,
    counts: byGroup(counts),
    sshKeyIds: [tenant.keyId],
    pastedKey: "",
  });

const hold = (tenant: GivenTenant, { templateVersionId }: Site, counts: Counts = 1) =>
  placeHold(db.app, tenant.grant("environment.launch"), {
    templateVersionId,
    counts: byGroup(counts),
  });

/** What the preflight of so many nodes says. */
const preflight = async (tenant: GivenTenant, site: Site, workers: number) =>
  (
    await launchPreflight(db.app, tenant.grant("environment.launch"), {
      templateVersionId: site.templateVersionId,
      imageId: site.imageId,
      name: "big",
      counts: { workers },
    })
  )?.checks ?? [];

/** What it says of the network. */
const network = async (tenant: GivenTenant, site: Site, workers = 1) =>
  (await preflight(tenant, site, workers)).find((check) => check.id === "network");

const networkOf = async (tenant: GivenTenant, id: string) =>
  ((await environmentDetail(db.app, tenant.grant("environment.read"), id))?.network ?? []).map(
    (item) => `${item.text}${item.hostname ? ` ${item.hostname}` : ""}`,
  );

const items = (poolId: Id<"pool">) =>
  db.worker.select().from(poolItems).where(eq(poolItems.poolId, poolId)).orderBy(poolItems.value);

const pool = async (poolId: Id<"pool">) => {
  const detail = await poolDetail(db.app, await givenFleetGrant(db.app, "fleet.read"), poolId);
  if (!detail) throw new Error("no such pool");
  return detail;
};

/** Releases as a tenant, and ends each node's part as a worker does. */
async function released(tenant: GivenTenant, id: Id<"environment">, nodeIds: Id<"node">[]) {
  const [row] = await db.worker.select().from(environments).where(eq(environments.id, id));
  const { operationId } = must(
    await releaseEnvironment(db.app, tenant.grant("environment.release"), {
      requestKey: randomUUID(),
      environmentId: id,
      confirmName: row?.name ?? "",
    }),
  );
  for (const nodeId of nodeIds) {
    await endOnNode(db.worker, {
      parentId: operationId,
      nodeId,
      state: "succeeded",
      lifecycle: "available",
    });
  }
  return async () => {
    await db.worker.transaction((tx) => reportEnvironment(tx, id, "succeeded"));
  };
}

const everything = {
  isPrivate: true,
  hasPartition: true,
  publicAddresses: "per_node",
} as const satisfies TemplateNetwork;

test("a launch draws what its template asks for, the lowest free of each, and shows it", async () => {
  const site = await givenSite(3, everything);
  await givenPool(site, "vlan", "100-109");
  await givenPool(site, "private_prefix", "10.0.0.0/8", 24);
  await givenPool(site, "private_prefix", "fd00:1::/48", 64);
  await givenPool(site, "pkey", "0x0010-0x001f");
  const addresses = await givenPool(site, "public_ip", "203.0.113.0/28");
  const tenant = await givenTenant(db.app, { fleet: site, gpuLimit: 80 });
  const first = must(await launch(tenant, site, "one", 2));
  const second = must(await launch(tenant, site, "two", 1));
  expect((await networkOf(tenant, first.environmentId)).sort()).toEqual(
    [
      "0x0010",
      "10.0.0.0/24",
      "100",
      "203.0.113.1 one-1",
      "203.0.113.2 one-2",
      "fd00:1::/64",
    ].sort(),
  );
  expect((await networkOf(tenant, second.environmentId)).sort()).toEqual(
    ["0x0011", "10.0.1.0/24", "101", "203.0.113.3 two-1", "fd00:1:0:1::/64"].sort(),
  );
  const seen = await pool(addresses);
  expect(seen).toMatchObject({ held: 3, free: "11", total: "14" });
  expect(seen.items[0]).toMatchObject({ text: "203.0.113.1", holder: { environment: "one" } });
});

test("a template that asks for nothing draws nothing, pools or not", async () => {
  const site = await givenSite(2, {});
  const vlans = await givenPool(site, "vlan", "100-109");
  const tenant = await givenTenant(db.app, { fleet: site, gpuLimit: 80 });
  const { environmentId } = must(await launch(tenant, site, "plain"));
  expect(await networkOf(tenant, environmentId)).toEqual([]);
  expect(await items(vlans)).toEqual([]);
});

// Guarantee: no item is given twice, and none stays free while a launch is refused for want of it.
// Goes red without the lock of the pool, in the look and in the draw (launches then meet at the index and
// fail), and, with the index taken out as well, gives one VLAN to several.
test("racing launches of many tenants take every item, each once", async () => {
  const site = await givenSite(24, { isPrivate: true });
  const vlans = await givenPool(site, "vlan", "200-208");
  const prefixes = await givenPool(site, "private_prefix", "10.0.0.0/16", 24);
  const tenants = await Promise.all(
    Array.from({ length: 12 }, () => givenTenant(db.app, { fleet: site, gpuLimit: 80 })),
  );
  await Promise.all(Array.from({ length: 12 }, () => db.app.execute("select pg_sleep(0.1)")));
  const results = await Promise.all(tenants.map((tenant) => launch(tenant, site, "race")));
  expect(results.filter((result) => result.ok)).toHaveLength(9);
  for (const result of results.filter((each) => !each.ok)) {
    expect(why(result)).toContain("needs a VLAN of its own and none is free");
  }
  expect((await items(vlans)).map((item) => Number(item.value))).toEqual([
    200, 201, 202, 203, 204, 205, 206, 207, 208,
  ]);
  expect(await items(prefixes)).toHaveLength(9);
  // What was refused has left nothing behind.
  const [left] = await asOperator(db.app, (tx) =>
    tx
      .select({ free: sql<number>`count(*)::int` })
      .from(nodes)
      .where(sql`${nodes.nodeTypeId} = ${site.nodeTypeId} and ${nodes.lifecycle} = 'available'`),
  );
  expect(left?.free).toBe(24 - 9);
});

test("an empty pool refuses the launch, and the preflight says so before", async () => {
  const site = await givenSite(3, { publicAddresses: "per_node" });
  const addresses = await givenPool(site, "public_ip", "198.51.100.1-198.51.100.2");
  const tenant = await givenTenant(db.app, { fleet: site, gpuLimit: 80 });
  expect(await network(tenant, site, 2)).toMatchObject({ verdict: "ok" });
  expect(await network(tenant, site, 3)).toMatchObject({
    verdict: "no",
    words: "This needs 3 public addresses (IPv4) and 2 are free where its nodes stand.",
  });
  expect(why(await launch(tenant, site, "big", 3))).toContain("2 are free");
  expect(await items(addresses)).toEqual([]);
  must(await launch(tenant, site, "fits", 2));
});

test("a hold, and a launch that takes its nodes later, promise no more than the pools have", async () => {
  const site = await givenSite(3, { publicAddresses: "per_node" });
  await givenPool(site, "public_ip", "198.51.100.11-198.51.100.12");
  const tenant = await givenTenant(db.app, { fleet: site, gpuLimit: 80 });
  expect(why(await hold(tenant, site, 3))).toContain("2 are free");
  must(await hold(tenant, site, 2));

  const lead = aHook({
    ...{ name: "lead", kind: "approval", point: "before_allocate" },
    approvers: { kind: "tenant_admins", emails: [] },
  });
  await asOperator(db.app, (tx) =>
    tx
      .update(templateVersions)
      .set({ hooks: [lead] })
      .where(eq(templateVersions.id, site.templateVersionId)),
  );
  expect(why(await launch(tenant, site, "later", 3))).toContain("2 are free");
  must(await launch(tenant, site, "later", 2));
});

/** Pools of everything at the site, all with plenty but one, which has a single item. */
async function givenPoolsBut(site: Site, last: CreatePoolInput["kind"]): Promise<void> {
  const net = ++counter;
  const ranges = {
    vlan: ["100-109", "100"],
    private_prefix: ["10.0.0.0/16", "10.0.0.0/24"],
    pkey: ["0x0001-0x000f", "0x0001"],
    // One space of all sites.
    public_ip: [`198.18.${net}.0/28`, `198.18.${net}.1`],
  } as const;
  for (const kind of ["vlan", "private_prefix", "pkey", "public_ip"] as const) {
    const [many, one] = ranges[kind];
    await givenPool(site, kind, kind === last ? one : many, kind === "private_prefix" ? 24 : null);
  }
}

// Guarantee: what was promised is what one gets.
test("the last of a pool that a hold keeps is for its launch, and until then nobody else's", async () => {
  for (const last of ["vlan", "private_prefix", "pkey", "public_ip"] as const) {
    const site = await givenSite(3, everything);
    await givenPoolsBut(site, last);
    const ours = await givenTenant(db.app, { fleet: site, gpuLimit: 80 });
    const theirs = await givenTenant(db.app, { fleet: site, gpuLimit: 80 });
    const { holdId } = must(await hold(ours, site));

    expect(await network(theirs, site)).toMatchObject({ verdict: "no" });
    expect(why(await hold(theirs, site))).toContain("none is free where its nodes stand");
    expect(why(await launch(theirs, site, "second"))).toContain("none is free where its nodes");

    expect(await network(ours, site)).toMatchObject({ verdict: "ok" });
    expect(must(await hold(ours, site)).holdId).toBe(holdId);
    const { environmentId } = must(await launch(ours, site, "first"));
    expect(await networkOf(ours, environmentId)).toHaveLength(4);
  }
});

test("what a hold kept is anybody's when it is let go, and it keeps what the last template asks for", async () => {
  const site = await givenSite(3, {});
  await givenPoolsBut(site, "vlan");
  const ours = await givenTenant(db.app, { fleet: site, gpuLimit: 80 });
  const theirs = await givenTenant(db.app, { fleet: site, gpuLimit: 80 });
  const first = must(await hold(ours, site));
  await asksFor(site, { isPrivate: true });
  const second = must(await hold(ours, site));
  expect(second).toMatchObject({ until: first.until, nodes: first.nodes });
  expect(second.holdId).not.toBe(first.holdId);
  expect(why(await launch(theirs, site, "early"))).toContain("needs a VLAN of its own");
  must(await letGoHold(db.app, ours.grant("environment.launch"), second));
  must(await launch(theirs, site, "later"));
});

// Guarantee: one holder per item, promised or drawn. Goes red without the lock of the pools in the look.
test("of those who reach for the last item at once, with a hold or a launch, one has it", async () => {
  for (let round = 0; round < 6; round++) {
    const site = await givenSite(4, everything);
    await givenPoolsBut(site, (["vlan", "pkey", "public_ip"] as const)[round % 3] ?? "vlan");
    const tenants = await Promise.all(
      [0, 1, 2, 3].map(() => givenTenant(db.app, { fleet: site, gpuLimit: 80 })),
    );
    const results = await Promise.all(
      tenants.map((tenant, at) => (at < 2 ? hold(tenant, site) : launch(tenant, site, "last"))),
    );
    expect(results.filter((result) => result.ok)).toHaveLength(1);
    for (const result of results.filter((each) => !each.ok)) {
      expect(why(result)).toContain("none is free where its nodes stand");
    }
  }
});

/** Another site, with more nodes for the same template. */
async function givenOtherSite(site: Site, nodeCount: number): Promise<Site> {
  const siteId = newId("site");
  await asOperator(db.app, async (tx) => {
    const rackId = newId("rack");
    await tx.insert(sites).values({ id: siteId, name: siteId });
    await tx.insert(racks).values({ id: rackId, siteId, name: "elsewhere" });
    const [first] = await tx.select().from(nodes).where(eq(nodes.nodeTypeId, site.nodeTypeId));
    if (!first) throw new Error("no node");
    await tx.insert(nodes).values(
      Array.from({ length: nodeCount }, () => {
        const id = newId("node");
        return { ...first, id, rackId, name: id, controllerAddress: id };
      }),
    );
  });
  return { ...site, siteId };
}

/** At which sites nodes stand that are the tenant's. */
const sitesOf = async (tenant: GivenTenant) =>
  (
    await db.worker
      .selectDistinct({ siteId: racks.siteId })
      .from(allocations)
      .innerJoin(nodes, eq(nodes.id, allocations.nodeId))
      .innerJoin(racks, eq(racks.id, nodes.rackId))
      .where(eq(allocations.tenantId, tenant.tenantId))
  ).map((row) => row.siteId);

test("of two sites nodes are taken where their network can be had, said, held and launched alike", async () => {
  // Without its pools the first site would be taken: its rack is the fuller one.
  const bare = await givenSite(1, { isPrivate: true });
  const site = await givenOtherSite(bare, 2);
  const tenant = await givenTenant(db.app, { fleet: site, gpuLimit: 80 });
  const none = "The template asks for a VLAN and the site of these nodes has no pool of them.";
  expect(await network(tenant, site)).toMatchObject({ verdict: "no", words: none });
  expect(why(await hold(tenant, site))).toContain(none);
  expect(why(await launch(tenant, site, "one"))).toContain(none);

  await givenPool(site, "vlan", "100-109");
  await givenPool(site, "private_prefix", "10.0.0.0/16", 24);
  const some =
    "This needs 3 nodes, and of the 3 free 2 stand where the pools have what their network needs.";
  expect(await network(tenant, site, 3)).toMatchObject({ verdict: "no", words: some });
  expect(why(await hold(tenant, site, 3))).toContain(some);
  expect(why(await launch(tenant, site, "one", 3))).toContain(some);
  expect(await network(tenant, site)).toMatchObject({ verdict: "ok" });
  must(await hold(tenant, site));
  must(await launch(tenant, site, "one"));
  must(await launch(tenant, site, "two"));
  expect(await sitesOf(tenant)).toEqual([site.siteId]);
  expect(why(await launch(tenant, site, "three"))).toContain(none);
});

// Guarantee: of what the template's network forbids nothing is promised.
test("when nodes come back, and which other profile has some, is told of sites with the network's pools alone", async () => {
  const bare = await givenSite(2, { isPrivate: true });
  const site = await givenOtherSite(bare, 2);
  await givenPool(site, "vlan", "100-109");
  await givenPool(site, "private_prefix", "10.0.0.0/16", 24);
  const other = await givenSite(2, {});
  const tenant = await givenTenant(db.app, { fleet: site, gpuLimit: 80 });
  const theirs = await givenTenant(db.app, { fleet: site, gpuLimit: 80 });
  const { tenantId, projectId } = tenant;
  await asOperator(db.app, (tx) =>
    tx.insert(profileShares).values({ tenantId, projectId, profileId: other.profileId }),
  );
  const ends = async (launched: { environmentId: Id<"environment"> }, hours: number) =>
    db.worker
      .update(environments)
      .set({ endsAt: sql`now() + make_interval(hours => ${hours})` })
      .where(eq(environments.id, launched.environmentId));
  const told = async () => {
    const checks = await preflight(tenant, site, 2);
    const [capacity, net] = ["capacity-", "network"].map((id) =>
      checks.find((check) => check.id.startsWith(id)),
    );
    return { capacity, net };
  };
  const inHours = (at = "") => Math.floor((Date.parse(at) - Date.now()) / 3_600_000);

  await ends(must(await launch(theirs, site, "here", 2)), 5);
  const { capacity: enough, net: elsewhere } = await told();
  expect(enough).toMatchObject({ verdict: "ok" });
  expect(elsewhere).toMatchObject({ verdict: "no", leases: { enough: true } });
  expect(inHours(elsewhere?.leases?.at)).toBe(5);

  await asksFor(site, {});
  must(await hold(theirs, site, 2));
  await asksFor(site, { isPrivate: true });
  const { capacity: onHold } = await told();
  expect(onHold).toMatchObject({ verdict: "no", leases: { enough: true } });
  expect(onHold).not.toHaveProperty("onHold");

  await asksFor(site, {});
  await ends(must(await launch(theirs, site, "there", 2)), 1);
  expect(inHours((await told()).capacity?.leases?.at)).toBe(1);
  await asksFor(site, { isPrivate: true });
  const { capacity: leased } = await told();
  expect(inHours(leased?.leases?.at)).toBe(5);
  expect(leased?.wayOut).toBe("Try again when some have been released, or take another template.");
  await givenPool(other, "vlan", "100-109");
  await givenPool(other, "private_prefix", "10.0.0.0/16", 24);
  expect((await told()).capacity?.wayOut).toMatch(/or take a template on .+ \(2 free\)\.$/);
});

// Guarantee: where nodes go is chosen by what is there yet. Goes red when the pools are locked only after that.
test("racing launches take every item of two sites before one is refused", async () => {
  const near = await givenSite(8, { hasPartition: true });
  const far = await givenOtherSite(near, 8);
  for (const site of [near, far]) await givenPool(site, "pkey", "0x0001-0x0003");
  const tenants = await Promise.all(
    Array.from({ length: 8 }, () => givenTenant(db.app, { fleet: near, gpuLimit: 80 })),
  );
  await Promise.all(Array.from({ length: 8 }, () => db.app.execute("select pg_sleep(0.1)")));
  const results = await Promise.all(tenants.map((tenant) => launch(tenant, near, "race")));
  expect(results.filter((result) => result.ok)).toHaveLength(6);
  for (const result of results.filter((each) => !each.ok)) {
    expect(why(result)).toContain("none is free where its nodes stand");
  }
});

// Guarantee: what is free where is counted when the pools are its own. Goes red when nodes are counted before.
test("a launch that waited for the pools weighs the nodes that are left then", async () => {
  const near = await givenSite(4, { publicAddresses: "per_node" });
  const far = await givenOtherSite(near, 1);
  await givenPool(near, "public_ip", "198.51.100.31-198.51.100.34");
  await givenPool(far, "public_ip", "198.51.100.36-198.51.100.39");
  const [one, other] = [
    await givenTenant(db.app, { fleet: near, gpuLimit: 80 }),
    await givenTenant(db.app, { fleet: near, gpuLimit: 80 }),
  ];
  let first: ReturnType<typeof launch> | undefined;
  let second: ReturnType<typeof launch> | undefined;
  await whileNoneIsAudited(db.superuserUrl, async () => {
    first = launch(one, near, "two", 2);
    await untilWaiting(db.superuserUrl, 1);
    second = launch(other, near, "three", 3);
    await untilWaiting(db.superuserUrl, 2);
  });
  expect(first && why(await first)).toBe("done");
  expect(await sitesOf(one)).toEqual([near.siteId]);
  expect(second && why(await second)).toBe("done");
  expect((await sitesOf(other)).sort()).toEqual([near.siteId, far.siteId].sort());
});

test("a site with too few addresses for a launch gives it no node, and one of fewer nodes some", async () => {
  const near = await givenSite(2, { publicAddresses: "per_node" });
  const far = await givenOtherSite(near, 3);
  await givenPool(near, "public_ip", "198.51.100.21");
  await givenPool(far, "public_ip", "198.51.100.24-198.51.100.25");
  const tenant = await givenTenant(db.app, { fleet: near, gpuLimit: 80 });
  expect(await network(tenant, near, 3)).toMatchObject({ verdict: "no" });
  expect(why(await launch(tenant, near, "three", 3))).toMatch(/and (1 is|2 are) free where/);
  expect(await network(tenant, near, 2)).toMatchObject({ verdict: "ok" });
  must(await launch(tenant, near, "two", 2));
  expect(await sitesOf(tenant)).toEqual([far.siteId]);
  must(await launch(tenant, near, "one", 1));
});

// Guarantee: what is drawn, and what a hold keeps, is under the quota. Goes red when only what was free before is
// weighed: of two node types the second is taken when the first has been waited for.
test("nodes that become free while a launch or a hold waits pass no quota of addresses", async () => {
  for (const act of ["launch", "hold"] as const) {
    // The first type is the one that was made first.
    const control = await givenSite(1, {});
    const near = await givenSite(4, { publicAddresses: "per_node" });
    const far = await givenOtherSite(near, 4);
    for (const site of [control, near, far]) {
      await givenPool(site, "public_ip", `198.19.${++counter}.1-198.19.${counter}.9`);
    }
    const sixes = await givenPool(near, "public_ip", `2001:db8:${++counter}::/64`);
    const tenant = await givenTenant(db.app, { fleet: near, gpuLimit: 80 });
    const { tenantId, projectId } = tenant;
    const busy = (near.racks[0] ?? []).slice(0, 2);
    const cordon = (cordoned: boolean) =>
      asOperator(db.app, (tx) => tx.update(nodes).set({ cordoned }).where(inArray(nodes.id, busy)));
    await cordon(true);
    await asOperator(db.app, async (tx) => {
      const { profileId } = control;
      await tx.insert(profileShares).values({ tenantId, projectId, profileId });
      await tx.insert(templateGroups).values({
        ...{ templateVersionId: near.templateVersionId, name: "control", position: 1, profileId },
        ...{ role: "control_plane" as const, minCount: 0, maxCount: 1, defaultCount: 1 },
      });
    });
    const edit = await givenFleetGrant(db.app, "quota.edit");
    const line = { dimension: "public_ips", subject: "ipv6", limit: 2 } as const;
    must(await setTenantQuota(db.app, edit, { tenantId, ...line }));

    const [waited, letGo] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const other = asOperator(db.app, async (tx) => {
      await tx.select().from(nodes).where(eq(nodes.nodeTypeId, control.nodeTypeId)).for("update");
      waited.resolve();
      await letGo.promise;
    });
    await waited.promise;
    const counts = { workers: 4, control: 1 };
    const ask = (): Promise<Result<unknown, Refusal>> =>
      act === "hold" ? hold(tenant, near, counts) : launch(tenant, near, "large", counts);
    const asked = ask();
    await untilWaiting(db.superuserUrl, 1);
    await cordon(false);
    letGo.resolve();
    await other;
    expect(why(await asked)).toContain(
      "This needs 4 public IPv6 addresses and 2 of the tenant's 2 are left.",
    );
    expect(await items(sixes)).toEqual([]);
    // Where nothing becomes free meanwhile it takes two there and two elsewhere.
    await cordon(true);
    must(await ask());
  }
});

test("without a pool at the site a launch that asks for one is refused, not left open", async () => {
  const site = await givenSite(1, { isPrivate: true });
  const tenant = await givenTenant(db.app, { fleet: site, gpuLimit: 80 });
  expect(why(await launch(tenant, site, "alone"))).toContain("no pool of them");
});

// Guarantee: an item is its environment's until the nodes are off the network, then it rests.
test("a release gives back when the nodes are reclaimed, and what is given back cools down", async () => {
  const site = await givenSite(2, { isPrivate: true });
  const vlans = await givenPool(site, "vlan", "100-101");
  await givenPool(site, "private_prefix", "10.0.0.0/16", 24);
  const tenant = await givenTenant(db.app, { fleet: site, gpuLimit: 80 });
  const { environmentId, nodeIds } = await givenReady(db, { tenant, fleet: site, nodeCount: 1 });
  const end = await released(tenant, environmentId, nodeIds);
  expect(await pool(vlans)).toMatchObject({ held: 1, cooling: 0 });
  // Whoever asks too early gives nothing back.
  await db.worker.transaction((tx) => giveBackPoolItems(tx, environmentId));
  expect(await pool(vlans)).toMatchObject({ held: 1, cooling: 0 });
  await end();
  expect(await pool(vlans)).toMatchObject({ held: 0, cooling: 1, free: "1" });
  const [cooling] = await items(vlans);
  const restsMs = Number(cooling?.coolsUntil) - Number(cooling?.releasedAt);
  expect(Math.round(restsMs / 60_000)).toBe(30);

  // 100 rests, so the next one has 101, and then there is none.
  const next = must(await launch(tenant, site, "next"));
  expect(await networkOf(tenant, next.environmentId)).toContain("101");
  expect(why(await launch(tenant, site, "third"))).toContain("none is free");
  const retire = retirePool(db.app, await givenFleetGrant(db.app, "pool.edit"), { poolId: vlans });
  expect(why(await retire)).toMatch(/100 \(cooling down after train of .+101 \(held by next of /);

  await db.worker
    .update(poolItems)
    .set({ coolsUntil: sql`clock_timestamp()` })
    .where(sql`pool_id = ${vlans} and released_at is not null`);
  const again = must(await launch(tenant, site, "third"));
  expect(await networkOf(tenant, again.environmentId)).toContain("100");
});

test("shrinking below what is held is refused with the holders named", async () => {
  const site = await givenSite(1, { isPrivate: true });
  const vlans = await givenPool(site, "vlan", "100-199");
  await givenPool(site, "private_prefix", "10.0.0.0/16", 24);
  const tenant = await givenTenant(db.app, { fleet: site, gpuLimit: 80 });
  must(await launch(tenant, site, "train"));
  const change = async (ranges: string) =>
    changePool(db.app, await givenFleetGrant(db.app, "pool.edit"), {
      poolId: vlans,
      ranges,
      warnPercent: 80,
      cooldownMinutes: 30,
    });
  expect(why(await change("101-199"))).toMatch(/100 \(held by train of tenant-.+\)/);
  must(await change("100-110"));
});

test("the forecast counts what was taken and given back in the last two weeks", async () => {
  const site = await givenSite(4, { isPrivate: true });
  const vlans = await givenPool(site, "vlan", "100-109");
  await givenPool(site, "private_prefix", "10.0.0.0/16", 24);
  const tenant = await givenTenant(db.app, { fleet: site, gpuLimit: 80 });
  for (const name of ["one", "two", "three", "four"]) must(await launch(tenant, site, name));
  expect((await pool(vlans)).forecast).toContain("No pace yet");
  const took = (value: number, days: number) =>
    db.worker
      .update(poolItems)
      .set({ takenAt: sql`now() - make_interval(days => ${days}, mins => 1)` })
      .where(sql`pool_id = ${vlans} and value = ${value}`);
  await took(100, 10);
  await took(101, 5);
  await took(102, 1);
  await took(103, 1);
  // Six are free, and four went in ten days.
  expect((await pool(vlans)).forecast).toBe(
    "Full in about 15 days at the pace of the last 10 days",
  );
  // What was there before the two weeks is no growth; what was given back takes away from it.
  await took(100, 40);
  await db.worker
    .update(poolItems)
    .set({ releasedAt: sql`now()`, coolsUntil: sql`now()` })
    .where(sql`pool_id = ${vlans} and value = 101`);
  // Seven are free; three came and one went in fourteen days.
  expect((await pool(vlans)).forecast).toBe(
    "Full in about 49 days at the pace of the last 14 days",
  );
});

test("a retry draws for the nodes that it adds, and keeps what the environment has", async () => {
  const site = await givenSite(3, everything);
  const vlans = await givenPool(site, "vlan", "100");
  await givenPool(site, "private_prefix", "10.0.0.0/24", 24);
  await givenPool(site, "pkey", "0x0001");
  await givenPool(site, "public_ip", "192.0.2.1-192.0.2.9");
  const tenant = await givenTenant(db.app, { fleet: site, gpuLimit: 80 });
  const launched = await givenReady(db, { tenant, fleet: site, nodeCount: 2, name: "pair" });
  const [lost] = launched.nodeIds;
  if (!lost) throw new Error("no node");
  await endOnNode(db.worker, {
    parentId: launched.operationId,
    nodeId: lost,
    state: "failed",
    lifecycle: "quarantined",
  });
  await endOperation(db.worker, { ...launched, state: "failed", environment: "failed" });
  must(
    await retryEnvironment(db.app, tenant.grant("environment.operate"), {
      requestKey: randomUUID(),
      environmentId: launched.environmentId,
    }),
  );
  expect(await items(vlans)).toHaveLength(1);
  expect(await networkOf(tenant, launched.environmentId)).toContain("192.0.2.3 pair-1");
});

test("a tenant draws for no environment of another, and sees nothing of what others hold", async () => {
  const site = await givenSite(2, { isPrivate: true });
  await givenPool(site, "vlan", "100-109");
  await givenPool(site, "private_prefix", "10.0.0.0/16", 24);
  const ours = await givenTenant(db.app, { fleet: site, gpuLimit: 80 });
  const theirs = await givenTenant(db.app, { fleet: site, gpuLimit: 80 });
  const { environmentId } = must(await launch(theirs, site, "theirs"));
  const draw = withGrant(db.app, ours.grant("environment.launch"), (tx) =>
    drawPoolItems(tx, environmentId, [
      { siteId: site.siteId, kind: "vlan", family: 0, owners: [null] },
    ]),
  );
  await expect(draw).rejects.toMatchObject({
    cause: expect.objectContaining({ message: expect.stringContaining("of its own") }),
  });
  const seen = await withGrant(db.app, ours.grant("environment.read"), (tx) =>
    tx.select().from(poolItems),
  );
  expect(seen).toEqual([]);
});

// Guarantee: a tenant never holds more public addresses than its quota says, whatever is launched at
// once. Goes red when the draw does not ask the quota.
test("public addresses count against the quota of tenant and project, at once and again", async () => {
  const site = await givenSite(6, { publicAddresses: "per_node" });
  await givenPool(site, "public_ip", "192.0.3.0/27");
  const tenant = await givenTenant(db.app, { fleet: site, gpuLimit: 80 });
  const edit = await givenFleetGrant(db.app, "quota.edit");
  const line = { dimension: "public_ips" as const, subject: "ipv4" };
  const { tenantId, projectId } = tenant;
  must(await setTenantQuota(db.app, edit, { tenantId, ...line, limit: 3 }));
  must(await setProjectQuota(db.app, edit, tenantId, { projectId, ...line, limit: 3 }));
  const unknown = { tenantId, ...line, subject: "ipv5", limit: 1 };
  expect(await setTenantQuota(db.app, edit, unknown)).toMatchObject({ ok: false });

  const both = await Promise.all(["a", "b"].map((name) => launch(tenant, site, name, 2)));
  expect(both.filter((result) => result.ok)).toHaveLength(1);
  const [refused] = both.filter((result) => !result.ok);
  expect(refused && why(refused)).toBe(
    "This needs 2 public IPv4 addresses and 1 of the tenant's 3 is left. Take fewer nodes, release an environment, or ask for more quota.",
  );
  const preflight = async (workers: number) =>
    (
      await launchPreflight(db.app, tenant.grant("environment.launch"), {
        templateVersionId: site.templateVersionId,
        imageId: site.imageId,
        name: "next",
        counts: { workers },
      })
    )?.checks.find((check) => check.title === "Quota of public IPv4 addresses");
  expect(await preflight(1)).toMatchObject({
    verdict: "ok",
    words: "Takes 1 of the 1 that the tenant has left.",
  });
  expect(await preflight(2)).toMatchObject({ verdict: "no" });

  const board = await withGrant(db.app, edit, (tx) => readQuotaBoard(tx, tenantId));
  expect(board.lines.find((each) => each.dimension === "public_ips")).toMatchObject({
    words: "public IPv4 addresses",
    limit: 3,
    used: 2,
    byProject: { [projectId]: { limit: 3, used: 2 } },
  });

  // What is released counts no more, though its addresses still cool down.
  const [done] = both.flatMap((result) => (result.ok ? [result.value] : []));
  if (!done) throw new Error("neither was launched");
  const held = await db.worker
    .select({ nodeId: allocations.nodeId })
    .from(allocations)
    .where(eq(allocations.environmentId, done.environmentId));
  const nodeIds = held.map((each) => each.nodeId);
  for (const nodeId of nodeIds) {
    const parentId = done.operationId;
    await endOnNode(db.worker, { parentId, nodeId, state: "succeeded", lifecycle: "active" });
  }
  await endOperation(db.worker, { ...done, state: "succeeded", environment: "ready" });
  await released(tenant, done.environmentId, nodeIds);
  expect(await preflight(3)).toMatchObject({ verdict: "ok" });
});
