"use client";

import type { Choose, TelemetryChoice } from "#components/environments/telemetry-choice";
import { Button } from "#components/ui/button";
import { Select } from "#components/ui/select";
import type { GpuChart } from "#lib/client/prepare-gpu-series";

const layouts = { metric: "A chart per metric", gpu: "A chart per GPU" } as const;

/** Whether each chart is of one metric or of one GPU, and then of which metric. */
export function LayoutChoice({
  layout,
  chart,
  charts,
  choose,
}: Pick<TelemetryChoice, "layout"> & {
  /** What is drawn of each GPU. */
  chart: GpuChart | undefined;
  charts: readonly GpuChart[];
  choose: Choose;
}) {
  return (
    <div className="flex flex-wrap items-center gap-1 sm:ml-auto">
      <fieldset className="flex gap-1">
        <legend className="sr-only">Layout</legend>
        {(["metric", "gpu"] as const).map((one) => (
          <Button
            key={one}
            size="sm"
            variant={one === layout ? "secondary" : "ghost"}
            aria-pressed={one === layout}
            onClick={() => choose("layout", one === "metric" ? null : one)}
          >
            {layouts[one]}
          </Button>
        ))}
      </fieldset>
      {layout === "gpu" && chart && (
        <Select
          aria-label="Metric of each GPU"
          className="w-auto"
          value={chart.metric}
          onChange={(event) => choose("metric", event.target.value)}
          options={charts.map(({ metric, label }) => ({ value: metric, label }))}
        />
      )}
    </div>
  );
}
