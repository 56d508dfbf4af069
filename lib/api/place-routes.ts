import { z } from "zod";
import { listOf, pageOf } from "#lib/api/page";
import { fleetRoute, tenantRoute } from "#lib/api/route";
import { nodeHealths, nodeLifecycles } from "#lib/domain/node/lifecycle";
import { quotaDimensions } from "#lib/domain/quota/quota";
import { ok } from "#lib/domain/result";
import { auditPlace } from "#lib/schemas/audit";
import { idOf } from "#lib/schemas/id";
import { line } from "#lib/schemas/text";
import { auditLog } from "#lib/views/audit-log";
import { nodeList } from "#lib/views/node-list";
import { quotaBoard } from "#lib/views/quota-board";

const quotaLine = z.object({
  dimension: z.enum(quotaDimensions),
  subject: z.string(),
  words: z.string(),
  limit: z.number().nullable(),
  used: z.number(),
});

const auditEvent = z.object({
  id: idOf("auditEvent"),
  at: z.string(),
  sequence: z.number(),
  actor: z.string(),
  token: z.string().nullable(),
  action: z.string(),
  outcome: z.enum(["done", "denied"]),
  objectKind: z.string().nullable(),
  objectId: z.string().nullable(),
  objectName: z.string().nullable(),
  detail: z.record(z.string(), z.unknown()),
  requestId: z.string().nullable(),
  ipAddress: z.string().nullable(),
});

const node = z.object({
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

export const placeRoutes = {
  getTenantQuota: tenantRoute({
    method: "GET",
    path: "/quota",
    permission: "tenant.read",
    tag: "Tenant",
    summary: "The tenant's quota, and how much is held",
    response: listOf(quotaLine),
    run: async ({ db, by }) => ok({ items: (await quotaBoard(db, by)).lines }),
  }),

  listAuditEvents: tenantRoute({
    method: "GET",
    path: "/audit-events",
    permission: "tenant.audit",
    tag: "Tenant",
    summary: "The tenant's audit log, newest first",
    query: z.object({
      action: line(60).default(""),
      actor: line(100).default(""),
      object: line(100).default(""),
      outcome: z.enum(["done", "denied"]).optional(),
      after: auditPlace.optional(),
    }),
    response: pageOf(auditEvent),
    run: async ({ db, by, query }) => {
      const { events, after } = await auditLog(db, by, { ...query, tenant: "" });
      return ok({ items: events, next: after });
    },
  }),

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
      after: line(63).optional(),
    }),
    response: pageOf(node),
    run: async ({ db, by, query }) => {
      const list = await nodeList(db, by, {
        lifecycle: query.lifecycle && [query.lifecycle],
        search: query.search,
        after: query.after,
      });
      return ok({ items: list.lines, next: list.after });
    },
  }),
};
