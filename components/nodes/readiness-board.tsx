"use client";

import { DifferenceList } from "#components/nodes/difference-list";
import { lifecycleLooks } from "#components/nodes/node-state";
import { type AcceptVariant, VariantDialog } from "#components/nodes/variant-dialog";
import { Countdown, RelativeTime } from "#components/ui/relative-time";
import { StateGlyph } from "#components/ui/state-text";
import { TextLink } from "#components/ui/text-link";
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
      <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(18rem,100%),1fr))] items-start gap-3">
        {stages
          .filter(({ count }) => count > 0)
          .map((stage) => (
            <StageColumn key={stage.stage} {...stage} readOnly={readOnly} accept={accept} />
          ))}
      </ul>
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

function StageColumn({
  stage,
  count,
  cards,
  readOnly,
  accept,
}: Stage & Pick<ReadinessBoardProps, "readOnly" | "accept">) {
  const look = lifecycleLooks[stage];
  const rest = count - cards.length;
  const all = `/fleet/nodes?lifecycle=${stage}`;
  return (
    <li className="flex min-w-0 flex-col rounded-lg border border-line bg-sunken">
      <h2 className="flex h-9 items-center gap-2 px-3 text-sm">
        <StateGlyph kind={look.kind} />
        <TextLink href={all} quiet>
          {look.word}
        </TextLink>
        <span className="ml-auto text-faint text-xs tabular-nums">{count}</span>
      </h2>
      <ul className="flex flex-col gap-2 px-2 pb-2">
        {cards.map((card) => (
          <li key={card.id} className="rounded-md border border-line bg-surface px-3 py-2 text-sm">
            <NodeCard card={card} readOnly={readOnly} accept={accept} />
          </li>
        ))}
        {rest > 0 && (
          <li className="px-1 text-xs">
            <TextLink href={all}>
              {rest} more {look.word.toLowerCase()}
            </TextLink>
          </li>
        )}
      </ul>
    </li>
  );
}

function NodeCard({
  card,
  readOnly,
  accept,
}: { card: Card } & Pick<ReadinessBoardProps, "readOnly" | "accept">) {
  return (
    <>
      <div className="flex items-baseline justify-between gap-2">
        <TextLink href={`/fleet/nodes/${card.id}`} quiet>
          {card.name}
        </TextLink>
        <span className="text-faint text-xs">
          <RelativeTime at={card.since} form="since" focusable={false} />
        </span>
      </div>
      <div className="text-muted text-xs">
        {card.place} · {card.nodeType}
      </div>
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
