import type { Id } from "#lib/domain/id";
import {
  type SwitchCounts,
  type SwitchSample,
  switchSamples,
} from "#lib/domain/telemetry/nvswitch";
import { type GpuReading, type GpuSample, sampleValue } from "#lib/domain/telemetry/sample";
import {
  type ExporterScraper,
  type ExporterScraperOptions,
  exporterScraper,
  type Judged,
} from "#lib/worker/scrapers/exporter-scraper";

/** What one scrape of one node said, stamped when the answer was whole. */
export type Scraped = {
  nodeId: Id<"node">;
  at: Date;
  samples: GpuSample[];
  switches: SwitchSample[];
};

/** What the energy counters of a node's GPUs said, and since when they say that. */
type Energy = { reading: string; movedAtMs: number };

/** What is remembered of a node between two scrapes. */
type Memory = { energy: Energy | null; switches: SwitchCounts | null };

export type GpuScraperOptions = Omit<
  ExporterScraperOptions<GpuReading, Scraped, Memory>,
  "judge" | "rowsOf"
>;

/** A GPU's energy counter moves even when idle; when none has for this long, values are old. */
const frozenAfterMs = 300_000;

/** Asks the DCGM exporters of nodes for their GPUs, as `exporterScraper` does. */
export function gpuScraper(options: GpuScraperOptions): ExporterScraper {
  return exporterScraper({ ...options, judge, rowsOf: ({ samples }) => samples.length });
}

function judge(
  { gpus: samples, switches }: GpuReading,
  of: { nodeId: Id<"node">; at: Date },
  before: Memory | null,
): Judged<Scraped, Memory> {
  if (samples.length === 0) {
    return { reason: "The exporter answers and names no GPU.", memory: before };
  }
  const atMs = of.at.getTime();
  const told = switchSamples(before?.switches ?? null, switches, atMs);
  const stored = { ...of, samples, switches: told.samples };
  const energy = energyOf(samples, before?.energy ?? null, atMs);
  const memory = { energy, switches: told.counts };
  if (!energy || atMs - energy.movedAtMs < frozenAfterMs) return { stored, memory };
  return {
    reason: "The exporter repeats old values: no energy counter has moved for 5 minutes.",
    memory,
  };
}

function energyOf(
  samples: readonly GpuSample[],
  before: Energy | null,
  atMs: number,
): Energy | null {
  const readings = samples.map((sample) => sampleValue(sample, "energy_j"));
  if (readings.every((reading) => reading === null)) return null;
  const reading = readings.join();
  return before?.reading === reading ? before : { reading, movedAtMs: atMs };
}
