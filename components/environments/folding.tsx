"use client";

import { useState } from "react";
import { Button } from "#components/ui/button";

/**
 * Whether a panel that may come folded is open. What was open once, because it did not come folded, stays
 * so until it is hidden: nothing is folded away under the eyes of who looks at it.
 */
export function useFolding(folded: boolean): { isOpen: boolean; setOpen: (open: boolean) => void } {
  const [chosen, setOpen] = useState<boolean | null>(null);
  const [cameOpen, setCameOpen] = useState(!folded);
  if (!folded && !cameOpen) setCameOpen(true);
  return { isOpen: chosen ?? cameOpen, setOpen };
}

/** Opens and closes a panel that comes folded; `what` is read after "Show" and "Hide". */
export function FoldButton({
  what,
  isOpen,
  setOpen,
}: {
  what: string;
  isOpen: boolean;
  setOpen: (open: boolean) => void;
}) {
  return (
    <Button size="sm" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
      {isOpen ? "Hide" : "Show"} {what}
    </Button>
  );
}
