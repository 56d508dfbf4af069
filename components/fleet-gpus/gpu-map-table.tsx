"use client";

import { useState } from "react";
import { Button } from "#components/ui/button";
import { DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import { ageWords, metricLooks } from "#lib/client/map-look";
import type { FleetGpus } from "#lib/schemas/fleet-gpus";

const pageSize = 50;

/** The values behind the map, a line a node; built when it is opened, fifty nodes at a time. */
export function GpuMapTable({ data }: { data: FleetGpus }) {
  const [open, setOpen] = useState(false);
  const [page, setPage] = useState(0);
  const { label, format } = metricLooks[data.metric];
  const rows = open
    ? data.racks.flatMap((rack) => rack.nodes.map((node) => ({ ...node, rack: rack.name })))
    : [];
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
              {
                id: "node",
                header: "Node",
                rowHeader: true,
                cell: (row) => (
                  <TextLink quiet href={`/fleet/nodes/${row.id}`}>
                    {row.name}
                  </TextLink>
                ),
              },
              { id: "rack", header: "Rack", cell: (row) => row.rack },
              {
                id: "environment",
                header: "Environment",
                cell: (row) =>
                  row.environment === null ? (
                    <span className="text-faint">{row.lifecycle}</span>
                  ) : (
                    data.environments[row.environment]
                  ),
              },
              {
                id: "values",
                header: `${label}, GPU 0 on`,
                cell: (row) =>
                  row.values
                    .map((value) => (value === null ? "unknown" : format(value)))
                    .join(", "),
              },
              { id: "age", header: "Age", cell: (node) => ageWords(node, data.scrapeMs) },
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
