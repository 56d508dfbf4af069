// biome-ignore-all lint/a11y/noRedundantRoles: a browser drops the roles of rows that are drawn as blocks

import type { Route } from "next";
import Link from "next/link";
import type { ReactNode } from "react";
import { classNames } from "#lib/client/class-names";

export type Column<Row> = {
  id: string;
  /** The heading; also the label of the value where rows are stacked on a phone. */
  header: string;
  cell: (row: Row) => ReactNode;
  /** `end` for figures. */
  align?: "start" | "end";
  /** The cell that names the row; one per table. */
  rowHeader?: boolean;
  /** Hides the heading from view: for a column of buttons or boxes. */
  headerHidden?: boolean;
  /** The address that sorts by this column, and how it is sorted now. */
  sort?: { href: string; direction?: "ascending" | "descending" };
  /** Left out where rows are stacked on a phone: what the row's own page tells as well. */
  wideOnly?: boolean;
  className?: string;
};

export type DataTableProps<Row> = {
  /** What the table lists, for those who do not see it. */
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** What stands in place of the rows when there are none: an EmptyState. */
  empty?: ReactNode;
  /** On a phone: rows become stacks of label and value (default), or the table scrolls sideways. */
  narrow?: "stack" | "scroll";
  className?: string;
};

/** A dense table. Give each row's name cell `rowHeader`; link it yourself with TextLink quiet. */
export function DataTable<Row>({
  label,
  columns,
  rows,
  rowKey,
  empty,
  narrow = "stack",
  className,
}: DataTableProps<Row>) {
  if (rows.length === 0 && empty) return empty;
  const stack = narrow === "stack";
  return (
    <TableRegion label={`${label}, table`} className={className}>
      <table role="table" aria-label={label} className={tableStyle}>
        <thead role="rowgroup" className={stack ? "max-md:sr-only" : undefined}>
          <tr role="row">
            {columns.map((column) => (
              <th
                key={column.id}
                role="columnheader"
                scope="col"
                aria-sort={column.sort?.direction}
                className={classNames(headStyle, column.align === "end" && "text-right")}
              >
                <ColumnHead column={column} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup" className={stack ? "max-md:block" : undefined}>
          {rows.map((row) => (
            <tr
              key={rowKey(row)}
              role="row"
              className={classNames(
                "border-line border-b last:border-b-0 hover:bg-hover",
                stack && "max-md:grid max-md:gap-y-1 max-md:py-2.5",
              )}
            >
              {columns.map((column) => {
                const Cell = column.rowHeader ? "th" : "td";
                return (
                  <Cell
                    key={column.id}
                    role={column.rowHeader ? "rowheader" : "cell"}
                    {...(column.rowHeader ? { scope: "row" } : {})}
                    className={classNames(
                      cellStyle,
                      column.align === "end" && "md:text-right",
                      stack && stackedCell(column),
                      column.className,
                    )}
                  >
                    {stack && !column.rowHeader && (
                      <span
                        aria-hidden="true"
                        className="font-normal text-faint text-xs leading-5 md:hidden"
                      >
                        {column.headerHidden ? "" : column.header}
                      </span>
                    )}
                    {stack ? <div className="min-w-0">{column.cell(row)}</div> : column.cell(row)}
                  </Cell>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </TableRegion>
  );
}

const tableStyle = "w-full border-collapse text-sm";
const headStyle =
  "h-8 whitespace-nowrap border-line border-b px-3 text-left align-middle font-medium text-faint text-xs first:pl-4 last:pr-4";
const cellStyle =
  "px-3 py-1.5 text-left align-baseline font-normal text-ink first:pl-4 last:pr-4 max-md:px-4";

function stackedCell<Row>(column: Column<Row>): string {
  if (column.wideOnly) return "max-md:hidden";
  if (column.rowHeader) return "max-md:py-0 max-md:font-medium";
  return "max-md:grid max-md:grid-cols-[6.5rem_minmax(0,1fr)] max-md:gap-3 max-md:py-0";
}

function ColumnHead<Row>({ column }: { column: Column<Row> }) {
  if (column.headerHidden) return <span className="sr-only">{column.header}</span>;
  if (!column.sort) return column.header;
  const mark = { ascending: "↑", descending: "↓" } as const;
  return (
    <Link
      href={column.sort.href as Route}
      scroll={false}
      className="inline-flex items-center gap-1 rounded-sm hover:text-ink"
    >
      {column.header}
      <span aria-hidden="true" className={column.sort.direction ? "text-accent" : "text-control"}>
        {column.sort.direction ? mark[column.sort.direction] : "↕"}
      </span>
    </Link>
  );
}

/** Scrolls what is wider than the screen, within reach of the keyboard. */
export function TableRegion({
  label,
  children,
  className,
}: {
  label: string;
  children: ReactNode;
  className?: string;
}) {
  return (
    <section
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
      tabIndex={0}
      className={classNames("relative overflow-x-auto focus-visible:-outline-offset-2", className)}
    >
      {children}
    </section>
  );
}
