"use client";

import type { Route } from "next";
import Link from "next/link";
import { DropdownMenu as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { classNames } from "#lib/client/class-names";

export type DropdownMenuProps = {
  trigger: ReactNode;
  align?: "start" | "end";
  side?: "top" | "bottom";
  children: ReactNode;
  className?: string;
};

/** A menu of acts and links. Not modal: a modal menu hides the focused trigger from screen readers. */
export function DropdownMenu({
  trigger,
  align = "end",
  side = "bottom",
  children,
  className,
}: DropdownMenuProps) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align={align}
          side={side}
          sideOffset={4}
          collisionPadding={8}
          className={classNames(
            "z-50 max-h-(--radix-dropdown-menu-content-available-height) min-w-44 max-w-80 overflow-y-auto rounded-md bg-raised p-1 text-sm shadow-raised",
            className,
          )}
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

const itemStyle =
  "flex items-center gap-2 rounded-sm px-2 py-1.5 text-ink outline-none data-highlighted:bg-selected aria-disabled:text-faint [&_svg]:size-3.5 [&_svg]:shrink-0 [&_svg]:text-muted";

export type MenuItemProps = {
  children: ReactNode;
  icon?: ReactNode;
  /** A second line in small: what it does. */
  hint?: ReactNode;
  onSelect?: () => void;
  danger?: boolean;
  /** Shown under the label; the item stays within reach and does nothing. */
  disabledReason?: string | null;
};

export function MenuItem({
  children,
  icon,
  hint,
  onSelect,
  danger,
  disabledReason,
}: MenuItemProps) {
  const blocked = Boolean(disabledReason);
  const second = disabledReason ?? hint;
  return (
    <Radix.Item
      aria-disabled={blocked || undefined}
      onSelect={(event) => {
        if (blocked) event.preventDefault();
        else onSelect?.();
      }}
      className={classNames(itemStyle, danger && !blocked && "text-critical [&_svg]:text-critical")}
    >
      {icon}
      <span className="min-w-0 flex-1">
        <span className="block">{children}</span>
        {second && <span className="block text-faint text-xs">{second}</span>}
      </span>
    </Radix.Item>
  );
}

export type MenuLinkProps = {
  href: string;
  children: ReactNode;
  icon?: ReactNode;
  hint?: ReactNode;
  current?: boolean;
};

export function MenuLink({ href, children, icon, hint, current }: MenuLinkProps) {
  return (
    <Radix.Item asChild>
      <Link
        href={href as Route}
        aria-current={current ? "true" : undefined}
        className={classNames(itemStyle, current && "font-medium")}
      >
        {icon}
        <span className="min-w-0 flex-1">
          <span className="block truncate">{children}</span>
          {hint && <span className="block truncate text-faint text-xs">{hint}</span>}
        </span>
        {current && <span className="text-accent text-xs">current</span>}
      </Link>
    </Radix.Item>
  );
}

/** One of a few settings: theme, density. */
export function MenuRadioGroup({
  label,
  value,
  onValueChange,
  options,
}: {
  label: string;
  value: string;
  onValueChange: (value: string) => void;
  options: readonly { value: string; label: string; icon?: ReactNode }[];
}) {
  return (
    <>
      <MenuLabel>{label}</MenuLabel>
      <Radix.RadioGroup value={value} onValueChange={onValueChange} aria-label={label}>
        {options.map((option) => (
          <Radix.RadioItem
            key={option.value}
            value={option.value}
            onSelect={(event) => event.preventDefault()}
            className={itemStyle}
          >
            {option.icon}
            <span className="flex-1">{option.label}</span>
            <Radix.ItemIndicator className="text-accent">●</Radix.ItemIndicator>
          </Radix.RadioItem>
        ))}
      </Radix.RadioGroup>
    </>
  );
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <Radix.Label className="px-2 pt-1.5 pb-1 text-faint text-xs">{children}</Radix.Label>;
}

export function MenuSeparator() {
  return <Radix.Separator className="-mx-1 my-1 h-px bg-line" />;
}
