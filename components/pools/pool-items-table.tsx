import { LiftReservationButton } from "#components/pools/pool-dialogs";
import { CopyText } from "#components/ui/copy-button";
import { EmptyState } from "#components/ui/empty-state";
import { RelativeTime } from "#components/ui/relative-time";
import { StateText } from "#components/ui/state-text";
import { type Column, DataTable } from "#components/ui/table";
import type { Id } from "#lib/domain/id";
import type { PoolItemState } from "#lib/domain/pool/pool";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { LiftReservationInput } from "#lib/schemas/pool";

export type PoolItem = {
  id: Id<"poolItem">;
  text: string;
  state: PoolItemState;
  since: string;
  coolsUntil: string | null;
  reason: string | null;
  holder: { environment: string; project: string; tenant: string } | null;
};

const looks = {
  held: { kind: "ok", word: "Held" },
  cooling: { kind: "motion", word: "Cooling down" },
  reserved: { kind: "neutral", word: "Reserved" },
} as const;

type Props = {
  items: PoolItem[];
  /** Absent for those who may only look. */
  lift?: (input: LiftReservationInput) => Promise<Result<unknown, Refusal>>;
};

/** What of a pool is not free, and who has it. */
export function PoolItemsTable({ items, lift }: Props) {
  const columns: Column<PoolItem>[] = [
    {
      id: "item",
      header: "Item",
      rowHeader: true,
      cell: (item) => <CopyText value={item.text} label={item.text} />,
    },
    {
      id: "state",
      header: "State",
      cell: (item) => (
        <StateText
          {...looks[item.state]}
          since={item.since}
          detail={
            item.coolsUntil && (
              <>
                Free <RelativeTime at={item.coolsUntil} />
              </>
            )
          }
        />
      ),
    },
    {
      id: "holder",
      header: "Who",
      cell: (item) =>
        item.holder ? (
          <>
            {item.holder.environment}
            <span className="block text-faint text-xs">
              {item.holder.project} of {item.holder.tenant}
            </span>
          </>
        ) : (
          item.reason
        ),
    },
  ];
  if (lift) {
    columns.push({
      id: "act",
      header: "Acts",
      headerHidden: true,
      align: "end",
      cell: (item) =>
        item.state === "reserved" && <LiftReservationButton item={item} lift={lift} />,
    });
  }
  return (
    <DataTable
      label="Items that are not free"
      columns={columns}
      rows={items}
      rowKey={(item) => item.id}
      empty={
        <EmptyState title="All of it is free">
          An environment draws from here when its template asks for a network of its own. What must
          never be given out can be reserved.
        </EmptyState>
      }
    />
  );
}
