import { type BucketGrid, gridEndMs } from "#lib/domain/telemetry/buckets";

/** A stretch of time in which a node was an environment's; open while it still is. */
export type HeldStretch = { fromMs: number; untilMs: number | null };

/**
 * A part of the time to ask for: `count` buckets from `first` on, each `widthMs` wide and beginning
 * `stepMs` after the one before. One that an edge of the stretch cuts is a part by itself.
 */
export type HeldBuckets = {
  first: number;
  count: number;
  fromMs: number;
  widthMs: number;
  stepMs: number;
};

/**
 * Cuts a grid down to the stretches in which a node was held, to the millisecond: what is asked of
 * a store that knows no tenant. Whole buckets come as one part, those that an edge cuts alone.
 */
export function heldBuckets(grid: BucketGrid, held: readonly HeldStretch[]): HeldBuckets[] {
  const { stepMs } = grid;
  return held.flatMap(({ fromMs, untilMs }) => {
    const begins = Math.max(fromMs, grid.fromMs);
    const ends = Math.min(untilMs ?? Infinity, gridEndMs(grid));
    if (begins >= ends) return [];
    const at = (bucket: number) => grid.fromMs + bucket * stepMs;
    const first = Math.floor((begins - grid.fromMs) / stepMs);
    const last = Math.ceil((ends - grid.fromMs) / stepMs) - 1;
    const part = (bucket: number): HeldBuckets => {
      const from = Math.max(begins, at(bucket));
      const widthMs = Math.min(ends, at(bucket + 1)) - from;
      return { first: bucket, count: 1, fromMs: from, widthMs, stepMs };
    };
    if (first === last) return [part(first)];
    const wholeFrom = at(first) === begins ? first : first + 1;
    const wholeTo = at(last + 1) === ends ? last : last - 1;
    return [
      ...(wholeFrom > first ? [part(first)] : []),
      ...(wholeFrom <= wholeTo
        ? [{ ...part(wholeFrom), count: wholeTo - wholeFrom + 1, widthMs: stepMs }]
        : []),
      ...(wholeTo < last ? [part(last)] : []),
    ];
  });
}
