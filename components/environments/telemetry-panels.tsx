"use client";

import { useRef } from "react";
import { GpuMapPanel } from "#components/environments/gpu-map-panel";
import { GpuTelemetryPanel } from "#components/environments/gpu-telemetry-panel";
import { HostTelemetryPanel } from "#components/environments/host-telemetry-panel";
import type { Place } from "#lib/client/use-environment";
import type { EnvironmentDetail } from "#lib/schemas/environment-view";

/**
 * What an environment's nodes do: where they have GPUs a map of all of them while they run, and their charts;
 * below them their hosts. While none of its nodes is `running`, what they did is folded away and can still
 * be looked at.
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
  const charts = useRef<HTMLElement>(null);
  const hasGpus = nodeList.some(({ gpus }) => gpus > 0);
  const subject = { ...place, environmentId: id };
  return (
    <div id="telemetry" className="flex flex-col gap-5">
      {hasGpus && running && <GpuMapPanel {...subject} opened={() => charts.current?.focus()} />}
      {hasGpus && (
        // Focused when the map opens a GPU, so that the charts come into view and are read on from there.
        <section
          ref={charts}
          tabIndex={-1}
          aria-label="Charts of GPUs"
          className="scroll-mt-4 outline-none"
        >
          <GpuTelemetryPanel {...subject} folded={!running} />
        </section>
      )}
      <HostTelemetryPanel {...subject} folded={hasGpus || !running} />
    </div>
  );
}
