import { type ExporterOptions, exporterClient } from "#lib/drivers/exporter/exporter-client";
import { parseHostExposition } from "#lib/drivers/node-exporter/exposition";
import type { ScrapeHost } from "#lib/ports/host-metrics";

/** A source of host telemetry that holds connections open until it is closed. */
export type NodeExporters = {
  scrape: ScrapeHost;
  /** Drops the connections that are open; scrapes under way fail as unreachable. */
  close(): void;
};

/**
 * Reads node_exporters (prometheus/node_exporter) within the bounds of `exporterClient`, whose refusals
 * and `RangeError` it passes on.
 */
export function nodeExporters(options: ExporterOptions): NodeExporters {
  const client = exporterClient(options);
  return {
    scrape: async (target, signal, patience) =>
      parseHostExposition(await client.get(target, signal, patience)),
    close: client.close,
  };
}
