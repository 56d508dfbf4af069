"use client";

import { useState } from "react";
import { Button } from "#components/ui/button";
import { TableRegion } from "#components/ui/table";
import { type Bounded, type ChartRow, columnsOf } from "#lib/client/chart-rows";
import { type ChartStrip, holdsAt } from "#lib/client/clock-strips";
import { formatCount, formatLocal } from "#lib/client/format";

const rowsOfPage = 60;

export type ChartTableProps = {
  title: string;
  series: readonly Bounded[];
  rows: readonly ChartRow[];
  /** What held at a moment, as a column of its own where there is anything. */
  strips: readonly ChartStrip[];
  format: (value: number | null) => string;
};

/** The values behind a chart, newest first, by pages; built when it is opened. */
export function ChartTable({ title, series, rows, strips, format }: ChartTableProps) {
  const [open, setOpen] = useState(false);
  const [asked, setPage] = useState(0);
  const pages = Math.max(1, Math.ceil(rows.length / rowsOfPage));
  // Another zoom or window may have fewer.
  const page = Math.min(asked, pages - 1);
  const end = rows.length - page * rowsOfPage;
  const shown = rows.slice(Math.max(0, end - rowsOfPage), end).toReversed();
  const columns = columnsOf(series);
  const first = page * rowsOfPage + 1;
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
              {pages > 1
                ? `Moments ${first} to ${first + shown.length - 1} of ${formatCount(rows.length)}, newest first, on your clock`
                : "All moments, newest first, on your clock"}
            </caption>
            <thead className="sticky top-0 bg-surface">
              <tr>
                <th scope="col" className="px-4 py-1 text-left font-medium text-faint">
                  Time
                </th>
                {columns.map((column) => (
                  <th
                    key={column.id}
                    scope="col"
                    className="whitespace-nowrap px-3 py-1 text-right font-medium text-faint"
                  >
                    {column.label}
                  </th>
                ))}
                {strips.length > 0 && (
                  <th scope="col" className="px-3 py-1 text-left font-medium text-faint">
                    Held back by
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {shown.map((row) => (
                <tr key={row.at} className="border-line border-t">
                  <th scope="row" className="whitespace-nowrap px-4 py-0.5 text-left font-normal">
                    {formatLocal(row.at, "seconds")}
                  </th>
                  {columns.map((column) => (
                    <td key={column.id} className="whitespace-nowrap px-3 py-0.5 text-right">
                      {format(row[column.id] ?? null)}
                    </td>
                  ))}
                  {strips.length > 0 && (
                    <td className="px-3 py-0.5">
                      {holdsAt(strips, row.at)
                        .map(({ words }) => words)
                        .join("; ")}
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </TableRegion>
      )}
      {open && pages > 1 && (
        <div className="flex items-center gap-2 px-4 py-1.5">
          <Button
            size="sm"
            aria-label={`Newer values of ${title}`}
            disabledReason={page === 0 ? "These are the newest values that are shown." : null}
            onClick={() => setPage(page - 1)}
          >
            Newer
          </Button>
          <Button
            size="sm"
            aria-label={`Older values of ${title}`}
            disabledReason={
              page === pages - 1 ? "These are the oldest values that are shown." : null
            }
            onClick={() => setPage(page + 1)}
          >
            Older
          </Button>
          <p role="status" className="text-faint text-xs">
            Page {page + 1} of {pages}
          </p>
        </div>
      )}
    </details>
  );
}
