import type { ReactNode } from "react";
import { RelativeTime } from "#components/ui/relative-time";
import type { InventorySource } from "#lib/domain/node/inventory";

/** One kind of parts under its heading, with how many there are. */
export function Part({
  title,
  count,
  untold = false,
  source,
  children,
}: {
  title: string;
  count: number | null;
  untold?: boolean;
  source?: InventorySource | undefined;
  children: ReactNode;
}) {
  return (
    <div className="border-line border-t">
      <h3 className="px-4 pt-3 pb-1 font-medium text-sm">
        {title}{" "}
        <span className="font-normal text-faint text-xs">
          {untold || count === null ? "unknown" : count}
          <ReadAt source={source} />
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
  source,
  children,
}: {
  title: string;
  count: string;
  source?: InventorySource | undefined;
  children: ReactNode;
}) {
  return (
    <details className="border-line border-t">
      <summary className="cursor-pointer px-4 py-2 text-sm hover:bg-hover">
        {title}{" "}
        <span className="text-faint text-xs">
          {count}
          <ReadAt source={source} />
        </span>
      </summary>
      {children}
    </details>
  );
}

/** When a section was read. */
function ReadAt({ source }: { source: InventorySource | undefined }) {
  return (
    source && (
      <>
        , read <RelativeTime at={source.readAt} />
      </>
    )
  );
}

/** What a part is called, and where on its controller it was read. */
export function Slot({ part }: { part: { slot: string; path?: string | null } }) {
  return (
    <>
      {part.slot}
      {part.path && (
        <span className="block break-all font-mono font-normal text-faint text-xs">
          {part.path}
        </span>
      )}
    </>
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
