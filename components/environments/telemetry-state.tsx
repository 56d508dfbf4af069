"use client";

import { Button } from "#components/ui/button";
import { Callout } from "#components/ui/callout";
import { RelativeTime } from "#components/ui/relative-time";
import type { TelemetryNodeView } from "#lib/schemas/telemetry";

/**
 * Says since when nothing is known of a node's GPUs or of its host, and why. Nothing while samples come in.
 * `here` brings a moment of the server's clock to the browser's, as ISO.
 */
export function TelemetryState({
  node,
  live,
  here,
  showLast,
}: {
  node: TelemetryNodeView;
  live: boolean;
  here: (ms: number) => string;
  /** Shows what was told last, where that is not what is shown. */
  showLast: (() => void) | undefined;
}) {
  if (live) return null;
  const { hostname, heldUntilMs, lastMs, outage } = node;
  if (heldUntilMs !== null) {
    return (
      <Callout
        kind="neutral"
        title={`${hostname} was given back`}
        action={
          showLast && (
            <Button size="sm" onClick={showLast}>
              Show its last hour
            </Button>
          )
        }
      >
        Telemetry ends <RelativeTime at={here(heldUntilMs)} form="absolute" />, with the time in
        which the node was this environment's.
      </Callout>
    );
  }
  if (outage) {
    // Before the first failure, but after the last sample, nothing was known either.
    const sinceMs = Math.min(outage.sinceMs, lastMs ?? outage.sinceMs);
    return (
      <Callout
        kind="attention"
        role="status"
        title={
          <>
            No data from {hostname} since <RelativeTime at={here(sinceMs)} form="absolute" />:
            unknown
          </>
        }
      >
        {outage.reason} The node is asked again by itself.
      </Callout>
    );
  }
  if (lastMs === null) {
    return (
      <Callout kind="neutral" role="status" title={`No data from ${hostname} yet: unknown`}>
        Telemetry begins when the node's exporter answers for the first time.
      </Callout>
    );
  }
  return (
    <Callout
      kind="attention"
      role="status"
      title={
        <>
          No data from {hostname} since <RelativeTime at={here(lastMs)} form="absolute" />: unknown
        </>
      }
    >
      The node is not asked while it is off or being worked on.
    </Callout>
  );
}
