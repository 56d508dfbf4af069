import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { StateGlyph } from "#components/ui/state-text";

/** What the marks of the charts stand for, newest first. */
export function TelemetryEvents({
  events,
}: {
  events: readonly {
    at: string;
    /** When it was over; null while it holds, and of what has no duration. */
    until: string | null;
    kind: "critical" | "attention" | "neutral";
    words: string;
  }[];
}) {
  return (
    <Panel title="Marked in the charts" heading="h3" padded={false}>
      <ul
        aria-label="Marked in the charts"
        className="max-h-56 divide-y divide-line overflow-y-auto text-sm"
      >
        {events.toReversed().map((event) => (
          <li key={`${event.at} ${event.words}`} className="flex items-center gap-2 px-4 py-1">
            <StateGlyph kind={event.kind} />
            <span className="min-w-0 flex-1">{event.words}</span>
            <span className="text-muted text-xs">
              <RelativeTime at={event.at} />
              {event.until !== null && (
                <>
                  , past <RelativeTime at={event.until} />
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
