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

/** Nodes by lifecycle, one column a state: what each waits for, and since when. */
export function FleetBoard({ columns }: { columns: readonly BoardColumn[] }) {
  return (
    <section
      aria-label="Nodes by lifecycle"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
      tabIndex={0}
      className="-mx-4 overflow-x-auto px-4 pb-2 focus-visible:-outline-offset-2"
    >
      <ul className="flex min-w-max gap-3 max-md:min-w-0 max-md:flex-col">
        {columns.map((column) => (
          <BoardColumnView key={column.lifecycle} column={column} />
        ))}
      </ul>
    </section>
  );
}

function BoardColumnView({ column }: { column: BoardColumn }) {
  const look = lifecycleLooks[column.lifecycle];
  const rest = column.count - column.cards.length;
  const all = `/fleet/nodes?lifecycle=${column.lifecycle}`;
  return (
    <li className="flex w-60 flex-col rounded-lg border border-line bg-sunken max-md:w-full">
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
              <p className="mt-1 text-muted text-xs">
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
              <p className="mt-1 line-clamp-3 text-critical text-xs">{card.reason}</p>
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
        {column.count === 0 && <li className="px-1 pb-1 text-faint text-xs">None</li>}
      </ul>
    </li>
  );
}
