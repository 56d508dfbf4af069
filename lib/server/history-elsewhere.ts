import "server-only";
import { readSettings } from "#lib/config/env";
import { namesOfMetric } from "#lib/drivers/dcgm/fields";
import { hostFields } from "#lib/drivers/node-exporter/fields";
import { prometheusHistory } from "#lib/drivers/prometheus/open-gpu-history";
import { prometheusMeans } from "#lib/drivers/prometheus/open-gpu-means";
import { prometheusHosts } from "#lib/drivers/prometheus/open-host-history";
import type { GpuHistory } from "#lib/ports/gpu-history";
import type { GpuMeans } from "#lib/ports/gpu-means";
import type { HostHistory } from "#lib/ports/host-history";

/** The operator's own store of telemetry, where one is set; otherwise null, and ours answers. */
export function gpuHistoryElsewhere(): GpuHistory | null {
  const { prometheus } = readSettings();
  return prometheus && prometheusHistory({ ...prometheus, fields: namesOfMetric });
}

/** The same store for what hosts do. */
export function hostHistoryElsewhere(): HostHistory | null {
  const { prometheus } = readSettings();
  return prometheus && prometheusHosts({ ...prometheus, fields: hostFields });
}

/** The same store for how much many GPUs are used. */
export function gpuMeansElsewhere(): GpuMeans | null {
  const { prometheus } = readSettings();
  return prometheus && prometheusMeans({ ...prometheus, fields: namesOfMetric.gpu_util });
}
