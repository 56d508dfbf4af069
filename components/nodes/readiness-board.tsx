"use client";

import { BoardColumn, BoardColumns, CardHead } from "#components/nodes/board-column";
import { DifferenceList } from "#components/nodes/difference-list";
import { lifecycleLooks } from "#components/nodes/node-state";
import { type AcceptVariant, VariantDialog } from "#components/nodes/variant-dialog";
import { Countdown } from "#components/ui/relative-time";
import type { Id } from "#lib/domain/id";
import type { Difference } from "#lib/domain/node/node-type";
import type { ReadinessStage } from "#lib/domain/node/readiness";

type Card = {
  id: Id<"node">;
  name: string;
  place: string;
  nodeType: string;
  since: string;
  reason: string | null;
  differences: Difference[];
  work: {
    label: string;
    step: { n: number; of: number } | null;
    waitReason: string | null;
    nextTryAt: string | null;
  } | null;
};
type Stage = { stage: ReadinessStage; count: number; cards: Card[] };

export type ReadinessBoardProps = {
  stages: readonly Stage[];
  readOnly: string | null;
  accept: AcceptVariant;
};

/** How far each node has come: a column for every stage that has any, in the order of the way. */
export function ReadinessBoard({ stages, readOnly, accept }: ReadinessBoardProps) {
  return (
    <section aria-label="Nodes by stage">
      <BoardColumns>
        {stages
          .filter(({ count }) => count > 0)
          .map(({ stage, ...column }) => (
            <BoardColumn key={stage} lifecycle={stage} {...column}>
              {(card) => <NodeCard card={card} readOnly={readOnly} accept={accept} />}
            </BoardColumn>
          ))}
      </BoardColumns>
    </section>
  );
}

/** How many nodes are in each stage, in the order of the way. */
export function StageCounts({
  stages,
}: {
  stages: readonly { stage: ReadinessStage; count: number }[];
}) {
  return (
    <ol className="flex flex-wrap gap-x-5 gap-y-1 px-4 py-2.5 text-sm" aria-label="Stages">
      {stages.map(({ stage, count }) => (
        <li key={stage} className={count === 0 ? "text-faint" : "text-ink"}>
          {lifecycleLooks[stage].word} <span className="tabular-nums">{count}</span>
        </li>
      ))}
    </ol>
  );
}

function NodeCard({
  card,
  readOnly,
  accept,
}: { card: Card } & Pick<ReadinessBoardProps, "readOnly" | "accept">) {
  return (
    <>
      <CardHead node={card} place={card.place} />
      {card.work && (
        <p className="mt-1 text-muted text-xs wrap-anywhere">
          {card.work.step && `Step ${card.work.step.n} of ${card.work.step.of}: `}
          {card.work.label}
          {card.work.waitReason && `. Waiting: ${card.work.waitReason}`}
          {card.work.nextTryAt && (
            <>
              , next look <Countdown until={card.work.nextTryAt} />
            </>
          )}
        </p>
      )}
      {card.differences.length > 0 ? (
        <>
          <DifferenceList differences={card.differences} dense />
          <div className="mt-2">
            <VariantDialog
              node={card}
              differences={card.differences}
              readOnly={readOnly}
              accept={accept}
            />
          </div>
        </>
      ) : (
        card.reason && (
          <p className="mt-1 line-clamp-4 text-critical text-xs wrap-anywhere first-letter:uppercase">
            {card.reason}
          </p>
        )
      )}
    </>
  );
}
