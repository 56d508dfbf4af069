"use client";

import { useSearchParams } from "next/navigation";
import { Button } from "#components/ui/button";
import { Select } from "#components/ui/select";
import { type TelemetryWindow, telemetryWindows, windowSpecs } from "#lib/domain/telemetry/window";
import type { TelemetryNodeView } from "#lib/schemas/telemetry";

export type Choose = (param: "window" | "node" | "gpu", value: string | null) => void;

/** How far back the charts reach, out of what they offer. */
export function WindowChoice<Window extends TelemetryWindow>({
  window,
  windows,
  choose,
}: {
  window: Window;
  windows: readonly Window[];
  choose: Choose;
}) {
  return (
    <fieldset className="flex gap-1">
      <legend className="sr-only">Window</legend>
      {windows.map((one) => (
        <Button
          key={one}
          size="sm"
          variant={one === window ? "secondary" : "ghost"}
          aria-pressed={one === window}
          aria-label={`Last ${windowSpecs[one].label}`}
          onClick={() => choose("window", one)}
        >
          {one}
        </Button>
      ))}
    </fieldset>
  );
}

/** Which of several nodes the charts show. */
export function NodeChoice({
  nodes,
  node,
  choose,
}: {
  nodes: readonly TelemetryNodeView[];
  node: TelemetryNodeView | null;
  choose: Choose;
}) {
  if (nodes.length < 2) return null;
  return (
    <Select
      aria-label="Node"
      className="w-auto"
      value={node?.id ?? ""}
      onChange={(event) => choose("node", event.target.value)}
      options={nodes.map(({ id, hostname }) => ({ value: id, label: hostname }))}
    />
  );
}

/** What is chosen, by the URL: the charts of GPUs and those of hosts go by the same. */
export function useTelemetryChoice() {
  const params = useSearchParams();
  const asked = params.get("window");
  const gpu = params.get("gpu");
  // The address changes and nothing is asked of the server: the page itself stays as it is.
  const choose: Choose = (param, value) => {
    const next = new URLSearchParams(params);
    // Another node has other GPUs.
    if (param === "node") next.delete("gpu");
    if (value === null) next.delete(param);
    else next.set(param, value);
    globalThis.history.replaceState(null, "", `?${next}`);
  };
  return {
    window: telemetryWindows.find((one) => one === asked) ?? "15m",
    node: params.get("node"),
    gpu: gpu !== null && /^\d{1,2}$/.test(gpu) ? Number(gpu) : null,
    choose,
  };
}
