"use client";

import { Menu, X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { type ReactNode, useState } from "react";
import { Button } from "#components/ui/button";

/** On a phone: the button in the top bar, and the rail as a sheet that closes when a link is followed. */
export function NavSheet({ children }: { children: ReactNode }) {
  const [open, setOpen] = useState(false);
  return (
    <Radix.Root open={open} onOpenChange={setOpen}>
      <Radix.Trigger asChild>
        <Button variant="ghost" aria-label="Open the menu" className="size-9 p-0 md:hidden">
          <Menu aria-hidden="true" className="size-5!" />
        </Button>
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-overlay md:hidden" />
        <Radix.Content
          aria-describedby={undefined}
          onClick={(event) => {
            if (event.target instanceof Element && event.target.closest("a")) setOpen(false);
          }}
          className="fixed inset-y-0 right-0 z-50 flex w-72 max-w-[85vw] flex-col gap-4 overflow-y-auto bg-canvas p-3 shadow-raised outline-none md:hidden"
        >
          <div className="flex items-center justify-between">
            <Radix.Title className="px-2 font-semibold text-base">Menu</Radix.Title>
            <Radix.Close asChild>
              <Button variant="ghost" size="icon" aria-label="Close the menu">
                <X aria-hidden="true" />
              </Button>
            </Radix.Close>
          </div>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
