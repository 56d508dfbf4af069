"use client";

import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { classNames } from "#lib/client/class-names";

export type CopyButtonProps = {
  value: string;
  /** What is copied: "node id". Read as "Copy node id". */
  label: string;
  className?: string;
};

/** Copies a value, and says that it did. */
export function CopyButton({ value, label, className }: CopyButtonProps) {
  const [outcome, setOutcome] = useState<"copied" | "failed">();

  useEffect(() => {
    if (!outcome) return;
    const timer = setTimeout(() => setOutcome(undefined), 2_000);
    return () => clearTimeout(timer);
  }, [outcome]);

  return (
    <span className="inline-flex items-center gap-1">
      <button
        type="button"
        aria-label={`Copy ${label}`}
        onClick={() => {
          navigator.clipboard.writeText(value).then(
            () => setOutcome("copied"),
            () => setOutcome("failed"),
          );
        }}
        className={classNames(
          "inline-flex size-6 shrink-0 items-center justify-center rounded-sm text-faint transition-colors hover:bg-hover hover:text-ink",
          className,
        )}
      >
        {outcome === "copied" ? (
          <Check aria-hidden="true" className="size-3.5 text-ok" />
        ) : (
          <Copy aria-hidden="true" className="size-3.5" />
        )}
      </button>
      <span role="status" className={outcome === "failed" ? "text-critical text-xs" : "sr-only"}>
        {outcome === "copied" && "Copied"}
        {outcome === "failed" && "The browser did not allow copying. Select the text instead."}
      </span>
    </span>
  );
}

/** A value one copies, in monospace, with its button: ids, addresses, fingerprints. */
export function CopyText({
  value,
  label,
  shown,
  className,
}: {
  value: string;
  label: string /** What is shown where the whole is too long. */;
  shown?: string;
  className?: string;
}) {
  return (
    <span
      className={classNames(
        "inline-flex h-5 min-w-0 max-w-full items-center gap-0.5 align-top",
        className,
      )}
    >
      <code className="min-w-0 truncate font-mono text-xs">{shown ?? value}</code>
      <CopyButton value={value} label={label} />
    </span>
  );
}
