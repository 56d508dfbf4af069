import "server-only";
import { readSettings } from "#lib/config/env";
import { namesOfMetric } from "#lib/drivers/dcgm/fields";
import { prometheusHistory } from "#lib/drivers/prometheus/open-gpu-history";
import type { GpuHistory } from "#lib/ports/gpu-history";

/** The operator's own store of telemetry, where one is set; otherwise null, and ours answers. */
export function gpuHistoryElsewhere(): GpuHistory | null {
  const url = readSettings().prometheusUrl;
  return url === null ? null : prometheusHistory({ url, fields: namesOfMetric });
}
