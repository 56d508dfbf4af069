"use client";

import { type ReactNode, useState } from "react";
import { Button } from "#components/ui/button";
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
  const [page, setPage] = useState(0);
  const { label, format } = metricLooks[metric];
  const rows = open ? nodes() : [];
  const last = Math.max(0, Math.ceil(rows.length / pageSize) - 1);
  const at = Math.min(page, last);
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
            rows={rows.slice(at * pageSize, (at + 1) * pageSize)}
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
          {last > 0 && (
            <div className="flex items-center justify-between gap-3 px-4 py-2 text-muted text-xs">
              <span>
                Nodes {at * pageSize + 1} to {Math.min(rows.length, (at + 1) * pageSize)} of{" "}
                {rows.length}
              </span>
              <span className="flex gap-2">
                <Button
                  size="sm"
                  disabledReason={at === 0 ? "These are the first." : undefined}
                  onClick={() => setPage(at - 1)}
                >
                  Before
                </Button>
                <Button
                  size="sm"
                  disabledReason={at === last ? "These are the last." : undefined}
                  onClick={() => setPage(at + 1)}
                >
                  Next
                </Button>
              </span>
            </div>
          )}
        </>
      )}
    </details>
  );
}
