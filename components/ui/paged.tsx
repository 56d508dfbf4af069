"use client";

import { useState } from "react";
import { Button } from "#components/ui/button";

/** Which part of a long list is on the screen; `turnTo` shows another. Pages count from 0. */
type Paged = {
  at: number;
  last: number;
  size: number;
  total: number;
  turnTo: (page: number) => void;
};

/** What is shown of a list that is here whole, so many rows at a time; `paged` is for `PagedFoot`. */
export function usePaged<Row>(
  rows: readonly Row[],
  size: number,
): { shown: readonly Row[]; paged: Paged } {
  const [page, turnTo] = useState(0);
  const last = Math.max(0, Math.ceil(rows.length / size) - 1);
  const at = Math.min(page, last);
  return {
    shown: rows.slice(at * size, (at + 1) * size),
    paged: { at, last, size, total: rows.length, turnTo },
  };
}

/** Below a list: what is shown of how many, and the way to the rest; nothing while that is all. */
export function PagedFoot({
  noun,
  paged: { at, last, size, total, turnTo },
  className = "px-4 py-2",
}: {
  /** What the rows are, as a sentence begins: "Nodes". */
  noun: string;
  paged: Paged;
  className?: string;
}) {
  if (last === 0) return null;
  return (
    <div className={`flex items-center justify-between gap-3 text-muted text-xs ${className}`}>
      <span role="status">
        {noun} {at * size + 1} to {Math.min(total, (at + 1) * size)} of {total}
      </span>
      <span className="flex gap-2">
        <Button
          size="sm"
          disabledReason={at === 0 ? "These are the first." : undefined}
          onClick={() => turnTo(at - 1)}
        >
          Before
        </Button>
        <Button
          size="sm"
          disabledReason={at === last ? "These are the last." : undefined}
          onClick={() => turnTo(at + 1)}
        >
          Next
        </Button>
      </span>
    </div>
  );
}
