import { Plus } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "#components/ui/button";

type Row<T> = {
  item: T;
  index: number;
  edit: (change: Partial<T>) => void;
  remove: () => void;
};

/** Parts of a template one below the other, each to be edited and removed, and a button for one more. */
export function EditedList<T extends { key: string }>({
  items,
  addLabel,
  full = null,
  make,
  onChange,
  children,
}: {
  items: readonly T[];
  addLabel: string;
  /** Why there can be no more. */
  full?: string | null;
  /** A new one, to stand at this place. */
  make: (index: number) => T;
  onChange: (items: T[]) => void;
  children: (row: Row<T>) => ReactNode;
}) {
  return (
    <div className="flex flex-col gap-3">
      <ul className="flex flex-col gap-3">
        {items.map((item, index) => (
          <li key={item.key} className="flex flex-col gap-3 rounded-md border border-line p-3">
            {children({
              item,
              index,
              edit: (change) =>
                onChange(items.map((each) => (each === item ? { ...each, ...change } : each))),
              remove: () => onChange(items.filter((each) => each !== item)),
            })}
          </li>
        ))}
      </ul>
      <Button
        size="sm"
        className="self-start"
        icon={<Plus aria-hidden="true" />}
        disabledReason={full}
        onClick={() => onChange([...items, make(items.length)])}
      >
        {addLabel}
      </Button>
    </div>
  );
}
