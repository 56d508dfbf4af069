import { RelativeTime } from "#components/ui/relative-time";
import type { PlaceSource } from "#lib/domain/fabric/fabric";

/** Whose word the places of a fabric's ports are, and of when. */
export function PlacesFrom({ source, at }: { source: PlaceSource | null; at: string | null }) {
  if (source === null || at === null) return <span className="text-faint">nobody yet</span>;
  return (
    <>
      {source === "ibnetdiscover" ? "ibnetdiscover" : "a list"},{" "}
      <RelativeTime at={at} focusable={false} />
    </>
  );
}
