"use client";

import {
  type FocusEvent,
  type KeyboardEvent,
  type ReactNode,
  useId,
  useLayoutEffect,
  useRef,
} from "react";
import { TableRegion } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";

type MatrixColumn<Row> = {
  id: string;
  head: string;
  /** Where the heading leads; null when nowhere. */
  href: string | null;
  cell: (row: Row) => ReactNode;
};

type Props<Row> = {
  /** What stands against what, for those who do not see it. */
  label: string;
  /** What the rows are, over their names. */
  corner: string;
  columns: readonly MatrixColumn<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** What names a row. */
  rowHead: (row: Row) => ReactNode;
};

/**
 * Rows against columns, on a phone too: it scrolls in itself, and what names a row or a column stays in
 * sight. However many boxes it has, the Tab key stops at one of them, where one was last; arrow keys go
 * from there to the next that can be ticked, Home and End to the ends of the row.
 */
export function Matrix<Row>({ label, corner, columns, rows, rowKey, rowHead }: Props<Row>) {
  const table = useRef<HTMLTableElement>(null);
  const helpId = useId();
  useLayoutEffect(() => stopAt(table.current, null));
  return (
    <TableRegion label={`${label}, table`} className={regionStyle}>
      <p id={helpId} className="sr-only">
        Arrow keys go from box to box.
      </p>
      <table
        ref={table}
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table whose cells arrow keys go through is a grid
        role="grid"
        aria-label={label}
        aria-describedby={helpId}
        onKeyDown={goOn}
        onFocus={(event: FocusEvent<HTMLTableElement>) => stopAt(table.current, event.target)}
        className={tableStyle}
      >
        <thead>
          <tr>
            <th scope="col">{corner}</th>
            {columns.map(({ id, head, href }) => (
              <th key={id} scope="col">
                <span className="wrap-anywhere -m-1 line-clamp-3 p-1" title={head}>
                  {href ? (
                    <TextLink quiet href={href}>
                      {shortened(head)}
                    </TextLink>
                  ) : (
                    shortened(head)
                  )}
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              <th scope="row">{rowHead(row)}</th>
              {columns.map(({ id, cell }) => (
                <td key={id}>{cell(row)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </TableRegion>
  );
}

/** Three lines of a heading: of more the link would reach over the boxes below, though nothing is seen of it. */
const longestHead = 36;

function shortened(head: string): string {
  return head.length > longestHead ? `${head.slice(0, longestHead - 1)}…` : head;
}

// What is scrolled to must not come to lie under what stays in sight.
const regionStyle =
  "max-h-[75dvh] overflow-y-auto scroll-pt-20 scroll-pb-4 scroll-pl-40 md:scroll-pl-76";
const tableStyle = [
  // Borders that collapse would be left behind by what is sticky.
  "w-full border-separate border-spacing-0 text-left text-sm",
  "[&_:is(td,th)]:border-line [&_:is(td,th)]:border-b [&_:is(td,th)]:bg-surface [&_tbody_tr:last-child>*]:border-b-0",
  "[&_:is(td,th)]:min-w-28 [&_:is(td,th)]:px-3 [&_:is(td,th)]:py-1.5 [&_tbody_tr:hover>*]:bg-hover",
  "[&_thead_th]:sticky [&_thead_th]:top-0 [&_thead_th]:z-10 [&_thead_th]:align-bottom [&_thead_th]:font-medium [&_thead_th]:text-faint [&_thead_th]:text-xs",
  // What names a row is over the boxes, and what names these is over all that passes below it.
  "[&_tr>:first-child]:sticky [&_tr>:first-child]:left-0 [&_tbody_th]:z-10 [&_thead_th:first-child]:z-20",
  "[&_tr>:first-child]:min-w-36 [&_tr>:first-child]:border-r [&_tr>:first-child]:pl-4 [&_tr>:first-child]:font-normal [&_tr>:first-child]:wrap-anywhere md:[&_tr>:first-child]:min-w-72",
  // The columns stand side by side, however few they are; room that is left is at the end.
  "[&_tr>:last-child]:w-full",
].join(" ");

const ofBody = "tbody :is(input, a[href], button)";
const isDisabled = (control: Element) => control.matches(":disabled");

/** Leaves one control of the body to the Tab key: this one, or the one it had, or the first there is. */
function stopAt(table: HTMLTableElement | null, target: EventTarget | null): void {
  const controls = [...(table?.querySelectorAll<HTMLElement>(ofBody) ?? [])].filter(
    (control) => !isDisabled(control),
  );
  const had = controls.find((control) => control.getAttribute("tabindex") === "0");
  const stop = controls.find((control) => control === target) ?? had ?? controls[0];
  for (const control of controls) control.tabIndex = control === stop ? 0 : -1;
}

const steps: Readonly<Record<string, readonly [rows: number, cells: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** Goes to the next control in the direction of the key, over cells where nothing can be done. */
function goOn(event: KeyboardEvent<HTMLTableElement>): void {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const cell = event.target instanceof Element && event.target.closest("td, th");
  if (!(cell instanceof HTMLTableCellElement)) return;
  const row = cell.parentElement;
  if (!(row instanceof HTMLTableRowElement)) return;
  const next = nextOf(event.currentTarget, row, cell, event.key);
  if (next === undefined) return;
  event.preventDefault();
  next?.focus();
}

/** Null at the edge, where the key does nothing; undefined of a key that is none of these. */
function nextOf(
  table: HTMLTableElement,
  row: HTMLTableRowElement,
  cell: HTMLTableCellElement,
  key: string,
): HTMLElement | null | undefined {
  if (key === "Home") return [...row.cells].map(controlIn).find((control) => control) ?? null;
  if (key === "End") return [...row.cells].map(controlIn).findLast((control) => control) ?? null;
  const step = steps[key];
  if (!step) return undefined;
  for (let at = 1; ; at++) {
    const there = table.rows[row.rowIndex + at * step[0]]?.cells[cell.cellIndex + at * step[1]];
    if (!there) return null;
    const control = controlIn(there);
    if (control) return control;
  }
}

function controlIn(cell: HTMLTableCellElement): HTMLElement | undefined {
  return [...cell.querySelectorAll<HTMLElement>("input, a[href], button")].find(
    (control) => !isDisabled(control),
  );
}
