import type { Route } from "next";
import Link from "next/link";
import type { ReactNode } from "react";
import { StateGlyph, type StateKind } from "#components/ui/state-text";
import { classNames } from "#lib/client/class-names";

export type StatProps = {
  label: string;
  /** Null reads "unknown". */
  value: string | number | null;
  unit?: string;
  detail?: ReactNode;
  /** Only where the figure itself is a state; `label` or `detail` says it in words. */
  kind?: StateKind;
  /** Where the figure's list is. */
  href?: string;
};

/** One figure that matters. Put several in a StatRow. */
export function Stat({ label, value, unit, detail, kind, href }: StatProps) {
  const body = (
    <>
      <dt className="flex items-center gap-1.5 text-muted text-xs">
        {kind && <StateGlyph kind={kind} />}
        {label}
      </dt>
      <dd className="mt-0.5">
        {value === null ? (
          <span className="text-faint text-lg">unknown</span>
        ) : (
          <span className="font-semibold text-xl tracking-tight">
            {value}
            {unit && <span className="ml-1 font-normal text-muted text-sm">{unit}</span>}
          </span>
        )}
        {detail && <span className="block text-faint text-xs">{detail}</span>}
      </dd>
    </>
  );
  return (
    <div
      className={classNames(
        "relative min-w-0 flex-1 basis-36 bg-surface px-4 py-3",
        href && "transition-colors hover:bg-hover",
      )}
    >
      {body}
      {href && (
        <dd className="contents">
          <Link
            href={href as Route}
            className="absolute inset-0 focus-visible:-outline-offset-2"
            aria-label={`${label}: ${value ?? "unknown"}${unit ? ` ${unit}` : ""}. Show them`}
          />
        </dd>
      )}
    </div>
  );
}

/** Figures side by side, hairlines between. */
export function StatRow({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <dl
      className={classNames(
        "flex flex-wrap gap-px overflow-clip rounded-lg border border-line bg-line",
        className,
      )}
    >
      {children}
    </dl>
  );
}
