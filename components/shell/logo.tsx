import { classNames } from "#lib/client/class-names";

/** The mark: a cast bar, seen from above its corner. */
export function LogoMark({ className }: { className?: string }) {
  return (
    <svg
      viewBox="0 0 24 24"
      aria-hidden="true"
      className={classNames("size-6 text-accent", className)}
    >
      <path d="M4.4 11 9 6.6h11L15.4 11z" fill="currentColor" opacity=".55" />
      <path d="M4.4 11h11l2.2 7.4H2.2z" fill="currentColor" />
      <path d="M15.4 11 20 6.6l2.2 6.6-4.6 5.2z" fill="currentColor" opacity=".75" />
    </svg>
  );
}

/** The mark and the name. */
export function Logo({ className }: { className?: string }) {
  return (
    <span className={classNames("inline-flex items-center gap-2", className)}>
      <LogoMark />
      <span className="font-semibold text-base tracking-tight">Ingot</span>
    </span>
  );
}
