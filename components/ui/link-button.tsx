import type { VariantProps } from "class-variance-authority";
import type { Route } from "next";
import Link from "next/link";
import type { ReactNode } from "react";
import { buttonStyle } from "#components/ui/button-style";
import { classNames } from "#lib/client/class-names";

export type LinkButtonProps = VariantProps<typeof buttonStyle> & {
  href: string;
  children: ReactNode;
  icon?: ReactNode;
  className?: string;
  "aria-label"?: string;
};

/** A link that looks like a button: it goes somewhere and changes nothing. */
export function LinkButton({
  href,
  variant,
  size,
  icon,
  className,
  children,
  ...rest
}: LinkButtonProps) {
  return (
    <Link
      {...rest}
      href={href as Route}
      className={classNames(buttonStyle({ variant, size }), className)}
    >
      {icon}
      {children}
    </Link>
  );
}
