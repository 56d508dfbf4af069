"use client";

import { Command } from "cmdk";
import { Search } from "lucide-react";
import type { Route } from "next";
import { useRouter } from "next/navigation";
import { Dialog as Radix } from "radix-ui";
import { useEffect, useState } from "react";
import { Kbd } from "#components/ui/kbd";

export type PaletteItem = {
  id: string;
  label: string;
  href: string;
  /** In small, at the end: a state, an address. */
  hint?: string;
  /** Further words it is found by. */
  keywords?: readonly string[];
};

export type PaletteGroup = { heading: string; items: readonly PaletteItem[] };

export type CommandPaletteProps = {
  /** Pages and acts known at once. */
  groups: readonly PaletteGroup[];
  /** Looks further than the page: called with two characters or more, a moment after the typing ends. */
  search?: (query: string) => Promise<readonly PaletteGroup[]>;
  placeholder?: string;
};

const typingPauseMs = 200;

/** The window of the command palette. A default export, as `dynamic` wants it. */
export default function CommandPaletteWindow({
  groups,
  search,
  placeholder = "Search",
  open,
  onOpenChange,
}: CommandPaletteProps & { open: boolean; onOpenChange: (open: boolean) => void }) {
  const router = useRouter();
  const [query, setQuery] = useState("");
  const [found, setFound] = useState<{
    query: string;
    groups: readonly PaletteGroup[] | "failed";
  }>();

  const wanted = query.trim();
  const searching = search !== undefined && wanted.length >= 2;
  useEffect(() => {
    if (!open || !searching || !search) return;
    // An answer that comes after the next question is dropped.
    let current = true;
    const timer = setTimeout(() => {
      search(wanted).then(
        (answer) => current && setFound({ query: wanted, groups: answer }),
        () => current && setFound({ query: wanted, groups: "failed" }),
      );
    }, typingPauseMs);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [open, searching, search, wanted]);

  const answer = searching && found?.query === wanted ? found.groups : undefined;

  function go(href: string) {
    onOpenChange(false);
    setQuery("");
    router.push(href as Route);
  }

  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-overlay" />
        <Radix.Content
          aria-describedby={undefined}
          className="fixed top-[12vh] left-1/2 z-50 w-[calc(100vw-2rem)] max-w-xl -translate-x-1/2 overflow-clip rounded-lg bg-raised shadow-raised outline-none"
        >
          <Radix.Title className="sr-only">{placeholder}</Radix.Title>
          <Command label={placeholder} loop>
            <div className="flex items-center gap-2.5 border-line border-b px-4">
              <Search aria-hidden="true" className="size-4 shrink-0 text-faint" />
              <Command.Input
                value={query}
                onValueChange={setQuery}
                placeholder={placeholder}
                className="h-12 w-full bg-transparent text-lg outline-none placeholder:text-faint sm:text-base"
              />
              <span className="max-md:hidden">
                <Kbd>Esc</Kbd>
              </span>
            </div>
            <Command.List
              aria-label="Results"
              className="max-h-[50vh] overflow-y-auto p-1.5 text-sm"
            >
              <Command.Empty className="px-2.5 py-3 text-muted">
                {searching && answer === undefined
                  ? `Looking for "${wanted}"`
                  : `Nothing is called "${wanted}".`}
              </Command.Empty>
              {groups.map((group) => (
                <Group key={group.heading} group={group} onGo={go} />
              ))}
              {Array.isArray(answer) &&
                answer.map((group: PaletteGroup) => (
                  <Group key={`found ${group.heading}`} group={group} onGo={go} found={wanted} />
                ))}
            </Command.List>
            {answer === "failed" && (
              <p role="alert" className="border-line border-t px-4 py-2 text-critical text-xs">
                The search did not answer. The pages above can still be opened.
              </p>
            )}
          </Command>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

function Group({
  group,
  onGo,
  found,
}: {
  group: PaletteGroup;
  onGo: (href: string) => void /** The query the server matched: such items are always shown. */;
  found?: string;
}) {
  return (
    <Command.Group
      heading={group.heading}
      className="[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-faint [&_[cmdk-group-heading]]:text-xs"
    >
      {group.items.map((item) => (
        <Command.Item
          key={item.id}
          value={`${item.label} ${item.id}`}
          keywords={[...(item.keywords ?? []), ...(found ? [found] : [])]}
          onSelect={() => onGo(item.href)}
          className="flex items-baseline justify-between gap-4 rounded-sm px-2.5 py-1.5 data-[selected=true]:bg-selected"
        >
          <span className="min-w-0 truncate">{item.label}</span>
          {item.hint && <span className="shrink-0 text-faint text-xs">{item.hint}</span>}
        </Command.Item>
      ))}
    </Command.Group>
  );
}
