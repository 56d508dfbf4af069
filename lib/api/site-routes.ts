import { z } from "zod";
import type { Database } from "#db/client";
import type { Grant } from "#lib/access/authorize";
import { named } from "#lib/api/named";
import { listOf, pageOf } from "#lib/api/page";
import { fleetRoute } from "#lib/api/route";
import { createRack } from "#lib/commands/create-rack";
import { createSite } from "#lib/commands/create-site";
import { removeProvisioning } from "#lib/commands/remove-provisioning";
import { setProvisioning } from "#lib/commands/set-provisioning";
import { dhcpModes } from "#lib/domain/boot/dnsmasq-config";
import { leaseStates } from "#lib/domain/boot/lease-report";
import type { Id } from "#lib/domain/id";
import { networkDrivers } from "#lib/domain/network/driver";
import { nodeLifecycles } from "#lib/domain/node/lifecycle";
import type { Refusal } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import { idOf } from "#lib/schemas/id";
import { setProvisioningInput } from "#lib/schemas/provisioning";
import { createRackInput, createSiteInput } from "#lib/schemas/site";
import { bootRequests } from "#lib/views/boot-requests";
import { rackElevation } from "#lib/views/rack-elevation";
import { sitesView } from "#lib/views/racks";
import { siteDetail } from "#lib/views/site-detail";
import { siteLeases } from "#lib/views/site-leases";

// Network drivers and fabric managers are read here and set in the portal alone: they have secrets.

const network = z
  .object({
    driver: z.enum(networkDrivers),
    address: z.string().nullable(),
    bridge: z.string().nullable(),
    namespace: z.string().nullable(),
  })
  .nullable();

const site = z.object({
  id: idOf("site"),
  name: z.string(),
  /** Of its own; null: the general one. */
  bootOrigin: z.string().nullable(),
  network,
});

const siteWithRacks = site.extend({
  racks: z.array(
    z.object({
      id: idOf("rack"),
      name: z.string(),
      units: z.number(),
      nodes: z.number(),
      available: z.number(),
    }),
  ),
});

const oneSite = site.extend({
  racks: z.number(),
  fabricManager: z.object({ address: z.string() }).nullable(),
  provisioning: z
    .object({
      mode: z.enum(dhcpModes),
      networkInterface: z.string().nullable(),
      subnet: z.string(),
      firstAddress: z.string().nullable(),
      lastAddress: z.string().nullable(),
      router: z.string().nullable(),
      dns: z.string().nullable(),
      leaseMinutes: z.number(),
    })
    .nullable(),
  /** How many nodes stand there, and of how many the boot MAC address is known. */
  nodes: z.object({ total: z.number(), withMac: z.number() }),
  /** A configuration for its DHCP server; null while the provisioning network is not entered. */
  dnsmasq: z.string().nullable(),
  /** When the script that tells of leases was made, and when it last did; null while there is none. */
  leaseReports: z.object({ madeAt: z.string(), heardAt: z.string().nullable() }).nullable(),
});

const lease = z.object({
  mac: z.string(),
  address: z.string(),
  /** Whose interface it is; null where no node here has it. */
  node: z.object({ id: idOf("node"), name: z.string() }).nullable(),
  /** `ended`: the DHCP server said so; `expired`: its time is over, and nothing was heard since. */
  state: z.enum(leaseStates),
  /** Null: it was given before it was told of. */
  since: z.string().nullable(),
  until: z.string(),
  endedAt: z.string().nullable(),
  /** What its client said that it is, in words; null where it has not asked since we hear. */
  client: z.string().nullable(),
  vendorClass: z.string().nullable(),
  askedAt: z.string().nullable(),
  /** When it was last given the boot server's address; null: never. */
  bootGivenAt: z.string().nullable(),
  firstHeardAt: z.string(),
  heardAt: z.string(),
});

const bootRequest = z.object({
  mac: z.string(),
  /** From which it asked last. */
  address: z.string(),
  /** Whose interface it is; null where no node here has it. */
  node: z.object({ id: idOf("node"), name: z.string() }).nullable(),
  /** How often it asked, each retry counted. */
  count: z.number(),
  firstAt: z.string(),
  lastAt: z.string(),
});

const rackNode = z.object({
  id: idOf("node"),
  name: z.string(),
  nodeType: z.string(),
  unit: z.number().nullable(),
  height: z.number(),
  lifecycle: z.enum(nodeLifecycles),
  since: z.string(),
  reason: z.string().nullable(),
  flags: z.array(z.string()),
});

const rack = z.object({
  id: idOf("rack"),
  name: z.string(),
  site: z.string(),
  units: z.number(),
  nodes: z.number(),
  /** From the top down: several nodes in one where their places overlap. */
  slots: z.array(z.object({ lowest: z.number(), highest: z.number(), nodes: z.array(rackNode) })),
  /** Those whose unit is not known, or not one of this rack's. */
  elsewhere: z.array(rackNode),
});

const done = z.object({ siteId: idOf("site") });

