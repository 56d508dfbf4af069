import { z } from "zod";
import type { Database } from "#db/client";
import type { Grant } from "#lib/access/authorize";
import { named } from "#lib/api/named";
import { pageOf } from "#lib/api/page";
import { fleetRoute } from "#lib/api/route";
import { flagNode } from "#lib/commands/flag-node";
import { orderNode } from "#lib/commands/order-node";
import { retryRotation } from "#lib/commands/retry-rotation";
import { setAsideNode } from "#lib/commands/set-aside-node";
import type { Id } from "#lib/domain/id";
import { nodeHealths, nodeLifecycles } from "#lib/domain/node/lifecycle";
import { differenceFields } from "#lib/domain/node/node-type";
import { operationStates } from "#lib/domain/operation/operation";
import type { Refusal } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import { idOf } from "#lib/schemas/id";
import { inspectionOrder } from "#lib/schemas/inspection";
import { flagNodeInput, orderNodeInput, setAsideNodeInput } from "#lib/schemas/node";
import { nodeSensors, nodeSensorsQuery } from "#lib/schemas/node-sensors";
import { line } from "#lib/schemas/text";
import { nodeDetail } from "#lib/views/node-detail";
import { nodeList } from "#lib/views/node-list";
import { nodeSensorsOf } from "#lib/views/node-sensors";

