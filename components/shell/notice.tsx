import type { ReactNode } from "react";
import { CopyText } from "#components/ui/copy-button";

export type NoticeProps = {
  /** What is so: "There is no such page". */
  title: string;
  /** Why, and what to do. */
  children: ReactNode;
  actions?: ReactNode;
  /** What to name when asking for help. */
  reference?: { label: string; value: string } | null;
};

/** In place of what was asked for: why it is not here, and the way on. Stands inside the shell's <main>. */
export function Notice({ title, children, actions, reference }: NoticeProps) {
  return (
    <div className="flex max-w-lg flex-col items-start gap-5">
      <div>
        <h1 className="font-semibold text-xl tracking-tight">{title}</h1>
        <div className="mt-1.5 text-base text-muted">{children}</div>
      </div>
      {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
      {reference && (
        <p className="flex max-w-full flex-wrap items-center gap-x-1.5 text-faint text-xs">
          {reference.label} <CopyText value={reference.value} label={reference.label} />
        </p>
      )}
    </div>
  );
}
