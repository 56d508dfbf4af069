import { z } from "zod";
import { named } from "#lib/api/named";
import { listOf, pageOf } from "#lib/api/page";
import { fleetRoute } from "#lib/api/route";
import { acceptNvlinkDomain } from "#lib/commands/accept-nvlink-domain";
import { createFabric } from "#lib/commands/create-fabric";
import { placePorts } from "#lib/commands/place-ports";
import { removeFabric } from "#lib/commands/remove-fabric";
import { setNvlinkMembers } from "#lib/commands/set-nvlink-members";
import { fabricKinds, placeSources } from "#lib/domain/fabric/fabric";
import { longestPortSheet } from "#lib/domain/fabric/port-plan";
import { portStates } from "#lib/domain/fabric/port-state";
import { ok, refuse } from "#lib/domain/result";
import {
  acceptNvlinkDomainInput,
  createFabricInput,
  portSheetInput,
  setNvlinkMembersInput,
} from "#lib/schemas/fabric";
import { idOf } from "#lib/schemas/id";
import { readPortSheet } from "#lib/schemas/port-sheet";
import { line } from "#lib/schemas/text";
import { fabricDetail, isPortShown, portShows } from "#lib/views/fabric-detail";
import { fabricsView } from "#lib/views/fabrics";
import { nvlinkNodes } from "#lib/views/nvlink-nodes";
import { portPlan, portPlanOf } from "#lib/views/port-plan";

const site = z.object({ id: idOf("site"), name: z.string() });

const head = z.object({
  id: idOf("fabric"),
  name: z.string(),
  kind: z.enum(fabricKinds),
  site,
  placesFrom: z.enum(placeSources).nullable(),
  placesAt: z.string().nullable(),
});

const fabricLine = head.extend({
  leaves: z.number(),
  ports: z.number(),
  nodes: z.number(),
  down: z.number(),
  slow: z.number(),
});

const fabric = head.extend({
  placesBy: z.string().nullable(),
  placesDetail: z.string().nullable(),
  leaves: z.array(
    z.object({
      leaf: z.string(),
      rails: z.array(z.string()),
      ports: z.number(),
      nodes: z.number(),
      down: z.number(),
      slow: z.number(),
    }),
  ),
  /** Nodes that are on the same leaves. */
  groups: z.array(z.object({ leaves: z.array(z.string()), nodes: z.number(), free: z.number() })),
  /** The nodes of an NVLink domain. */
  members: z.array(
    z.object({
      id: idOf("node"),
      name: z.string(),
      rack: z.string(),
      /** Null: its GPU tray could not be read. */
      gpus: z.number().nullable(),
      gpuModel: z.string().nullable(),
      /** NVLinks of each GPU, fewest and most; null when its controller lists none. */
      links: z.object({ fewest: z.number(), most: z.number() }).nullable(),
      inventoryAt: z.string().nullable(),
      /** Where it lies in a rack of NVLink, as its controller tells it. */
      place: z
        .object({
          chassisSerial: z.string().nullable(),
          slot: z.number().nullable(),
          tray: z.number().nullable(),
        })
        .nullable(),
      /** ClusterUUID, as its newest inspection saw it. */
      cluster: z.string().nullable(),
      /** How what it tells and what was entered differ. */
      disagreement: z.string().nullable(),
    }),
  ),
});

const nvlinkProposal = z.object({
  site,
  /** A ClusterUUID, or the serial number of the rack. */
  told: z.string(),
  by: z.enum(["cluster", "chassis"]),
  nodes: z.array(z.object({ id: idOf("node"), name: z.string() })),
  /** What some of them are in already. */
  domains: z.array(z.object({ id: idOf("fabric"), name: z.string() })),
});

const port = z.object({
  guid: z.string().nullable(),
  node: z.object({ id: idOf("node"), name: z.string() }).nullable(),
  slot: z.string().nullable(),
  /** Null: on which fabric it is, is not known. */
  fabricId: idOf("fabric").nullable(),
  leaf: z.string().nullable(),
  leafPort: z.number().nullable(),
  rail: z.string().nullable(),
  rateGbps: z.number().nullable(),
  state: z.enum(portStates),
  words: z.string(),
  description: z.string().nullable(),
  inventoryAt: z.string().nullable(),
});

/** What became, or would become, of each line. */
const plan = z.object({
  source: z.enum(placeSources),
  /** When the fabric was looked at, where the source tells it. */
  detail: z.string().nullable(),
  lines: z.array(
    z.object({
      line: z.number(),
      guid: z.string(),
      leaf: z.string(),
      rail: z.string().nullable(),
      outcome: z.enum(["new", "changed", "same", "refused"]),
      /** The node that it is of, and whose word that is. */
      node: z.object({ name: z.string(), by: z.enum(["inventory", "list"]) }).nullable(),
      words: z.array(z.string()),
    }),
  ),
  /** How many ports are not in it, and leave the fabric when it is the whole. */
  gone: z.number(),
});

const done = z.object({ fabricId: idOf("fabric") });
const noSuch = { kind: "not_found", resource: "fabric" } as const;

const portsPerPage = 500;
// JSON writes a line end, a tab or a quotation mark as two characters: ibnetdiscover's output is full of them.
const portSheetBytes = 2 * longestPortSheet;

