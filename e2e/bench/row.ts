/** One figure of the bench, and the command that gives it again. */
export type BenchRow = { name: string; value: number; unit: string; command: string };

/** The value below which this share (0 to 1) of the values lies; `NaN` of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
