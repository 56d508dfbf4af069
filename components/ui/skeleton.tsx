import { classNames } from "#lib/client/class-names";

/** The place of something on its way. It stands still: what moves draws the eye to nothing. */
export function Skeleton({ className }: { className?: string }) {
  return (
    <span aria-hidden="true" className={classNames("block h-4 rounded-sm bg-line/70", className)} />
  );
}

/** Rows of a table or list on their way, said in words to those who do not see them. */
export function SkeletonRows({ rows = 5, label }: { rows?: number; label: string }) {
  return (
    <div role="status" className="flex flex-col gap-3 px-4 py-3">
      <span className="sr-only">{label}</span>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no other name
        <Skeleton key={row} className={row % 3 === 2 ? "w-2/3" : "w-full"} />
      ))}
    </div>
  );
}
