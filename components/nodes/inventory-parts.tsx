import type { ReactNode } from "react";

/** One kind of parts under its heading, with how many there are. */
export function Part({
  title,
  count,
  untold = false,
  children,
}: {
  title: string;
  count: number | null;
  untold?: boolean;
  children: ReactNode;
}) {
  return (
    <div className="border-line border-t">
      <h3 className="px-4 pt-3 pb-1 font-medium text-sm">
        {title}{" "}
        <span className="font-normal text-faint text-xs">
          {untold || count === null ? "unknown" : count}
        </span>
      </h3>
      {untold ? (
        <p className="px-4 pb-3 text-muted text-sm">This kind of controller does not know them.</p>
      ) : count === 0 ? (
        <p className="px-4 pb-3 text-muted text-sm">None found.</p>
      ) : (
        children
      )}
    </div>
  );
}

/** A part that is read on demand. */
export function Fold({
  title,
  count,
  children,
}: {
  title: string;
  count: string;
  children: ReactNode;
}) {
  return (
    <details className="border-line border-t">
      <summary className="cursor-pointer px-4 py-2 text-sm hover:bg-hover">
        {title} <span className="text-faint text-xs">{count}</span>
      </summary>
      {children}
    </details>
  );
}

/** A number that is compared letter by letter. */
export function Mono({ text }: { text: string | null }) {
  return text ? (
    <span className="break-all font-mono text-xs">{text}</span>
  ) : (
    <span className="text-faint">unknown</span>
  );
}
