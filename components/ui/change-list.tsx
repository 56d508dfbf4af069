import type { Change } from "#lib/domain/change";

/** What differs between two versions, one thing a line. */
export function ChangeList({ changes }: { changes: readonly Change[] }) {
  return (
    <dl className="grid gap-x-4 gap-y-1 text-sm sm:grid-cols-[minmax(8.5rem,auto)_minmax(0,1fr)]">
      {changes.map(({ what, before, after }) => (
        <div key={what} className="contents">
          <dt className="min-w-0 break-words text-muted">{what}</dt>
          <dd className="min-w-0 whitespace-pre-wrap break-words">
            {before === null || after === null ? (
              <span className="font-medium">{before === null ? "added" : "removed"}</span>
            ) : (
              <>
                <span className="text-muted">from</span>{" "}
                <del className="no-underline">{before}</del> <span className="text-muted">to</span>{" "}
                <ins className="font-medium no-underline">{after}</ins>
              </>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}
