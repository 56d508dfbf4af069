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
  className?: string;
};

/**
 * A dense table; on a phone each row becomes a stack of labels and values. Give each row's name cell
 * `rowHeader`; link it yourself with TextLink quiet.
 *
 * What cells look like is said once, on the table: a page of fifty rows is half as large for it.
 */
export function DataTable<Row>({
  label,
  columns,
  rows,
  rowKey,
  empty,
  className,
}: DataTableProps<Row>) {
  if (rows.length === 0 && empty) return empty;
  return (
    <TableRegion label={`${label}, table`} className={className}>
      <table role="table" aria-label={label} className={classNames(tableStyle, stackStyle)}>
        <thead role="rowgroup" className="max-md:sr-only">
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
        <tbody role="rowgroup">
          {rows.map((row) => (
            <tr key={rowKey(row)} role="row">
              {columns.map((column) =>
                column.rowHeader ? (
                  <th key={column.id} role="rowheader" scope="row" className={column.className}>
                    {column.cell(row)}
                  </th>
                ) : (
                  <td
                    key={column.id}
                    role="cell"
                    data-label={column.headerHidden ? "" : column.header}
                    className={cellStyle(column)}
                  >
                    {column.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </TableRegion>
  );
}

const headStyle =
  "h-8 whitespace-nowrap border-line border-b px-3 align-middle font-medium text-faint text-xs";
const tableStyle = [
  "w-full border-collapse text-left text-sm",
  "[&_tbody_:is(td,th)]:px-3 [&_tbody_:is(td,th)]:py-1.5 [&_tbody_:is(td,th)]:align-baseline [&_tbody_:is(td,th)]:font-normal",
  "[&_tr>:first-child]:pl-4 [&_tr>:last-child]:pr-4",
  "[&_tbody_tr]:border-line [&_tbody_tr]:border-b [&_tbody_tr:last-child]:border-b-0 [&_tbody_tr:hover]:bg-hover",
].join(" ");
/** On a phone: a row is a stack, and a value stands beside its column's heading. */
const stackStyle = [
  "max-md:[&_tbody]:block max-md:[&_tbody_tr]:grid max-md:[&_tbody_tr]:gap-y-1 max-md:[&_tbody_tr]:py-2.5",
  "max-md:[&_tbody_:is(td,th)]:px-4 max-md:[&_tbody_:is(td,th)]:py-0 max-md:[&_tbody_th]:font-medium",
  "max-md:[&_tbody_td]:relative max-md:[&_tbody_td]:min-h-5 max-md:[&_tbody_td]:pl-[8.25rem]",
  "max-md:[&_td]:before:absolute max-md:[&_td]:before:left-4 max-md:[&_td]:before:text-faint max-md:[&_td]:before:text-xs max-md:[&_td]:before:leading-5 max-md:[&_td]:before:content-[attr(data-label)_/_'']",
].join(" ");

function cellStyle<Row>({ align, wideOnly, className }: Column<Row>): string | undefined {
  if (!align && !wideOnly && !className) return undefined;
  return classNames(align === "end" && "md:text-right", wideOnly && "max-md:hidden", className);
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
