import type { GpuReading } from "#lib/domain/telemetry/sample";
import type { ExporterTarget, Patience } from "#lib/ports/exporter";

/**
 * Asks one node for the present state of its GPUs. No GPU in it means the node answered and had
 * nothing to say, which is not the same as idle. Throws only `ExporterError`, except that an
 * aborted `signal` throws its reason.
 */
export type ScrapeGpus = (
  target: ExporterTarget,
  signal: AbortSignal,
  patience?: Patience,
) => Promise<GpuReading>;
