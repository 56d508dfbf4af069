import { LinkButton } from "#components/ui/link-button";

export type PaginationProps = {
  /** What the page shows, in words: "50 nodes, newest first". */
  summary: string;
  /** Back to the first page; null on the first page. */
  firstHref?: string | null;
  /** The page after this one; null on the last page. */
  nextHref?: string | null;
};

/** Keyset pages: on, or back to the beginning. */
export function Pagination({ summary, firstHref, nextHref }: PaginationProps) {
  return (
    <nav
      aria-label="Pages"
      className="flex flex-wrap items-center justify-between gap-3 border-line border-t px-4 py-2 text-muted text-xs"
    >
      <span>{summary}</span>
      <span className="flex gap-2">
        {firstHref && (
          <LinkButton href={firstHref} size="sm">
            First page
          </LinkButton>
        )}
        {nextHref && (
          <LinkButton href={nextHref} size="sm">
            Next page
          </LinkButton>
        )}
      </span>
    </nav>
  );
}
