import { parseExposition } from "#lib/drivers/dcgm/exposition";
import { type ExporterOptions, exporterClient } from "#lib/drivers/exporter/exporter-client";
import type { ScrapeGpus } from "#lib/ports/gpu-metrics";

/** A source of telemetry that holds connections open until it is closed. */
export type DcgmExporters = {
  scrape: ScrapeGpus;
  /** Drops the connections that are open; scrapes under way fail as unreachable. */
  close(): void;
};

/**
 * Reads DCGM exporters (NVIDIA/dcgm-exporter) within the bounds of `exporterClient`, whose refusals
 * and `RangeError` it passes on.
 */
export function dcgmExporters(options: ExporterOptions): DcgmExporters {
  const client = exporterClient(options);
  return {
    scrape: async (target, signal, patience) =>
      parseExposition(await client.get(target, signal, patience)),
    close: client.close,
  };
}