export const operationLine = z.object({
  id: idOf("operation"),
  kind: z.string(),
  state: z.enum(operationStates),
  goingBack: z.boolean(),
  step: z.string().nullable(),
  stepNumber: z.number(),
  stepCount: z.number(),
  waitReason: z.string().nullable(),
  reason: z.string().nullable(),
  nextTryAt: z.string().nullable(),
  requestedByName: z.string().nullable(),
  createdAt: z.string(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
});

/** Why it may not be done now; left out when it may. */
const against = z.string().optional();

const difference = z.object({ field: z.enum(differenceFields), words: z.string() });

const nodeLine = z.object({
  id: idOf("node"),
  name: z.string(),
  site: z.string(),
  rack: z.string(),
  unit: z.number().nullable(),
  nodeType: z.string(),
  lifecycle: z.enum(nodeLifecycles),
  since: z.string(),
  reason: z.string().nullable(),
  power: z.string(),
  controller: z.string(),
  health: z.enum(nodeHealths),
  flags: z.array(z.string()),
  address: z.string().nullable(),
});

// What orders ask for and lead to. What was found in it is long, and the portal's.
const node = z.object({
  id: idOf("node"),
  name: z.string(),
  site: z.string(),
  rack: z.string(),
  unit: z.number().nullable(),
  nodeType: z.object({ id: idOf("nodeType"), name: z.string() }),
  lifecycle: z.enum(nodeLifecycles),
  since: z.string(),
  reason: z.string().nullable(),
  /** Why it would not be given to a tenant now; empty when it would. */
  notAllocatable: z.array(z.string()),
  power: z.object({ observed: z.string(), at: z.string().nullable() }),
  health: z.object({ state: z.string(), reasons: z.array(z.string()) }),
  maintenance: z.boolean(),
  cordoned: z.boolean(),
  flagReason: z.string().nullable(),
  address: z.string().nullable(),
  serial: z.string().nullable(),
  sanitizedAt: z.string().nullable(),
  controller: z.object({
    address: z.string(),
    /** Of the certificate that was confirmed; null before. */
    fingerprint: z.string().nullable(),
    /** Of another that it shows, which nobody has confirmed. */
    presented: z.string().nullable(),
    state: z.string(),
    stateAt: z.string().nullable(),
    credential: z.enum(["untried", "good", "rejected"]),
    passwordChangedAt: z.string().nullable(),
    /** Why it takes neither of two passwords; null where none is in doubt. */
    unresolved: z.string().nullable(),
  }),
  holder: z
    .object({
      tenant: z.string(),
      project: z.string(),
      environment: z.string(),
      since: z.string(),
    })
    .nullable(),
  /** Whose launch may take it, while nobody holds it. */
  hold: z
    .object({
      id: idOf("hold"),
      tenant: z.string(),
      project: z.string(),
      heldBy: z.string(),
      until: z.string(),
    })
    .nullable(),
  /** The version of a template whose dry run it is lent to, while it is. */
  lent: z
    .object({
      template: z.object({ id: idOf("template"), name: z.string() }),
      version: z.object({ id: idOf("templateVersion"), number: z.number() }),
      /** The past run of a hook that it replays; null where it replays none. */
      replayOf: idOf("hookRun").nullable(),
      lentBy: z.string(),
    })
    .nullable(),
  /** Where it is not what its node type says, and nobody has accepted it. */
  differences: z.array(difference),
  accepted: z.array(difference.extend({ reason: z.string(), by: z.string(), at: z.string() })),
  /** What joins it to tenants' networks: the site's driver, and its port there. */
  network: z.object({ driver: z.string().nullable(), port: z.string().nullable() }),
  operations: z.array(operationLine),
  whyNot: z.object({
    verify: against,
    sanitize: against,
    inspect: against,
    rotate: against,
    quarantined: against,
    retired: against,
  }),
});

const done = z.object({ nodeId: idOf("node") });
const ordered = z.object({ operationId: idOf("operation") });

/** Does something to the node that the path names, which gives nothing back. */
export async function onNode<By>(
  { db, by, params }: { db: Database; by: By; params: Record<string, string> },
  does: (db: Database, by: By, nodeId: Id<"node">) => Promise<Result<void, Refusal>>,
): Promise<Result<{ nodeId: Id<"node"> }, Refusal>> {
  const id = named("node", params.node, "node");
  if (!id.ok) return id;
  const result = await does(db, by, id.value);
  return result.ok ? ok({ nodeId: id.value }) : result;
}

type Operate = Grant<"node.operate">;

export const nodeRoutes = {
  listNodes: fleetRoute({
    method: "GET",
    path: "/nodes",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "Nodes by name, fifty a page",
    query: z.object({
      lifecycle: z.enum(nodeLifecycles).optional(),
      /** A part of a name, serial number, MAC or address. */
      search: line(100).optional(),
      after: line(100).optional(),
    }),
    response: pageOf(nodeLine),
    run: async ({ db, by, query }) => {
      const list = await nodeList(db, by, {
        lifecycle: query.lifecycle && [query.lifecycle],
        search: query.search,
        after: query.after,
      });
      return ok({ items: list.lines, next: list.after });
    },
  }),

  getNode: fleetRoute({
    method: "GET",
    path: "/nodes/{node}",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "One node, with its latest operations and what may not be ordered now",
    response: node,
    run: async ({ db, by, params }) => {
      const id = named("node", params.node, "node");
      if (!id.ok) return id;
      const found = await nodeDetail(db, by, id.value);
      return found ? ok(found) : refuse({ kind: "not_found", resource: "node" });
    },
  }),

  getNodeSensors: fleetRoute({
    method: "GET",
    path: "/nodes/{node}/sensors",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "What a node's controller has measured over the last hours or days",
    description:
      "Power, inlet temperature, hottest sensor and slowest fan: least, mean and greatest per bucket, null where nothing was measured. `whyNot` tells why the controller is not read.",
    query: nodeSensorsQuery,
    response: nodeSensors,
    run: async ({ db, by, params, query, controllerWatchMs }) => {
      const id = named("node", params.node, "node");
      if (!id.ok) return id;
      const found = await nodeSensorsOf(db, by, id.value, query.window, controllerWatchMs);
      return found ? ok(found) : refuse({ kind: "not_found", resource: "node" });
    },
  }),

  orderNode: fleetRoute({
    method: "POST",
    path: "/nodes/{node}/orders",
    permission: "node.operate",
    tag: "Fleet",
    summary: "Have a node verified or wiped, or its controller given a new password",
    description:
      "Verify and sanitize take a node that no tenant holds. The answer is that it was ordered: the node names its operations.",
    body: orderNodeInput.options[0].omit({ nodeId: true }),
    response: ordered,
    status: 202,
    run: async ({ db, by, params, body }) => {
      const id = named("node", params.node, "node");
      return id.ok ? orderNode(db, by, { ...body, nodeId: id.value }) : id;
    },
  }),

  inspectNode: fleetRoute({
    method: "POST",
    path: "/nodes/{node}/inspections",
    permission: "node.operate",
    tag: "Fleet",
    summary: "Have a node inspected from within, and put to the test if that is asked",
    description: "It is turned off and booted for this, and not given out meanwhile.",
    body: inspectionOrder,
    response: ordered,
    status: 202,
    run: async ({ db, by, params, body }) => {
      const id = named("node", params.node, "node");
      if (!id.ok) return id;
      return orderNode(db, by, { nodeId: id.value, order: "inspect", inspection: body });
    },
  }),

  setAsideNode: fleetRoute({
    method: "POST",
    path: "/nodes/{node}/set-aside",
    permission: "node.operate",
    tag: "Fleet",
    summary: "Quarantine a node, or retire it for good",
    description:
      "Work that is under way on it ends, and an environment that only waited for it is released. Out of quarantine leads a wipe: order sanitize.",
    body: setAsideNodeInput.omit({ nodeId: true }),
    response: done,
    run: (asked) =>
      onNode<Operate>(asked, (db, by, nodeId) => setAsideNode(db, by, { ...asked.body, nodeId })),
  }),

  flagNode: fleetRoute({
    method: "POST",
    path: "/nodes/{node}/flags",
    permission: "node.operate",
    tag: "Fleet",
    summary: "Set or clear what keeps a node from being given out",
    description: "To set it needs a reason. A running environment is not touched.",
    body: flagNodeInput
      .omit({ nodeId: true })
      .extend({ reason: flagNodeInput.shape.reason.default("") }),
    response: done,
    run: (asked) =>
      onNode<Operate>(asked, (db, by, nodeId) => flagNode(db, by, { ...asked.body, nodeId })),
  }),

  retryRotation: fleetRoute({
    method: "POST",
    path: "/nodes/{node}/retry-rotation",
    permission: "node.enrol",
    tag: "Fleet",
    summary: "Have both passwords of a controller tried again, after it took neither",
    response: done,
    status: 202,
    run: (asked) =>
      onNode<Grant<"node.enrol">>(asked, (db, by, nodeId) => retryRotation(db, by, { nodeId })),
  }),
};
