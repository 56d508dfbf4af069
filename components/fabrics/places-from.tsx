import { RelativeTime } from "#components/ui/relative-time";
import type { PlaceSource } from "#lib/domain/fabric/fabric";

const sourceWords = {
  list: "a list",
  ibnetdiscover: "ibnetdiscover",
  nodes: "its nodes",
} as const satisfies Record<PlaceSource, string>;

/** Whose word the places of a fabric's ports are, and of when. */
export function PlacesFrom({ source, at }: { source: PlaceSource | null; at: string | null }) {
  if (source === null || at === null) return <span className="text-faint">nobody yet</span>;
  return (
    <>
      {sourceWords[source]}, <RelativeTime at={at} focusable={false} />
    </>
  );
}
