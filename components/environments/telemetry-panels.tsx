"use client";

import { GpuTelemetryPanel } from "#components/environments/gpu-telemetry-panel";
import { HostTelemetryPanel } from "#components/environments/host-telemetry-panel";
import type { Place } from "#lib/client/use-environment";
import type { EnvironmentDetail } from "#lib/schemas/environment-view";

/** What an environment's nodes do: their GPUs where they have any, and below them their hosts. */
export function TelemetryPanels({
  place,
  environment: { id, nodeList },
}: {
  place: Place;
  environment: EnvironmentDetail;
}) {
  const hasGpus = nodeList.some(({ gpus }) => gpus > 0);
  return (
    <>
      {hasGpus && <GpuTelemetryPanel {...place} environmentId={id} />}
      <HostTelemetryPanel {...place} environmentId={id} folded={hasGpus} />
    </>
  );
}
