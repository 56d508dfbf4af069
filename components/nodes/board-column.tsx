import type { ReactNode } from "react";
import { lifecycleLooks } from "#components/nodes/node-state";
import { RelativeTime } from "#components/ui/relative-time";
import { StateGlyph } from "#components/ui/state-text";
import { TextLink } from "#components/ui/text-link";
import type { NodeLifecycle } from "#lib/domain/node/lifecycle";

/** Columns beside one another, as many as fit. */
export function BoardColumns({ children }: { children: ReactNode }) {
  return (
    <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(16rem,100%),1fr))] items-start gap-3">
      {children}
    </ul>
  );
}

/** The nodes of one lifecycle state: how many there are, cards for some, and the way to the others. */
export function BoardColumn<Card extends { id: string }>({
  lifecycle,
  count,
  cards,
  children,
}: {
  lifecycle: NodeLifecycle;
  count: number;
  cards: readonly Card[];
  children: (card: Card) => ReactNode;
}) {
  const look = lifecycleLooks[lifecycle];
  const rest = count - cards.length;
  const all = `/fleet/nodes?lifecycle=${lifecycle}`;
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
            {children(card)}
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

/** What every card of a node begins with: which it is, how long it has been there, where it stands. */
export function CardHead({
  node,
  place,
}: {
  node: { id: string; name: string; since: string; nodeType: string };
  place: string;
}) {
  return (
    <>
      <div className="flex items-baseline justify-between gap-2">
        <TextLink href={`/fleet/nodes/${node.id}`} quiet>
          {node.name}
        </TextLink>
        <span className="text-faint text-xs">
          <RelativeTime at={node.since} form="since" focusable={false} />
        </span>
      </div>
      <div className="truncate text-muted text-xs">
        {place} · {node.nodeType}
      </div>
    </>
  );
}
