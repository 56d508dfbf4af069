"use client";

import { ArrowDown, ArrowUp, Plus, Trash2 } from "lucide-react";
import { type ReactNode, useEffect, useId, useRef } from "react";
import { Button } from "#components/ui/button";

type Row<T> = {
  item: T;
  index: number;
  edit: (change: Partial<T>) => void;
  /** Buttons that move it and take it out. */
  controls: ReactNode;
};

/**
 * Parts of a template one below the other, each to be edited, moved and removed, and a button for one
 * more. The focus goes with what was pressed: to the first field of a new part, with one that moves, and
 * from one that is removed to its neighbour.
 */
export function EditedList<T extends { key: string; name: string }>({
  items,
  noun,
  addLabel,
  full = null,
  kept = null,
  make,
  onChange,
  children,
}: {
  items: readonly T[];
  /** What one of them is called: "hook". */
  noun: string;
  addLabel: string;
  /** Why there can be no more. */
  full?: string | null;
  /** Why none can be removed. */
  kept?: string | null;
  /** A new one, to stand at this place. */
  make: (index: number) => T;
  onChange: (items: T[]) => void;
  children: (row: Row<T>) => ReactNode;
}) {
  const id = useId();
  const next = useRef<string>(null);
  // After the change is on the page: what was pressed may be gone from it, or stand elsewhere.
  useEffect(() => {
    const element = next.current === null ? null : document.getElementById(next.current);
    next.current = null;
    const field = element?.matches("li") ? element.querySelector(fields) : element;
    if (field instanceof HTMLElement) field.focus();
  });

  function change(changed: T[], focus: string) {
    next.current = `${id}-${focus}`;
    onChange(changed);
  }

  function move(index: number, by: -1 | 1) {
    const changed = [...items];
    const [moved] = changed.splice(index, 1);
    if (!moved) return;
    changed.splice(index + by, 0, moved);
    change(changed, `${moved.key}-${by === -1 ? "up" : "down"}`);
  }

  function remove(index: number) {
    const neighbour = items[index + 1] ?? items[index - 1];
    change(items.toSpliced(index, 1), neighbour?.key ?? "add");
  }

  return (
    <div className="flex flex-col gap-3">
      <ul className="flex flex-col gap-3">
        {items.map((item, index) => {
          const called = `${noun} ${item.name || index + 1}`;
          const controls = (
            <span className="flex">
              <Button
                id={`${id}-${item.key}-up`}
                size="icon"
                variant="ghost"
                aria-label={`Move ${called} up`}
                disabledReason={index === 0 ? "It is the first." : null}
                onClick={() => move(index, -1)}
              >
                <ArrowUp aria-hidden="true" />
              </Button>
              <Button
                id={`${id}-${item.key}-down`}
                size="icon"
                variant="ghost"
                aria-label={`Move ${called} down`}
                disabledReason={index === items.length - 1 ? "It is the last." : null}
                onClick={() => move(index, 1)}
              >
                <ArrowDown aria-hidden="true" />
              </Button>
              <Button
                size="icon"
                variant="ghost"
                aria-label={`Remove ${called}`}
                disabledReason={kept}
                onClick={() => remove(index)}
              >
                <Trash2 aria-hidden="true" />
              </Button>
            </span>
          );
          return (
            <li
              key={item.key}
              id={`${id}-${item.key}`}
              className="flex flex-col gap-3 rounded-md border border-line p-3"
            >
              {children({
                item,
                index,
                edit: (part) =>
                  onChange(items.map((each) => (each === item ? { ...each, ...part } : each))),
                controls,
              })}
            </li>
          );
        })}
      </ul>
      <Button
        id={`${id}-add`}
        size="sm"
        className="self-start"
        icon={<Plus aria-hidden="true" />}
        disabledReason={full}
        onClick={() => {
          const added = make(items.length);
          change([...items, added], added.key);
        }}
      >
        {addLabel}
      </Button>
    </div>
  );
}

const fields = "input, select, textarea";
