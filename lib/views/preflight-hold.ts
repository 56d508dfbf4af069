import { and, desc, eq, gt, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { countOwnOnHold } from "#db/queries/free-nodes";
import { type HoldRow, listHoldNodes, listPastHolds } from "#db/queries/holds";
import { holds } from "#db/schema/holds";
import type { Grant } from "#lib/access/authorize";
import type { WantedGroup } from "#lib/domain/environment/claim";
import { mayHold, restMs } from "#lib/domain/hold/hold";
import type { Id } from "#lib/domain/id";
import { refusalMessage } from "#lib/domain/refusal";
import type { TemplateNetwork } from "#lib/domain/template/template";
import type { LaunchPreflight } from "#lib/schemas/environment-view";

/** What the launch form says of holds: the person's own, how the last one ended, why there can be none. */
export async function holdOfPreflight(
  tx: Transaction,
  grant: Grant<"environment.launch">,
  own: HoldRow | undefined,
  wanted: readonly WantedGroup<{ id: Id<"profile"> }>[],
  network: TemplateNetwork,
): Promise<Pick<LaunchPreflight, "hold" | "lastHold" | "holdAgainst">> {
  if (own) {
    const held = await listHoldNodes(tx, own.id);
    const left = [...(await countOwnOnHold(tx, own.id)).values()].reduce((sum, n) => sum + n, 0);
    return {
      hold: {
        id: own.id,
        until: own.until.toISOString(),
        nodes: held.length,
        lost: held.length - left,
        matches: left === held.length && isFor(own, held, wanted, network),
      },
      lastHold: null,
      holdAgainst: null,
    };
  }
  const { past, now } = await listPastHolds(tx, grant);
  const allowed = mayHold(past, now);
  return {
    hold: null,
    lastHold: await findLastHold(tx, grant),
    holdAgainst: allowed.ok ? null : refusalMessage(allowed.refusal),
  };
}

/** Whether a hold has just what is asked for, group by group, and keeps just what its network draws. */
function isFor(
  own: HoldRow,
  held: readonly { groupName: string; profileId: Id<"profile">; addressFamilies: number[] }[],
  wanted: readonly WantedGroup<{ id: Id<"profile"> }>[],
  network: TemplateNetwork,
): boolean {
  const withAddresses = network.publicAddresses !== "none";
  return (
    own.isPrivate === network.isPrivate &&
    own.hasPartition === network.hasPartition &&
    held.every((node) => node.addressFamilies.length > 0 === withAddresses) &&
    held.length === wanted.reduce((sum, { count }) => sum + count, 0) &&
    wanted.every(
      ({ name, profile, count }) =>
        held.filter((node) => node.groupName === name && node.profileId === profile.id).length ===
        count,
    )
  );
}

/** The person's last hold in the project, while it is news: how it ended, whether that is written or not. */
async function findLastHold(
  tx: Transaction,
  grant: Grant<"environment.launch">,
): Promise<LaunchPreflight["lastHold"]> {
  const [last] = await tx
    .select()
    .from(holds)
    .where(
      and(
        eq(holds.projectId, grant.projectId),
        eq(holds.heldBy, grant.actorId),
        gt(holds.until, sql`now() - ${restMs} * interval '1 millisecond'`),
      ),
    )
    .orderBy(desc(holds.id))
    .limit(1);
  if (!last) return null;
  return {
    ending: last.ending ?? "run_out",
    at: (last.endedAt ?? last.until).toISOString(),
  };
}
