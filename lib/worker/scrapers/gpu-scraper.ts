import type { Id } from "#lib/domain/id";
import { type GpuSample, sampleValue } from "#lib/domain/telemetry/sample";
import {
  type ExporterScraper,
  type ExporterScraperOptions,
  exporterScraper,
  type Judged,
} from "#lib/worker/scrapers/exporter-scraper";

/** What one scrape of one node said, stamped when the answer was whole. */
export type Scraped = { nodeId: Id<"node">; at: Date; samples: GpuSample[] };

/** What the energy counters of a node's GPUs said, and since when they say that. */
type Energy = { reading: string; movedAtMs: number };

export type GpuScraperOptions = Omit<
  ExporterScraperOptions<GpuSample[], Scraped, Energy>,
  "judge" | "rowsOf"
>;

/** A GPU's energy counter moves even when idle; when none has for this long, values are old. */
const frozenAfterMs = 300_000;

/** Asks the DCGM exporters of nodes for their GPUs, as `exporterScraper` does. */
export function gpuScraper(options: GpuScraperOptions): ExporterScraper {
  return exporterScraper({ ...options, judge, rowsOf: ({ samples }) => samples.length });
}

function judge(
  samples: GpuSample[],
  of: { nodeId: Id<"node">; at: Date },
  before: Energy | null,
): Judged<Scraped, Energy> {
  if (samples.length === 0) {
    return { reason: "The exporter answers and names no GPU.", memory: before };
  }
  const stored = { ...of, samples };
  const readings = samples.map((sample) => sampleValue(sample, "energy_j"));
  if (readings.every((reading) => reading === null)) return { stored, memory: null };
  const reading = readings.join();
  const atMs = of.at.getTime();
  const memory = before?.reading === reading ? before : { reading, movedAtMs: atMs };
  if (atMs - memory.movedAtMs < frozenAfterMs) return { stored, memory };
  return {
    reason: "The exporter repeats old values: no energy counter has moved for 5 minutes.",
    memory,
  };
}
