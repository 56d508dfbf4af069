"use client";

import { useState } from "react";
import { TableRegion } from "#components/ui/table";
import type { ChartRow } from "#lib/client/chart-rows";
import { formatLocal } from "#lib/client/format";

const mostRows = 60;

export type ChartTableProps = {
  title: string;
  series: readonly { id: string; label: string }[];
  rows: readonly ChartRow[];
  format: (value: number | null) => string;
};

/** The values behind a chart, newest first; built when it is opened. */
export function ChartTable({ title, series, rows, format }: ChartTableProps) {
  const [open, setOpen] = useState(false);
  const newest = rows.slice(-mostRows).toReversed();
  return (
    <details
      className="border-line border-t"
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary className="px-4 py-1.5 text-faint text-xs hover:text-ink">Table of values</summary>
      {open && (
        <TableRegion label={`${title}, table of values`} className="max-h-72 overflow-y-auto">
          <table className="w-full text-xs">
            <caption className="px-4 pb-1 text-left text-faint">
              {rows.length > mostRows
                ? `The newest ${mostRows} of ${rows.length} moments, on your clock`
                : "All moments, newest first, on your clock"}
            </caption>
            <thead className="sticky top-0 bg-surface">
              <tr>
                <th scope="col" className="px-4 py-1 text-left font-medium text-faint">
                  Time
                </th>
                {series.map((one) => (
                  <th
                    key={one.id}
                    scope="col"
                    className="whitespace-nowrap px-3 py-1 text-right font-medium text-faint"
                  >
                    {one.label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {newest.map((row) => (
                <tr key={row.at} className="border-line border-t">
                  <th scope="row" className="whitespace-nowrap px-4 py-0.5 text-left font-normal">
                    {formatLocal(row.at, "seconds")}
                  </th>
                  {series.map((one) => (
                    <td key={one.id} className="whitespace-nowrap px-3 py-0.5 text-right">
                      {format(row[one.id] ?? null)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </TableRegion>
      )}
    </details>
  );
}