export const fabricRoutes = {
  listFabrics: fleetRoute({
    method: "GET",
    path: "/fabrics",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "Every fabric by site and name, and how many ports of each site have no known place",
    response: listOf(fabricLine).extend({
      sites: z.array(site.extend({ unplaced: z.number(), nodesWithPorts: z.number() })),
      /** Nodes that say that they share an NVLink domain, and are not in one together. */
      nvlinkProposals: z.array(nvlinkProposal),
    }),
    run: async ({ db, by }) => {
      const { fabrics, sites } = await fabricsView(db, by);
      const { proposals } = await nvlinkNodes(db, by);
      return ok({ items: fabrics, sites, nvlinkProposals: proposals });
    },
  }),

  createFabric: fleetRoute({
    method: "POST",
    path: "/fabrics",
    permission: "node.enrol",
    tag: "Fleet",
    summary: "Add a fabric to a site, with nothing in it",
    body: createFabricInput,
    response: done,
    run: ({ db, by, body }) => createFabric(db, by, body),
  }),

  getFabric: fleetRoute({
    method: "GET",
    path: "/fabrics/{fabric}",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "One fabric: its leaves and how nodes lie on them, or the nodes of an NVLink domain",
    response: fabric,
    run: async ({ db, by, params }) => {
      const found = await fabricDetail(db, by, params.fabric ?? "");
      return found ? ok(found) : refuse(noSuch);
    },
  }),

  listFabricPorts: fleetRoute({
    method: "GET",
    path: "/fabrics/{fabric}/ports",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "The ports of an InfiniBand fabric, five hundred a page",
    description:
      "Ports of the site's nodes whose place is not known come first, then the fabric's own by node and slot.",
    query: z.object({
      show: z.enum(portShows).optional(),
      leaf: line(100).optional(),
      /** How many to pass over: they have no order of their own that could be kept. */
      after: z.coerce.number().int().min(0).max(1_000_000).default(0),
    }),
    response: pageOf(port),
    run: async ({ db, by, params, query: { show, leaf, after } }) => {
      const found = await fabricDetail(db, by, params.fabric ?? "");
      if (!found) return refuse(noSuch);
      const matching = found.ports.filter(
        (each) => (!show || isPortShown(each, show)) && (!leaf || each.leaf === leaf),
      );
      const end = after + portsPerPage;
      return ok({
        items: matching.slice(after, end),
        next: end < matching.length ? String(end) : null,
      });
    },
  }),

  removeFabric: fleetRoute({
    method: "POST",
    path: "/fabrics/{fabric}/remove",
    permission: "node.enrol",
    tag: "Fleet",
    summary: "Forget a fabric and the places of its ports",
    description: "Nothing on the fabric itself changes.",
    response: done,
    run: async ({ db, by, params }) => {
      const id = named("fabric", params.fabric, "fabric");
      if (!id.ok) return id;
      const result = await removeFabric(db, by, { fabricId: id.value });
      return result.ok ? ok({ fabricId: id.value }) : result;
    },
  }),

  setNvlinkMembers: fleetRoute({
    method: "POST",
    path: "/fabrics/{fabric}/set-members",
    permission: "node.enrol",
    tag: "Fleet",
    summary: "Say which nodes share an NVLink domain: these and no others",
    description: "Names with blanks, commas or line ends between them; empty for none.",
    body: setNvlinkMembersInput.omit({ fabricId: true }),
    response: done,
    run: async ({ db, by, params, body }) => {
      const id = named("fabric", params.fabric, "fabric");
      if (!id.ok) return id;
      const result = await setNvlinkMembers(db, by, { ...body, fabricId: id.value });
      return result.ok ? ok({ fabricId: id.value }) : result;
    },
  }),

  acceptNvlinkDomain: fleetRoute({
    method: "POST",
    path: "/fabrics/accept-nvlink-domain",
    permission: "node.enrol",
    tag: "Fleet",
    summary: "Make an NVLink domain of the nodes that say that they share one",
    description:
      "What is proposed listFabrics tells. With the name of a domain that is there, they are added to it.",
    body: acceptNvlinkDomainInput,
    response: done,
    run: ({ db, by, body }) => acceptNvlinkDomain(db, by, body),
  }),

  checkPorts: fleetRoute({
    method: "POST",
    path: "/fabrics/{fabric}/check-ports",
    permission: "node.enrol",
    tag: "Fleet",
    summary: "Ask what taking the places of ports from a list would do, line by line",
    description:
      "The list is the one of the page Place ports, or the output of ibnetdiscover. Nothing is written.",
    body: portSheetInput.omit({ fabricId: true }),
    mostBytes: portSheetBytes,
    response: plan,
    onlyAsks: true,
    run: async ({ db, by, params, body }) => {
      const id = named("fabric", params.fabric, "fabric");
      if (!id.ok) return id;
      const sheet = readPortSheet(body.text);
      return sheet.ok ? portPlan(db, by, { ...body, fabricId: id.value }, sheet.value) : sheet;
    },
  }),

  placePorts: fleetRoute({
    method: "POST",
    path: "/fabrics/{fabric}/place-ports",
    permission: "node.enrol",
    tag: "Fleet",
    summary: "Take the places of ports from a list, or from what the fabric says",
    description:
      "Lines that are refused keep none of the others back. With isWhole, ports that are not in it leave the fabric.",
    body: portSheetInput.omit({ fabricId: true }),
    mostBytes: portSheetBytes,
    response: plan,
    run: async ({ db, by, params, body }) => {
      const id = named("fabric", params.fabric, "fabric");
      if (!id.ok) return id;
      const sheet = readPortSheet(body.text);
      if (!sheet.ok) return sheet;
      const placed = await placePorts(db, by, { ...body, fabricId: id.value }, sheet.value);
      return placed.ok
        ? ok(portPlanOf(sheet.value, placed.value.lines, placed.value.gone))
        : placed;
    },
  }),
};
