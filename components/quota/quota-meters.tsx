import { EmptyState } from "#components/ui/empty-state";
import { Meter } from "#components/ui/meter";
import type { Demand } from "#lib/domain/quota/quota";
import type { QuotaMeter } from "#lib/schemas/environment-view";

/**
 * Every limit with how much of it is held. With demands, also what they would add; lines they do
 * not touch are left out then.
 */
export function QuotaMeters({
  meters,
  demands,
}: {
  meters: readonly QuotaMeter[];
  demands?: readonly Demand[];
}) {
  const asked = (meter: QuotaMeter) =>
    demands?.find(
      (demand) => demand.dimension === meter.dimension && demand.subject === meter.subject,
    )?.amount;
  const shown = demands ? meters.filter((meter) => asked(meter)) : meters;
  if (shown.length === 0) {
    return demands ? null : (
      <EmptyState title="No quota has been given yet">
        The platform team gives a tenant its GPUs. Until then nothing can be launched on GPU nodes.
      </EmptyState>
    );
  }
  return (
    <div className="flex flex-col gap-3">
      {shown.map((meter) => (
        <Meter
          key={`${meter.scope}-${meter.dimension}-${meter.subject}`}
          label={`${capital(meter.label)}, ${meter.scope === "tenant" ? "whole tenant" : "this project"}`}
          used={meter.used}
          limit={meter.limit}
          requested={asked(meter) ?? 0}
        />
      ))}
    </div>
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
