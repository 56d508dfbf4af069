"use client";

import { GpuTelemetryPanel } from "#components/environments/gpu-telemetry-panel";
import { HostTelemetryPanel } from "#components/environments/host-telemetry-panel";
import type { Place } from "#lib/client/use-environment";
import type { EnvironmentDetail } from "#lib/schemas/environment-view";

/**
 * What an environment's nodes do: their GPUs where they have any, and below them their hosts. While none
 * of its nodes is `running`, what they did is folded away and can still be looked at.
 */
export function TelemetryPanels({
  place,
  environment: { id, nodeList },
  running,
}: {
  place: Place;
  environment: EnvironmentDetail;
  running: boolean;
}) {
  const hasGpus = nodeList.some(({ gpus }) => gpus > 0);
  return (
    <>
      {hasGpus && <GpuTelemetryPanel {...place} environmentId={id} folded={!running} />}
      <HostTelemetryPanel {...place} environmentId={id} folded={hasGpus || !running} />
    </>
  );
}
