import type { ReactNode } from "react";
import { Logo } from "#components/shell/logo";
import { CopyText } from "#components/ui/copy-button";

export type NoticePageProps = {
  /** What is so: "There is no such page". */
  title: string;
  /** Why, and what to do. */
  children: ReactNode;
  actions?: ReactNode;
  /** What to name when asking for help. */
  reference?: { label: string; value: string } | null;
};

/** A page in place of the one asked for: it says why, and the way on. */
export function NoticePage({ title, children, actions, reference }: NoticePageProps) {
  return (
    <main className="mx-auto flex min-h-dvh max-w-lg flex-col items-start justify-center gap-5 px-5 py-10">
      <Logo />
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
    </main>
  );
}
