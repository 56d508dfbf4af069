import { useMemo } from "react";
import type { ChartMark } from "#lib/client/draw-chart";
import { formatLocal } from "#lib/client/format";
import type { TelemetryEvent } from "#lib/schemas/telemetry";

/**
 * What charts mark between two moments, in their order: what began there and where it was over, and at the
 * beginning what had begun before and still held.
 */
export function marksOf(
  events: readonly TelemetryEvent[],
  { from, to }: { from: number; to: number },
): ChartMark[] {
  return events
    .filter(({ atMs, untilMs }) => atMs <= to && (untilMs === null || untilMs >= from))
    .flatMap(({ atMs, untilMs, kind, words }): ChartMark[] => {
      const begun =
        atMs >= from
          ? { at: atMs, kind, words }
          : { at: from, kind, words: `${words}, since ${formatLocal(atMs)}` };
      // What has no duration is over where it began.
      if (untilMs === null || untilMs === atMs || untilMs > to) return [begun];
      return [begun, { at: untilMs, kind: "neutral", words: `${words}, past`, isEnd: true }];
    })
    .sort((a, b) => a.at - b.at);
}

/** The same for charts that are drawn: kept while nothing that it is made of changes. */
export function useMarks(
  events: readonly TelemetryEvent[] | undefined,
  range: { from: number; to: number } | undefined,
): ChartMark[] {
  const { from, to } = range ?? { from: 0, to: 0 };
  return useMemo(() => marksOf(events ?? [], { from, to }), [events, from, to]);
}
