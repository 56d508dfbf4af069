import { type ReactNode, useId } from "react";
import { classNames } from "#lib/client/class-names";

export type PanelProps = {
  title: ReactNode;
  /** Beside the title in small: a count, an age. */
  meta?: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  /** False where a table or list fills the panel from edge to edge. */
  padded?: boolean;
  heading?: "h2" | "h3";
  /** For links to this part of the page. */
  id?: string;
  className?: string;
  children: ReactNode;
};

/** A part of a page under its own heading. */
export function Panel({
  title,
  meta,
  description,
  actions,
  padded = true,
  heading: Heading = "h2",
  id,
  className,
  children,
}: PanelProps) {
  const headingId = useId();
  return (
    <section
      id={id}
      aria-labelledby={headingId}
      className={classNames(
        "min-w-0 overflow-clip rounded-lg border border-line bg-surface",
        className,
      )}
    >
      <header className="flex min-h-11 flex-wrap items-center justify-between gap-x-4 gap-y-2 border-line border-b px-4 py-2">
        <div className="min-w-0">
          <div className="flex flex-wrap items-baseline gap-x-2">
            <Heading id={headingId} className="font-semibold text-base">
              {title}
            </Heading>
            {meta && <span className="text-faint text-xs">{meta}</span>}
          </div>
          {description && <p className="text-muted text-xs">{description}</p>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      <div className={padded ? "px-4 py-3" : undefined}>{children}</div>
    </section>
  );
}
