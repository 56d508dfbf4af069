import { cva } from "class-variance-authority";

/** How buttons, and links that look like one, are drawn. */
export const buttonStyle = cva(
  "inline-flex shrink-0 select-none items-center justify-center gap-1.5 whitespace-nowrap rounded-md border font-medium transition-colors duration-100 aria-disabled:border-line aria-disabled:bg-transparent aria-disabled:text-faint [&_svg]:size-3.5 [&_svg]:shrink-0",
  {
    variants: {
      variant: {
        primary: "border-ink bg-ink text-on-ink hover:border-muted hover:bg-muted",
        secondary: "border-control/60 bg-surface text-ink hover:border-control hover:bg-hover",
        ghost: "border-transparent bg-transparent text-muted hover:bg-hover hover:text-ink",
        danger: "border-danger bg-danger text-on-danger hover:bg-danger/85",
        "danger-quiet":
          "border-critical/50 bg-transparent text-critical hover:border-critical hover:bg-critical/10",
      },
      size: {
        sm: "h-7 px-2.5 text-xs",
        md: "h-8 px-3 text-sm",
        icon: "size-7 p-0",
      },
    },
    defaultVariants: { variant: "secondary", size: "md" },
  },
);
