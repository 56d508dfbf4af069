"use client";

import { TelemetryState } from "#components/environments/telemetry-state";
import { Callout } from "#components/ui/callout";
import type { TelemetryNodeView } from "#lib/schemas/telemetry";

/**
 * Says since when nothing is known of a host, and why. That its exporter was never there is nothing out
 * of order: it is said what would be. `here` brings a moment of the server's clock to the browser's.
 */
export function HostState(props: {
  node: TelemetryNodeView;
  live: boolean;
  here: (ms: number) => string;
  showLast: (() => void) | undefined;
}) {
  const { hostname, heldUntilMs, lastMs, outage } = props.node;
  if (heldUntilMs !== null || outage === null || lastMs !== null)
    return <TelemetryState {...props} />;
  return (
    <Callout kind="neutral" role="status" title={`No data from the host of ${hostname}: unknown`}>
      {outage.reason} Charts begin when node_exporter runs there: on Debian and Ubuntu it is the
      package <code>prometheus-node-exporter</code>. The node is asked again by itself.
    </Callout>
  );
}
