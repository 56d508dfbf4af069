import { and, eq, gt, isNull, type SQL, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { healthReasons } from "#db/schema/health-reasons";
import { healthSilences } from "#db/schema/health-silences";
import { type Id, newId } from "#lib/domain/id";

type Silence = typeof healthSilences.$inferSelect;

/** Where silence is: the whole fleet where nothing is named. */
type SilencedPlace = Pick<Silence, "siteId" | "rackId" | "nodeId" | "gpu">;

/** Of what and where, for how many hours from now, by whom and why. */
type NewSilence = SilencedPlace &
  Pick<Silence, "code" | "reason" | "silencedBy"> & { hours: number };

/** Silences that go on. */
export const isSilencing = () =>
  and(isNull(healthSilences.endedAt), gt(healthSilences.until, sql`now()`));

/** What `asked` selects of the silences (as `s`) that are over a row of `health_reasons`. */
function overReason(asked: SQL): SQL {
  return sql`select ${asked} from health_silences s
    join nodes sn on sn.id = ${healthReasons.nodeId}
    join racks sr on sr.id = sn.rack_id
    where s.ended_at is null and s.until > now()
      and (s.code is null or s.code = ${healthReasons.code})
      and (s.site_id is null or s.site_id = sr.site_id)
      and (s.rack_id is null or s.rack_id = sr.id)
      and (s.node_id is null or s.node_id = sn.id)
      and (s.gpu is null or s.gpu = ${healthReasons.gpu})`;
}

/** Whether a row of `health_reasons` is silenced now. */
export const isSilenced = sql<boolean>`exists (${overReason(sql``)})`;

/** Of the silences over a row of `health_reasons` the one that lasts longest; null without one. */
export const silenceOver = sql<{ until: string; by: string; reason: string } | null>`(${overReason(
  sql`json_build_object('until', s.until, 'by', s.silenced_by, 'reason', s.reason)`,
)} order by s.until desc limit 1)`;

/** True where operators are not to be told of a reason now. */
export async function isReasonSilenced(
  tx: Transaction,
  reasonId: Id<"healthReason">,
): Promise<boolean> {
  const [row] = await tx
    .select({ isSilenced })
    .from(healthReasons)
    .where(eq(healthReasons.id, reasonId));
  return row?.isSilenced ?? false;
}

/** Begins a silence, in place of one of the same that goes on. */
export async function insertSilence(
  tx: Transaction,
  { hours, ...silence }: NewSilence,
): Promise<Pick<Silence, "id" | "until">> {
  const begun = { id: newId("healthSilence"), until: new Date(Date.now() + hours * 3_600_000) };
  const { siteId, rackId, nodeId, gpu, code } = healthSilences;
  const same = (
    [
      [siteId, silence.siteId],
      [rackId, silence.rackId],
      [nodeId, silence.nodeId],
      [gpu, silence.gpu],
      [code, silence.code],
    ] as const
  ).map(([column, value]) => (value === null ? isNull(column) : sql`${column} = ${value}`));
  await tx
    .update(healthSilences)
    .set({ endedAt: new Date(), endedBy: silence.silencedBy })
    .where(and(isSilencing(), ...same));
  await tx.insert(healthSilences).values({ ...begun, ...silence });
  return begun;
}

/** Ends a silence that goes on: true when it did. */
export async function endSilence(
  tx: Transaction,
  id: Id<"healthSilence">,
  by: string,
): Promise<boolean> {
  const ended = await tx
    .update(healthSilences)
    .set({ endedAt: new Date(), endedBy: by })
    .where(and(eq(healthSilences.id, id), isSilencing()))
    .returning({ id: healthSilences.id });
  return ended.length > 0;
}
