import type { ReactNode } from "react";
import { type PoolLevel, PoolLevelText } from "#components/pools/pool-level";
import { Bar } from "#components/ui/bar";
import { type Column, DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import type { Id } from "#lib/domain/id";
import { type PoolKind, poolKindWords } from "#lib/domain/pool/pool";

export type PoolRow = {
  id: Id<"pool">;
  name: string;
  site: { name: string };
  kind: PoolKind;
  family: 0 | 4 | 6;
  itemLength: number | null;
  ranges: string;
  total: string;
  free: string;
  held: number;
  cooling: number;
  reserved: number;
  usedPercent: number;
  level: PoolLevel;
  forecast: string;
};

const barKinds = { fine: "quiet", filling: "attention", full: "critical" } as const;

const columns: Column<PoolRow>[] = [
  {
    id: "name",
    header: "Pool",
    rowHeader: true,
    cell: (pool) => (
      <>
        <TextLink quiet href={`/fleet/pools/${pool.id}`}>
          {pool.name}
        </TextLink>
        <span className="block text-faint text-xs">{pool.site.name}</span>
      </>
    ),
  },
  {
    id: "holds",
    header: "Holds",
    cell: (pool) => (
      <>
        {kindWords(pool)}
        <span className="block max-w-80 break-words font-mono text-faint text-xs">
          {pool.ranges}
        </span>
      </>
    ),
  },
  {
    id: "taken",
    header: "Taken",
    className: "md:min-w-40",
    cell: (pool) => (
      <>
        <span className="text-xs">{takenWords(pool)}</span>
        <Bar
          className="mt-1 max-w-48"
          parts={[{ share: pool.usedPercent / 100, kind: barKinds[pool.level] }]}
        />
      </>
    ),
  },
  { id: "free", header: "Free", align: "end", cell: (pool) => pool.free },
  {
    id: "level",
    header: "State",
    cell: (pool) => <PoolLevelText level={pool.level} forecast={pool.forecast} />,
  },
];

/** Pools with what is taken of each, and when it will be full. */
export function PoolTable({ pools, empty }: { pools: PoolRow[]; empty: ReactNode }) {
  return (
    <DataTable
      label="Pools"
      columns={columns}
      rows={pools}
      rowKey={(pool) => pool.id}
      empty={empty}
    />
  );
}

/** "Private prefixes, IPv4, /24 each". */
export function kindWords(pool: Pick<PoolRow, "kind" | "family" | "itemLength">): string {
  return [
    poolKindWords[pool.kind].name,
    ...(pool.family ? [`IPv${pool.family}`] : []),
    ...(pool.itemLength === null ? [] : [`/${pool.itemLength} each`]),
  ].join(", ");
}

/** "3 of 100: 2 held, 1 cooling". */
function takenWords({ held, cooling, reserved, total }: PoolRow): string {
  const taken = held + cooling + reserved;
  const parts = [
    held > 0 && `${held} held`,
    cooling > 0 && `${cooling} cooling`,
    reserved > 0 && `${reserved} reserved`,
  ].filter(Boolean);
  return `${taken} of ${total}${parts.length > 0 ? `: ${parts.join(", ")}` : ""}`;
}
