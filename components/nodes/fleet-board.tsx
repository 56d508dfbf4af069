import { lifecycleLooks } from "#components/nodes/node-state";
import { Countdown, RelativeTime } from "#components/ui/relative-time";
import { StateGlyph } from "#components/ui/state-text";
import { TextLink } from "#components/ui/text-link";
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
};

export type BoardColumn = { lifecycle: NodeLifecycle; count: number; cards: BoardCard[] };

/** Nodes by lifecycle, one column a state that has any: what each waits for, and since when. */
export function FleetBoard({ columns }: { columns: readonly BoardColumn[] }) {
  const empty = columns.filter((column) => column.count === 0);
  return (
    <section aria-label="Nodes by lifecycle" className="flex flex-col gap-3">
      <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(15rem,100%),1fr))] items-start gap-3">
        {columns
          .filter((column) => column.count > 0)
          .map((column) => (
            <BoardColumnView key={column.lifecycle} column={column} />
          ))}
      </ul>
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

function BoardColumnView({ column }: { column: BoardColumn }) {
  const look = lifecycleLooks[column.lifecycle];
  const rest = column.count - column.cards.length;
  const all = `/fleet/nodes?lifecycle=${column.lifecycle}`;
  return (
    <li className="flex min-w-0 flex-col rounded-lg border border-line bg-sunken">
      <h2 className="flex h-9 items-center gap-2 px-3 text-sm">
        <StateGlyph kind={look.kind} />
        <TextLink href={all} quiet>
          {look.word}
        </TextLink>
        <span className="ml-auto text-faint text-xs tabular-nums">{column.count}</span>
      </h2>
      <ul className="flex flex-col gap-2 px-2 pb-2">
        {column.cards.map((card) => (
          <li key={card.id} className="rounded-md border border-line bg-surface px-3 py-2 text-sm">
            <div className="flex items-baseline justify-between gap-2">
              <TextLink href={`/fleet/nodes/${card.id}`} quiet>
                {card.name}
              </TextLink>
              <span className="text-faint text-xs">
                <RelativeTime at={card.since} form="since" focusable={false} />
              </span>
            </div>
            <div className="truncate text-muted text-xs">
              {card.rack} · {card.nodeType}
            </div>
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
            {card.reason && (
              <p className="mt-1 line-clamp-3 text-critical text-xs wrap-anywhere first-letter:uppercase">
                {card.reason}
              </p>
            )}
            {card.flags.length > 0 && (
              <p className="mt-1 text-attention text-xs">{card.flags.join(", ")}</p>
            )}
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