/** Does something to the site that the path names, which gives nothing back. */
async function onSite(
  { db, by, params }: { db: Database; by: Enrol; params: Record<string, string> },
  does: (db: Database, by: Enrol, siteId: Id<"site">) => Promise<Result<void, Refusal>>,
): Promise<Result<{ siteId: Id<"site"> }, Refusal>> {
  const id = named("site", params.site, "site");
  if (!id.ok) return id;
  const result = await does(db, by, id.value);
  return result.ok ? ok({ siteId: id.value }) : result;
}

type Enrol = Grant<"node.enrol">;

// What is read can be sent back: beside an empty text, null says that there is none.
const provisioning = setProvisioningInput.shape;

export const siteRoutes = {
  listSites: fleetRoute({
    method: "GET",
    path: "/sites",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "Every site by name, with its racks and how many nodes stand in each",
    response: listOf(siteWithRacks),
    run: async ({ db, by }) => ok({ items: await sitesView(db, by) }),
  }),

  createSite: fleetRoute({
    method: "POST",
    path: "/sites",
    permission: "node.enrol",
    tag: "Fleet",
    summary: "Add a site",
    description:
      "Its nodes boot from bootOrigin, or from the general boot address where that is left out.",
    body: createSiteInput.extend({
      bootOrigin: createSiteInput.shape.bootOrigin.nullable().default(null),
    }),
    response: done,
    run: ({ db, by, body }) => createSite(db, by, body),
  }),

  getSite: fleetRoute({
    method: "GET",
    path: "/sites/{site}",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "One site, with its provisioning network and a dnsmasq configuration for it",
    response: oneSite,
    run: async ({ db, by, params, bootOrigin }) => {
      const found = await siteDetail(db, by, params.site ?? "", bootOrigin);
      return found ? ok(found) : refuse({ kind: "not_found", resource: "site" });
    },
  }),

  listSiteLeases: fleetRoute({
    method: "GET",
    path: "/sites/{site}/leases",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "What a site's DHCP server told of leases, the one heard of last first",
    description:
      "One for each MAC address, a hundred a page, of the last 5,000. dnsmasq tells of what it gave: a client that asked it and was given no lease is not here.",
    query: z.object({
      /** How many to pass over: their order changes as leases are told of. */
      after: z.coerce.number().int().min(0).max(1_000_000).default(0),
    }),
    response: pageOf(lease),
    run: async ({ db, by, params, query: { after } }) => {
      const id = named("site", params.site, "site");
      if (!id.ok) return id;
      const found = await siteLeases(db, by, id.value, { after, limit: 100 });
      if (!found) return refuse({ kind: "not_found", resource: "site" });
      const { leases, more } = found;
      return ok({ items: leases, next: more ? String(after + leases.length) : null });
    },
  }),

  listSiteBootRequests: fleetRoute({
    method: "GET",
    path: "/sites/{site}/boot-requests",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "Who asked the boot server by a MAC address that nobody awaited, the last first",
    description:
      "One for each MAC address, the last hundred. A node that boots by PXE while nothing is ordered for it is here as well. Requests that came from none of the provisioning networks are not, where there are several.",
    response: listOf(bootRequest),
    run: async ({ db, by, params }) => {
      const id = named("site", params.site, "site");
      if (!id.ok) return id;
      const items = await bootRequests(db, by, id.value);
      return items ? ok({ items }) : refuse({ kind: "not_found", resource: "site" });
    },
  }),

  setProvisioning: fleetRoute({
    method: "POST",
    path: "/sites/{site}/set-provisioning",
    permission: "node.enrol",
    tag: "Fleet",
    summary: "Say what the provisioning network of a site is",
    description: "All of it: what is left out is none. Nothing is sent to a DHCP server.",
    body: setProvisioningInput.omit({ siteId: true }).extend({
      networkInterface: provisioning.networkInterface.nullable().default(null),
      firstAddress: provisioning.firstAddress.nullable().default(null),
      lastAddress: provisioning.lastAddress.nullable().default(null),
      router: provisioning.router.nullable().default(null),
      dns: provisioning.dns.nullable().default(null),
    }),
    response: done,
    run: (asked) =>
      onSite(asked, (db, by, siteId) => setProvisioning(db, by, { ...asked.body, siteId })),
  }),

  removeProvisioning: fleetRoute({
    method: "POST",
    path: "/sites/{site}/remove-provisioning",
    permission: "node.enrol",
    tag: "Fleet",
    summary: "Forget the provisioning network of a site",
    description:
      "What was told of its leases goes with it. A DHCP server that has its configuration goes on.",
    response: done,
    run: (asked) => onSite(asked, (db, by, siteId) => removeProvisioning(db, by, { siteId })),
  }),

  createRack: fleetRoute({
    method: "POST",
    path: "/racks",
    permission: "node.enrol",
    tag: "Fleet",
    summary: "Add a rack to a site",
    body: createRackInput,
    response: z.object({ rackId: idOf("rack") }),
    run: ({ db, by, body }) => createRack(db, by, body),
  }),

  getRack: fleetRoute({
    method: "GET",
    path: "/racks/{rack}",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "One rack, with the nodes in it and where each stands",
    response: rack,
    run: async ({ db, by, params }) => {
      const id = named("rack", params.rack, "rack");
      if (!id.ok) return id;
      const found = await rackElevation(db, by, id.value);
      return found
        ? ok({ id: id.value, ...found })
        : refuse({ kind: "not_found", resource: "rack" });
    },
  }),
};
