import type { HostReading } from "#lib/domain/telemetry/host-sample";
import type { ExporterTarget, Patience } from "#lib/ports/exporter";

/**
 * Asks one node what its host does. Throws only `ExporterError`, except that an aborted `signal`
 * throws its reason.
 */
export type ScrapeHost = (
  target: ExporterTarget,
  signal: AbortSignal,
  patience?: Patience,
) => Promise<HostReading>;
