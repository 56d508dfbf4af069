"use client";

import { Search } from "lucide-react";
import type { Route } from "next";
import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { type ReactNode, useEffect, useId, useOptimistic, useRef, useTransition } from "react";
import { Input } from "#components/ui/input";
import { Select, type SelectOption } from "#components/ui/select";
import { classNames } from "#lib/client/class-names";

const typingPauseMs = 250;

/** What the newest choice makes of the address, until the server has answered it and the address says so. */
let underWay: { by: string; path: string; params: URLSearchParams } | undefined;

/**
 * Sets one query parameter and goes back to the first page (`after` is the keyset cursor's name). What was chosen is
 * shown at once, and of two choices in quick succession both count.
 */
function useParam(param: string) {
  const router = useRouter();
  const path = usePathname();
  const params = useSearchParams();
  const [pending, startTransition] = useTransition();
  const [value, show] = useOptimistic(params.get(param) ?? "");
  const id = useId();
  useEffect(() => {
    if (!pending) forget(id);
  }, [pending, id]);
  useEffect(() => () => forget(id), [id]);
  function set(value: string) {
    const next = new URLSearchParams(underWay?.path === path ? underWay.params : params);
    if (value) next.set(param, value);
    else next.delete(param);
    next.delete("after");
    underWay = { by: id, path, params: next };
    startTransition(() => {
      show(value);
      router.replace(`${path}${next.size > 0 ? `?${next}` : ""}` as Route, { scroll: false });
    });
  }
  return { value, set, pending };
}

function forget(id: string) {
  if (underWay?.by === id) underWay = undefined;
}

/** Filters of a list, kept in the URL: one row over the table. */
export function FilterBar({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <search
      className={classNames(
        "flex flex-wrap items-center gap-2 border-line border-b px-4 py-2",
        className,
      )}
    >
      {children}
    </search>
  );
}

/** A filter by one value: `?param=value`. `allLabel` is the choice that filters nothing. */
export function FilterSelect({
  param,
  label,
  allLabel,
  options,
}: {
  param: string;
  label: string;
  allLabel: string;
  options: readonly SelectOption[];
}) {
  const { value, set } = useParam(param);
  return (
    <Select
      aria-label={label}
      value={value}
      onChange={(event) => set(event.target.value)}
      placeholder={allLabel}
      options={options}
      className="w-auto"
    />
  );
}

/** A search in a list: `?q=` by default, a moment after the typing ends. */
export function FilterSearch({
  param = "q",
  label,
  placeholder,
}: {
  param?: string;
  label: string;
  placeholder?: string;
}) {
  const { value, set, pending } = useParam(param);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <span className="relative w-full max-w-72">
      <Search
        aria-hidden="true"
        className="pointer-events-none absolute top-1/2 left-2.5 size-3.5 -translate-y-1/2 text-faint"
      />
      <Input
        type="search"
        aria-label={label}
        aria-busy={pending || undefined}
        placeholder={placeholder ?? label}
        defaultValue={value}
        onChange={(event) => {
          const text = event.target.value.trim();
          clearTimeout(timer.current);
          timer.current = setTimeout(() => set(text), typingPauseMs);
        }}
        className="pl-8"
      />
    </span>
  );
}
