"use client";

import { type ReactNode, useState } from "react";
import { PagedFoot, usePaged } from "#components/ui/paged";
import { type Column, DataTable } from "#components/ui/table";
import { ageWords, metricLooks } from "#lib/client/map-look";
import type { MapNode, MapTold } from "#lib/schemas/gpu-map";

const pageSize = 50;

/** The values behind a map, a line a node; built when it is opened, fifty nodes at a time. */
export function GpuMapTable<Node extends MapNode>({
  told: { metric, scrapeMs },
  nodes,
  nameOf,
  about,
}: {
  told: Pick<MapTold, "metric" | "scrapeMs">;
  /** Every node of the map; asked for when the table is open. */
  nodes: () => readonly Node[];
  nameOf: (node: Node) => ReactNode;
  /** What else is said of a node. */
  about: readonly Column<Node>[];
}) {
  const [open, setOpen] = useState(false);
  const { label, format } = metricLooks[metric];
  const { shown, paged } = usePaged(open ? nodes() : [], pageSize);
  return (
    <details
      className="border-line border-t"
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary className="px-4 py-1.5 text-faint text-xs hover:text-ink">Table of values</summary>
      {open && (
        <>
          <DataTable
            label={`${label} of every GPU`}
            rows={shown}
            rowKey={(row) => row.id}
            columns={[
              { id: "node", header: "Node", rowHeader: true, cell: nameOf },
              ...about,
              {
                id: "values",
                header: `${label}, GPU 0 on`,
                cell: (row) =>
                  row.values
                    .map((value) => (value === null ? "unknown" : format(value)))
                    .join(", "),
              },
              { id: "age", header: "Age", cell: (node) => ageWords(node, scrapeMs) },
            ]}
          />
          <PagedFoot noun="Nodes" paged={paged} />
        </>
      )}
    </details>
  );
}
