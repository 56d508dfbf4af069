import { classNames } from "#lib/client/class-names";

/** The frame shared by every control one types or chooses in. 16 px on phones, where less makes Safari zoom. */
export const controlStyle = classNames(
  "w-full min-w-0 rounded-md border border-control bg-field px-2.5 text-lg text-ink transition-colors placeholder:text-faint sm:text-sm",
  "hover:border-muted focus-visible:border-accent focus-visible:outline-1 focus-visible:outline-offset-0",
  "aria-invalid:border-critical disabled:border-line disabled:text-faint read-only:not-[select]:border-line read-only:not-[select]:text-muted",
);
