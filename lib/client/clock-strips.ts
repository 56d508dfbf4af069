import { clockReasonWords, throttleMask } from "#lib/domain/health/clock-reasons";
import { clockBits } from "#lib/domain/health/conditions";
import type { GpuTelemetry } from "#lib/schemas/telemetry";

/** Stretches in which a reason holds clocks back, along the bottom of a chart. */
export type ChartStrip = {
  /** The reason, and of what it was told at any moment. */
  label: string;
  /** What should not be so; a limit that is only kept is neutral. */
  kind: "attention" | "neutral";
  /** `words` are the reason, and of what it was told then. */
  spans: { from: number; to: number; words: string }[];
};

const bits = [
  clockBits.hwThermal,
  clockBits.swThermal,
  clockBits.powerBrake,
  clockBits.hwSlowdown,
  clockBits.powerCap,
] as const;

/**
 * For each reason that holds a shown GPU back its stretches of buckets, and which GPUs they are; heat and
 * hardware first, the power limit last, which is kept by every GPU that works hard.
 */
export function clockStrips(
  shown: GpuTelemetry["gpus"],
  { fromMs, stepMs, count }: GpuTelemetry["grid"],
): ChartStrip[] {
  return bits.flatMap((bit): ChartStrip[] => {
    const reason = clockReasonWords(bit).join(", ");
    const spans: ChartStrip["spans"] = [];
    const all = new Set<number>();
    for (let index = 0; index < count; index++) {
      const gpus = shown
        .filter(({ clockReasons }) => ((clockReasons?.[index] ?? 0) & bit) !== 0)
        .map(({ gpu }) => gpu);
      if (gpus.length === 0) continue;
      for (const gpu of gpus) all.add(gpu);
      const from = fromMs + index * stepMs;
      const words = `${reason}: ${gpuWords(gpus, shown.length)}`;
      const last = spans.at(-1);
      if (last?.to === from && last.words === words) last.to = from + stepMs;
      else spans.push({ from, to: from + stepMs, words });
    }
    if (spans.length === 0) return [];
    const label = `Held back by ${reason}: ${gpuWords(
      [...all].sort((a, b) => a - b),
      shown.length,
    )}`;
    return [{ label, kind: (bit & throttleMask) !== 0 ? "attention" : "neutral", spans }];
  });
}

/** What holds at a moment, and whether it should not. */
export function holdsAt(
  strips: readonly ChartStrip[] | undefined,
  at: number,
): { kind: ChartStrip["kind"]; words: string }[] {
  return (strips ?? []).flatMap(({ kind, spans }) =>
    spans.filter(({ from, to }) => at >= from && at < to).map(({ words }) => ({ kind, words })),
  );
}

function gpuWords(gpus: readonly number[], of: number): string {
  return gpus.length === of && of > 1 ? `all ${of} GPUs` : `GPU ${gpus.join(", ")}`;
}
