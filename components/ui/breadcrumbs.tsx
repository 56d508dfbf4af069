import { TextLink } from "#components/ui/text-link";

export type Crumb = { label: string; href?: string };

/** Where this page is; the last crumb is the page itself. */
export function Breadcrumbs({ items }: { items: readonly Crumb[] }) {
  return (
    <nav aria-label="Breadcrumb" className="min-w-0 text-sm">
      <ol className="flex min-w-0 flex-wrap items-center gap-x-1.5">
        {items.map((item, index) => {
          const last = index === items.length - 1;
          return (
            <li
              key={`${item.href ?? ""}${item.label}`}
              className="flex min-w-0 items-center gap-1.5"
            >
              {index > 0 && (
                <span aria-hidden="true" className="text-control">
                  /
                </span>
              )}
              {item.href && !last ? (
                <TextLink href={item.href} quiet className="truncate font-normal text-muted">
                  {item.label}
                </TextLink>
              ) : (
                <span aria-current={last ? "page" : undefined} className="truncate text-ink">
                  {item.label}
                </span>
              )}
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
