import type { ReactNode } from "react";
import { classNames } from "#lib/client/class-names";

export type KeyValue = {
  label: string;
  value: ReactNode /** A second line in small. */;
  hint?: ReactNode;
};

const grids = {
  1: "",
  2: "sm:grid-cols-2 sm:gap-x-8",
  3: "sm:grid-cols-2 sm:gap-x-8 lg:grid-cols-3",
} as const;

/** Facts about one thing: label and value. A value that is not known reads "unknown". */
export function KeyValueList({
  items,
  columns = 1,
  className,
}: {
  items: readonly KeyValue[];
  columns?: 1 | 2 | 3;
  className?: string;
}) {
  return (
    <dl className={classNames("grid text-sm", grids[columns], className)}>
      {items.map((item) => (
        <div
          key={item.label}
          className="grid min-h-8 grid-cols-[8.5rem_minmax(0,1fr)] items-baseline gap-3 border-line border-b py-1.5 last:border-b-0"
        >
          <dt className="text-muted">{item.label}</dt>
          <dd className="min-w-0 break-words text-ink">
            {item.value ?? <span className="text-faint">unknown</span>}
            {item.hint && <span className="block text-faint text-xs">{item.hint}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
