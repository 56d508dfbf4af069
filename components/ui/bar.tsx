import type { StateKind } from "#components/ui/state-text";
import { classNames } from "#lib/client/class-names";

const fills = {
  ok: "fill-ok",
  motion: "fill-motion",
  attention: "fill-attention",
  critical: "fill-critical",
  neutral: "fill-neutral",
  quiet: "fill-muted",
} as const;

export type BarPart = {
  share: number;
  kind: StateKind | "quiet" /** Drawn in stripes: not yet so. */;
  hatched?: boolean;
};

/**
 * A bar filled by parts of one whole (shares from 0 to 1). For the eye only: the words beside it
 * carry the meaning. It is an SVG because a width in a style attribute is what our CSP forbids.
 */
export function Bar({ parts, className }: { parts: readonly BarPart[]; className?: string }) {
  let start = 0;
  const drawn = parts.map((part) => {
    const from = start;
    const width = Math.min(Math.max(part.share, 0), 1 - from);
    start = from + width;
    return { ...part, from, width };
  });
  return (
    <svg
      aria-hidden="true"
      className={classNames("block h-1.5 w-full rounded-full bg-line", className)}
    >
      {drawn.map((part) => (
        <rect
          key={part.from}
          x={`${part.from * 100}%`}
          width={`${part.width * 100}%`}
          height="100%"
          className={classNames(fills[part.kind], part.hatched && "opacity-50")}
        />
      ))}
    </svg>
  );
}
