import { z } from "zod";
import { pageOf } from "#lib/api/page";
import { fleetRoute, tenantRoute } from "#lib/api/route";
import { ok } from "#lib/domain/result";
import { auditPlace } from "#lib/schemas/audit";
import { idOf } from "#lib/schemas/id";
import { line } from "#lib/schemas/text";
import { verifyAudit } from "#lib/views/audit-chain";
import { auditLog } from "#lib/views/audit-log";

const auditEvent = z.object({
  id: idOf("auditEvent"),
  at: z.string(),
  sequence: z.number(),
  actor: z.string(),
  token: z.string().nullable(),
  sessionId: idOf("session").nullable(),
  action: z.string(),
  outcome: z.enum(["done", "denied"]),
  objectKind: z.string().nullable(),
  objectId: z.string().nullable(),
  objectName: z.string().nullable(),
  detail: z.record(z.string(), z.unknown()),
  requestId: z.string().nullable(),
  ipAddress: z.string().nullable(),
});

const filter = z.object({
  action: line(60).default(""),
  actor: line(100).default(""),
  object: line(100).default(""),
  outcome: z.enum(["done", "denied"]).optional(),
  after: auditPlace.optional(),
});

const verified = z.object({
  at: z.string(),
  chains: z.array(
    z.object({
      /** The tenant's slug, or its id where it is gone; null is the fleet's own chain. */
      tenant: z.string().nullable(),
      length: z.number(),
      /** Up to which of its events it holds. */
      verifiedTo: z.number(),
      /** The hash of the last one, to be kept elsewhere. */
      head: z.string(),
      /** Up to which event the worker has signed it, and when. */
      sealed: z.object({ length: z.number(), at: z.string() }).nullable(),
      fault: z.object({ words: z.string(), eventId: z.string().nullable() }).nullable(),
    }),
  ),
});

export const auditRoutes = {
  listAuditEvents: tenantRoute({
    method: "GET",
    path: "/audit-events",
    permission: "tenant.audit",
    tag: "Tenant",
    summary: "The tenant's audit log, newest first",
    query: filter,
    response: pageOf(auditEvent),
    run: async ({ db, by, query }) => {
      const { events, after } = await auditLog(db, by, { ...query, tenant: "" });
      return ok({ items: events, next: after });
    },
  }),

  // Not one that only asks: it walks the whole log, so that it counts among the caller's changes.
  verifyAudit: tenantRoute({
    method: "POST",
    path: "/audit-events/verify",
    permission: "tenant.audit",
    tag: "Tenant",
    summary: "Walk the audit log's chain from its beginning, and say up to where it holds",
    response: verified,
    run: ({ db, by, auditKeys }) => verifyAudit(db, by, auditKeys),
  }),

  listFleetAuditEvents: fleetRoute({
    method: "GET",
    path: "/audit-events",
    permission: "fleet.audit",
    tag: "Fleet",
    summary: "The audit log of the fleet and of every tenant, newest first",
    query: filter.extend({ tenant: line(63).default("") }),
    response: pageOf(auditEvent.extend({ tenant: z.string().nullable() })),
    run: async ({ db, by, query }) => {
      const { events, after } = await auditLog(db, by, query);
      return ok({ items: events, next: after });
    },
  }),

  verifyFleetAudit: fleetRoute({
    method: "POST",
    path: "/audit-events/verify",
    permission: "fleet.audit",
    tag: "Fleet",
    summary: "Walk every chain of the audit log, and say of each up to where it holds",
    response: verified,
    run: ({ db, by, auditKeys }) => verifyAudit(db, by, auditKeys),
  }),
};
