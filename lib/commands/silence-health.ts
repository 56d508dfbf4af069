import { eq } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { endSilence, insertSilence } from "#db/queries/health-silences";
import { healthSilences } from "#db/schema/health-silences";
import { nodes } from "#db/schema/nodes";
import { racks, sites } from "#db/schema/sites";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { silencedWords } from "#lib/domain/health/silence";
import type { Id } from "#lib/domain/id";
import type { RefusalOf, Resource } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { AddHealthSilenceInput, EndHealthSilenceInput } from "#lib/schemas/health";

type Silenced = Result<{ silenceId: Id<"healthSilence"> }, RefusalOf<"not_found">>;

/**
 * Has operators told nothing of a rule, or of any, in the fleet, a site, a rack or of a node, until a time.
 * Nothing else follows: reasons open and close, and a critical one keeps a free node back as before. In
 * place of a silence of the same that goes on. Refuses a place that is not there.
 */
export function addHealthSilence(
  db: Database,
  grant: Grant<"node.operate">,
  input: AddHealthSilenceInput,
): Promise<Silenced> {
  return withGrant(db, grant, async (tx) => {
    const { siteId = null, rackId = null, nodeId = null, code = null, hours, reason } = input;
    const place = await placeOf(tx, { siteId, rackId, nodeId });
    if ("missing" in place) return refuse({ kind: "not_found", resource: place.missing });
    const { id, until } = await insertSilence(tx, {
      ...{ siteId, rackId, nodeId, gpu: null, code, reason, hours },
      silencedBy: grant.actorName,
    });
    await recordAudit(tx, grant, {
      action: "health.silence",
      ...(place.object ? { object: place.object } : {}),
      detail: { what: silencedWords({ code, gpu: null }), reason, until: until.toISOString() },
    });
    return ok({ silenceId: id });
  });
}

/** Ends a silence before its time. Refuses one that is over. */
export function endHealthSilence(
  db: Database,
  grant: Grant<"node.operate">,
  { silenceId }: EndHealthSilenceInput,
): Promise<Result<{ silenceId: Id<"healthSilence"> }, RefusalOf<"not_found" | "not_now">>> {
  return withGrant(db, grant, async (tx) => {
    const [silence] = await tx
      .select()
      .from(healthSilences)
      .where(eq(healthSilences.id, silenceId));
    if (!silence) return refuse({ kind: "not_found", resource: "silence" });
    if (!(await endSilence(tx, silenceId, grant.actorName))) {
      return refuse({
        kind: "not_now",
        reason: "This silence is over already.",
        advice: "Look at the list anew.",
      });
    }
    const place = await placeOf(tx, silence);
    await recordAudit(tx, grant, {
      action: "health.end_silence",
      ...("object" in place && place.object ? { object: place.object } : {}),
      detail: { what: silencedWords(silence) },
    });
    return ok({ silenceId });
  });
}

type Place = { kind: string; id: string; name: string };

/** The place that is named; null for the whole fleet, or what is missing. */
async function placeOf(
  tx: Transaction,
  {
    siteId,
    rackId,
    nodeId,
  }: { siteId: Id<"site"> | null; rackId: Id<"rack"> | null; nodeId: Id<"node"> | null },
): Promise<{ object: Place | null } | { missing: Resource }> {
  if (siteId) {
    const [site] = await tx.select({ name: sites.name }).from(sites).where(eq(sites.id, siteId));
    return site ? { object: { kind: "site", id: siteId, ...site } } : { missing: "site" };
  }
  if (rackId) {
    const [rack] = await tx.select({ name: racks.name }).from(racks).where(eq(racks.id, rackId));
    return rack ? { object: { kind: "rack", id: rackId, ...rack } } : { missing: "rack" };
  }
  if (nodeId) {
    const [node] = await tx.select({ name: nodes.name }).from(nodes).where(eq(nodes.id, nodeId));
    return node ? { object: { kind: "node", id: nodeId, ...node } } : { missing: "node" };
  }
  return { object: null };
}
