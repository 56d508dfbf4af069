import type { Route } from "next";
import Link from "next/link";
import type { ReactNode } from "react";
import { classNames } from "#lib/client/class-names";

export type TextLinkProps = {
  href: string;
  children: ReactNode;
  /** Quiet links underline only on hover: names in tables, crumbs. */
  quiet?: boolean;
  className?: string;
};

/** A link in running text or a table cell. */
export function TextLink({ href, children, quiet, className }: TextLinkProps) {
  return (
    <Link
      href={href as Route}
      className={classNames(
        "rounded-sm text-ink underline-offset-[3px] transition-colors hover:text-accent hover:underline",
        quiet ? "font-medium" : "underline decoration-control hover:decoration-accent",
        className,
      )}
    >
      {children}
    </Link>
  );
}
