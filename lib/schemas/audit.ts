import { z } from "zod";
import { placeOf } from "#lib/schemas/place";
import { searchText } from "#lib/schemas/text";

/** Where a page of audit events ended. */
export const auditPlace = placeOf("auditEvent");

/** What a list of audit events is narrowed to; what does not parse narrows nothing. */
export const auditFilter = z.object({
  /** Part of the action's name: `environment`, `quota.set`. */
  action: searchText(60),
  /** Part of the actor's name. */
  actor: searchText(100),
  /** An id, or part of a name. */
  object: searchText(100),
  /** A tenant's slug; only the fleet's log holds several tenants. */
  tenant: searchText(63),
  outcome: z.enum(["done", "denied"]).optional().catch(undefined),
  /** The last event of the page before: `time,id`. */
  after: auditPlace.optional().catch(undefined),
});
export type AuditFilter = z.infer<typeof auditFilter>;
