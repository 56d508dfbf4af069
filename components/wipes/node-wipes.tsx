import { EmptyState } from "#components/ui/empty-state";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { StateBadge } from "#components/ui/state-text";
import { WipeMeasures } from "#components/wipes/wipe-measures";
import { WipedDevices } from "#components/wipes/wiped-devices";
import type { WipedDevice } from "#lib/domain/boot/wiped-device";
import type { WipeMeasure } from "#lib/domain/node/wipe-measure";

type Wipe = {
  at: string;
  accepted: boolean;
  verdict: string;
  tool: string;
  devices: WipedDevice[];
  measures: WipeMeasure[];
};

/** The latest wipes of a node with their evidence; the newest is open. */
export function NodeWipes({ wipes }: { wipes: Wipe[] }) {
  return (
    <Panel title="Wipes" meta={wipes.length > 0 ? "newest first" : null} padded={false}>
      {wipes.length === 0 && (
        <EmptyState title="Not wiped by Ingot yet">
          A node is wiped after each tenant, and whenever you order it. What was done to each drive
          is kept here.
        </EmptyState>
      )}
      {wipes.map((wipe, index) => (
        <details key={wipe.at} open={index === 0} className="border-line border-t first:border-t-0">
          <summary className="cursor-pointer px-4 py-2 text-sm">
            <StateBadge
              kind={wipe.accepted ? "ok" : "critical"}
              word={wipe.accepted ? "Accepted" : "Not accepted"}
            />{" "}
            <RelativeTime at={wipe.at} />
            <span className="block text-muted text-xs">
              {wipe.verdict} ({wipe.tool})
            </span>
          </summary>
          <WipedDevices label={`Devices wiped ${wipe.at}`} devices={wipe.devices} />
          <WipeMeasures label={`Beside the drives ${wipe.at}`} measures={wipe.measures} />
        </details>
      ))}
    </Panel>
  );
}
