import { z } from "zod";

const text = (longest: number) => z.string().trim().max(longest).catch("");

/** Where a page of audit events ended: `time,id`. */
export const auditPlace = z.string().regex(/^\d{4}-[0-9T:.-]+Z,aud_[0-9a-z]{26}$/);

/** What a list of audit events is narrowed to; what does not parse narrows nothing. */
export const auditFilter = z.object({
  /** Part of the action's name: `environment`, `quota.set`. */
  action: text(60).default(""),
  /** Part of the actor's name. */
  actor: text(100).default(""),
  /** An id, or part of a name. */
  object: text(100).default(""),
  /** A tenant's slug; only the fleet's log holds several tenants. */
  tenant: text(63).default(""),
  outcome: z.enum(["done", "denied"]).optional().catch(undefined),
  /** The last event of the page before: `time,id`. */
  after: auditPlace.optional().catch(undefined),
});
export type AuditFilter = z.infer<typeof auditFilter>;
