import type { Id } from "#lib/domain/id";
import {
  type HostLook,
  type HostReading,
  type HostSample,
  hostSample,
  isSilent,
} from "#lib/domain/telemetry/host-sample";
import {
  type ExporterScraper,
  type ExporterScraperOptions,
  exporterScraper,
} from "#lib/worker/scrapers/exporter-scraper";

/** What one scrape of one host said, stamped when the answer was whole. */
export type HostScraped = { nodeId: Id<"node">; at: Date; sample: HostSample };

/** The most rounds a node may miss for its counters still to be told as a rate, and the least time. */
const longestGap = { rounds: 5, ms: 120_000 };

/** Asks the node_exporters of nodes for what their hosts do, as `exporterScraper` does. */
export function hostScraper(
  options: Omit<ExporterScraperOptions<HostReading, HostScraped, HostLook>, "judge" | "rowsOf">,
): ExporterScraper {
  const longestGapMs = Math.max(longestGap.ms, options.intervalMs * longestGap.rounds);
  return exporterScraper<HostReading, HostScraped, HostLook>({
    ...options,
    judge: (reading, of, before) => {
      if (isSilent(reading)) {
        return { reason: "The exporter answers and says nothing of the host.", memory: before };
      }
      const look = { reading, atMs: of.at.getTime() };
      return { stored: { ...of, sample: hostSample(before, look, longestGapMs) }, memory: look };
    },
  });
}
