import { asc, eq, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { isSilencing } from "#db/queries/health-silences";
import { healthSilences } from "#db/schema/health-silences";
import { nodes } from "#db/schema/nodes";
import { racks, sites } from "#db/schema/sites";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { silencedWords } from "#lib/domain/health/silence";
import type { Id } from "#lib/domain/id";

/** What operators are told nothing of, until when, by whom and why. */
export type HealthSilence = {
  id: Id<"healthSilence">;
  /** The rule in words, with the GPU where it is of one. */
  what: string;
  /** Null for every rule. */
  code: string | null;
  /** Where; a fleet has no name. */
  place: { kind: "fleet" | "site" | "rack" | "node"; id: string | null; name: string | null };
  gpu: number | null;
  until: string;
  by: string;
  at: string;
  reason: string;
};

const mostShown = 200;

/** The silences that go on, by when they end. */
export function healthSilencesView(
  db: Database,
  grant: Grant<"fleet.read">,
): Promise<HealthSilence[]> {
  return withGrant(db, grant, async (tx) => {
    const rows = await tx
      .select({
        silence: healthSilences,
        name: sql<string | null>`coalesce(${sites.name}, ${racks.name}, ${nodes.name})`,
      })
      .from(healthSilences)
      .leftJoin(sites, eq(sites.id, healthSilences.siteId))
      .leftJoin(racks, eq(racks.id, healthSilences.rackId))
      .leftJoin(nodes, eq(nodes.id, healthSilences.nodeId))
      .where(isSilencing())
      .orderBy(asc(healthSilences.until), asc(healthSilences.id))
      .limit(mostShown);
    return rows.map(({ silence, name }) => {
      const { id, siteId, rackId, nodeId, code, gpu, until, silencedBy, silencedAt } = silence;
      const kind = siteId ? "site" : rackId ? "rack" : nodeId ? "node" : "fleet";
      return {
        ...{ id, code, gpu, what: silencedWords(silence), reason: silence.reason },
        place: { kind, id: siteId ?? rackId ?? nodeId, name },
        ...{ until: until.toISOString(), by: silencedBy, at: silencedAt.toISOString() },
      };
    });
  });
}
