import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { WipeMeasures } from "#components/wipes/wipe-measures";
import { WipedDevices } from "#components/wipes/wiped-devices";
import type { EnvironmentDetail } from "#lib/schemas/environment-view";

type Props = { wipes: NonNullable<EnvironmentDetail["wipes"]> };

/** What happened to a tenant's data after the release, node by node and drive by drive. */
export function EnvironmentWipes({ wipes }: Props) {
  return (
    <Panel
      title="What happened to your data"
      id="wipes"
      description="No node is given to anyone else before all its drives were wiped and read back."
      padded={false}
    >
      {wipes.map((wipe) => (
        <section
          key={wipe.hostname}
          aria-label={`Drives of ${wipe.hostname}`}
          className="border-line border-t first:border-t-0"
        >
          <h3 className="px-4 pt-3 pb-1 text-sm last:pb-3">
            <span className="font-medium">{wipe.hostname}</span>{" "}
            <span className="text-muted">
              {wipe.at ? (
                <>
                  wiped <RelativeTime at={wipe.at} />
                </>
              ) : (
                "not wiped yet: it is set aside until it is"
              )}
            </span>
          </h3>
          {wipe.devices.length > 0 && (
            <WipedDevices label={`Drives of ${wipe.hostname}`} devices={wipe.devices} />
          )}
          <WipeMeasures label={`Beside the drives of ${wipe.hostname}`} measures={wipe.measures} />
        </section>
      ))}
    </Panel>
  );
}
