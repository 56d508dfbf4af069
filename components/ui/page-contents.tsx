"use client";

import type { Route } from "next";
import Link from "next/link";
import { useEffect, useState } from "react";
import { classNames } from "#lib/client/class-names";

/** A part of a page: the id of its section, and its heading. */
export type PagePart = { id: string; label: string };

/**
 * The parts of a page that is longer than a screen, as links in one line that stays in view. The part that is read
 * is marked.
 */
export function PageContents({ parts }: { parts: readonly PagePart[] }) {
  const [current, setCurrent] = usePartInView(parts);
  return (
    <nav
      aria-label="On this page"
      className="overflow-x-auto border-line border-b bg-canvas md:sticky md:top-0 md:z-20"
    >
      <ul className="flex gap-5">
        {parts.map(({ id, label }) => (
          <li key={id}>
            <Link
              href={`#${id}` as Route}
              onClick={() => setCurrent(id)}
              aria-current={id === current ? "location" : undefined}
              className={classNames(
                "block whitespace-nowrap border-b-2 py-2 text-sm transition-colors focus-visible:-outline-offset-2",
                id === current
                  ? "border-accent font-medium text-ink"
                  : "border-transparent text-muted hover:text-ink",
              )}
            >
              {label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** The part that the address names, while it is in view; else the last that begins above the middle of the screen. */
function usePartInView(
  parts: readonly PagePart[],
): [current: string | undefined, setCurrent: (id: string) => void] {
  const [current, setCurrent] = useState<string>();
  const ids = parts.map(({ id }) => id).join(" ");
  useEffect(() => {
    const sections = ids
      .split(" ")
      .map((id) => document.getElementById(id))
      .filter((section) => section !== null);
    function look() {
      const { innerHeight, location } = globalThis;
      const named = sections.find(({ id }) => `#${id}` === location.hash);
      const begun = sections.findLast((section) => topOf(section) < innerHeight / 2);
      const isNamedInView = named && topOf(named) >= 0 && topOf(named) < innerHeight;
      setCurrent((isNamedInView ? named : (begun ?? sections[0]))?.id);
    }
    look();
    globalThis.addEventListener("scroll", look, { passive: true });
    return () => globalThis.removeEventListener("scroll", look);
  }, [ids]);
  return [current, setCurrent];
}

function topOf(section: HTMLElement): number {
  return section.getBoundingClientRect().top;
}
