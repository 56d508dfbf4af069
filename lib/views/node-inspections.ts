import type { Database } from "#db/client";
import {
  type BurnInRow,
  type InspectionRow,
  listBurnIns,
  listInspections,
} from "#db/queries/inspections";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import { orderWords } from "#lib/domain/inspection/order";

export type InspectionView = Pick<
  InspectionRow,
  "tool" | "facts" | "conflicts" | "accepted" | "verdict"
> & {
  id: Id<"inspection">;
  at: string;
  ordered: string;
  tests: BurnInView[];
};

export type BurnInView = Pick<BurnInRow, "test" | "result" | "figures" | "words" | "log"> & {
  startedAt: string;
  endedAt: string;
};

const shown = 5;

/** What a node's host said of itself, newest first, with the tests of each burn-in. */
export function nodeInspections(
  db: Database,
  grant: Grant<"fleet.read">,
  nodeId: Id<"node">,
): Promise<InspectionView[]> {
  return withGrant(db, grant, async (tx) => {
    const views: InspectionView[] = [];
    for (const row of await listInspections(tx, nodeId, shown)) {
      const { id, tool, facts, conflicts, accepted, verdict } = row;
      views.push({
        ...{ id, tool, facts, conflicts, accepted, verdict },
        at: row.judgedAt.toISOString(),
        ordered: orderWords(row.ordered),
        tests: (await listBurnIns(tx, id)).map(
          ({ test, result, figures, words, log, startedAt, endedAt }) => ({
            ...{ test, result, figures, words, log },
            startedAt: startedAt.toISOString(),
            endedAt: endedAt.toISOString(),
          }),
        ),
      });
    }
    return views;
  });
}
