import type { ReactNode } from "react";
import { Breadcrumbs, type Crumb } from "#components/ui/breadcrumbs";

export type PageHeaderProps = {
  title: ReactNode;
  breadcrumbs?: readonly Crumb[];
  /** Beside the title: a StateText, tags. */
  state?: ReactNode;
  /** One line under it: id, type, who and when. */
  meta?: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
};

/** The top of every page: where, what, in which state, and what can be done. */
export function PageHeader({
  title,
  breadcrumbs,
  state,
  meta,
  description,
  actions,
}: PageHeaderProps) {
  return (
    <header className="flex flex-col gap-2">
      {breadcrumbs && <Breadcrumbs items={breadcrumbs} />}
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1">
            <h1 className="break-words font-semibold text-xl tracking-tight">{title}</h1>
            {state}
          </div>
          {meta && (
            <div className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-1 text-muted text-xs">
              {meta}
            </div>
          )}
          {description && <p className="mt-1 max-w-prose text-muted text-sm">{description}</p>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </div>
    </header>
  );
}
