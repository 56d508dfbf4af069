import { BoardColumn, BoardColumns, CardHead } from "#components/nodes/board-column";
import { lifecycleLooks } from "#components/nodes/node-state";
import { Countdown } from "#components/ui/relative-time";
import type { NodeLifecycle } from "#lib/domain/node/lifecycle";

export type BoardCard = {
  id: string;
  name: string;
  rack: string;
  nodeType: string;
  since: string;
  reason: string | null;
  flags: string[];
  work: { label: string; waitReason: string | null; nextTryAt: string | null } | null;
  hold: { tenant: string; project: string; until: string } | null;
};

export type FleetColumn = { lifecycle: NodeLifecycle; count: number; cards: BoardCard[] };

/** Nodes by lifecycle, one column a state that has any: what each waits for, and since when. */
export function FleetBoard({ columns }: { columns: readonly FleetColumn[] }) {
  const empty = columns.filter((column) => column.count === 0);
  return (
    <section aria-label="Nodes by lifecycle" className="flex flex-col gap-3">
      <BoardColumns>
        {columns
          .filter((column) => column.count > 0)
          .map((column) => (
            <BoardColumn key={column.lifecycle} {...column}>
              {(card) => <NodeCard card={card} />}
            </BoardColumn>
          ))}
      </BoardColumns>
      {empty.length > 0 && (
        <p className="text-faint text-xs">
          No node is {orList(empty.map((column) => lifecycleLooks[column.lifecycle].word))}.
        </p>
      )}
    </section>
  );
}

function orList(words: readonly string[]): string {
  const all = words.map((word) => word.toLowerCase());
  return all.length < 2 ? (all[0] ?? "") : `${all.slice(0, -1).join(", ")} or ${all.at(-1)}`;
}

function NodeCard({ card }: { card: BoardCard }) {
  return (
    <>
      <CardHead node={card} place={card.rack} />
      {card.work && (
        <p className="mt-1 text-muted text-xs wrap-anywhere">
          {card.work.label}
          {card.work.waitReason && `: ${card.work.waitReason}`}
          {card.work.nextTryAt && (
            <>
              , next look <Countdown until={card.work.nextTryAt} />
            </>
          )}
        </p>
      )}
      {card.hold && (
        <p className="mt-1 text-muted text-xs wrap-anywhere">
          On hold for {card.hold.project} of {card.hold.tenant}, free{" "}
          <Countdown until={card.hold.until} />
        </p>
      )}
      {card.reason && (
        <p className="mt-1 line-clamp-3 text-critical text-xs wrap-anywhere first-letter:uppercase">
          {card.reason}
        </p>
      )}
      {card.flags.length > 0 && (
        <p className="mt-1 text-attention text-xs">{card.flags.join(", ")}</p>
      )}
    </>
  );
}
