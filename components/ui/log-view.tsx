"use client";

import { ArrowDownToLine } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Button } from "#components/ui/button";
import { CopyButton } from "#components/ui/copy-button";
import { classNames } from "#lib/client/class-names";
import { formatUtc } from "#lib/client/format";

export type LogLine = {
  id: string;
  /** ISO instant. */
  at: string;
  level: "debug" | "info" | "warn" | "error";
  text: string;
  /** Who said it: a node, a step. */
  source?: string | null;
};

export type LogViewProps = {
  label: string;
  /** Oldest first. */
  lines: readonly LogLine[];
  /** Said when there is nothing: "No lines yet. They begin with the first step." */
  empty: string;
  className?: string;
};

const levels = {
  debug: { word: "debug", style: "text-faint" },
  info: { word: "info", style: "text-muted" },
  warn: { word: "warn", style: "text-attention" },
  error: { word: "error", style: "text-critical" },
} as const;

/** A log that follows its end until the reader scrolls up. Not read aloud line by line. */
export function LogView({ label, lines, empty, className }: LogViewProps) {
  const box = useRef<HTMLElement>(null);
  const [following, setFollowing] = useState(true);
  const newest = lines.at(-1)?.id;

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new last line is what moves the view
  useEffect(() => {
    const element = box.current;
    if (following && element) element.scrollTop = element.scrollHeight;
  }, [following, newest]);

  return (
    <div className={classNames("overflow-clip rounded-md border border-line bg-sunken", className)}>
      <div className="flex items-center justify-between gap-3 border-line border-b px-3 py-1 text-faint text-xs">
        <span>
          {lines.length === 1 ? "1 line" : `${lines.length} lines`}, times in UTC
          {lines.length > 0 && (following ? ", following" : ", not following")}
        </span>
        <span className="flex items-center gap-1">
          {!following && (
            <Button
              size="sm"
              variant="ghost"
              icon={<ArrowDownToLine aria-hidden="true" />}
              onClick={() => setFollowing(true)}
            >
              Follow
            </Button>
          )}
          <CopyButton value={lines.map(plainLine).join("\n")} label={label} />
        </span>
      </div>
      <section
        ref={box}
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={(event) => {
          const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
          setFollowing(scrollHeight - scrollTop - clientHeight < 24);
        }}
        className="max-h-96 overflow-auto py-1.5 font-mono text-xs leading-5 focus-visible:-outline-offset-2"
      >
        {lines.length === 0 && <p className="px-3 font-sans text-muted">{empty}</p>}
        <ol>
          {lines.map((line) => (
            <li
              key={line.id}
              className="flex flex-wrap gap-x-3 px-3 hover:bg-hover max-sm:py-0.5 sm:grid sm:grid-cols-[auto_auto_minmax(0,1fr)]"
            >
              <time dateTime={line.at} className="select-none text-faint">
                {formatUtc(line.at, "seconds").slice(11, 19)}
              </time>
              <span className={classNames("w-10 select-none", levels[line.level].style)}>
                {levels[line.level].word}
              </span>
              <span
                className={classNames(
                  "min-w-0 whitespace-pre-wrap break-words max-sm:w-full",
                  line.level === "debug" ? "text-muted" : "text-ink",
                )}
              >
                {line.source && <span className="text-faint">{line.source} </span>}
                {line.text}
              </span>
            </li>
          ))}
        </ol>
      </section>
    </div>
  );
}

function plainLine(line: LogLine): string {
  return [line.at, line.level, line.source, line.text].filter(Boolean).join(" ");
}
