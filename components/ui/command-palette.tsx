"use client";

import { Search } from "lucide-react";
import dynamic from "next/dynamic";
import { useEffect, useState } from "react";
import type { CommandPaletteProps } from "#components/ui/command-palette-window";
import { Kbd } from "#components/ui/kbd";
import { useHydrated } from "#lib/client/use-now";

// The window is as large as the rest of a page's own code: it comes once the page is at rest.
const loadWindow = () => import("#components/ui/command-palette-window");
const PaletteWindow = dynamic(loadWindow, { ssr: false });

/** Its button, and the window that ⌘K or Ctrl K opens. */
export function CommandPalette(props: CommandPaletteProps) {
  const [open, setOpen] = useState(false);
  const [wasOpened, setWasOpened] = useState(false);

  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      setWasOpened(true);
      setOpen((current) => !current);
    }
    document.addEventListener("keydown", onKey);
    // Safari has no requestIdleCallback.
    const rest = window.requestIdleCallback?.(() => void loadWindow());
    return () => {
      document.removeEventListener("keydown", onKey);
      if (rest !== undefined) window.cancelIdleCallback(rest);
    };
  }, []);

  return (
    <>
      <button
        type="button"
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => {
          setWasOpened(true);
          setOpen(true);
        }}
        className="flex h-8 w-full items-center gap-2 rounded-md border border-line bg-sunken px-2.5 text-faint text-sm transition-colors hover:border-control hover:text-muted"
      >
        <Search aria-hidden="true" className="size-3.5" />
        <span className="flex-1 text-left">{props.placeholder ?? "Search"}</span>
        <Shortcut />
      </button>
      {wasOpened && <PaletteWindow {...props} open={open} onOpenChange={setOpen} />}
    </>
  );
}

/** The keys that open it, as they are called on this machine. */
function Shortcut() {
  const hydrated = useHydrated();
  const apple = hydrated && /Mac|iPhone|iPad/.test(navigator.platform);
  return (
    <span className="max-md:hidden">
      <Kbd>{apple ? "⌘K" : "Ctrl K"}</Kbd>
    </span>
  );
}
