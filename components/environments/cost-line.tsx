import { formatQuantity } from "#lib/client/format";
import { priceWords } from "#lib/domain/profile/price";
import type { EnvironmentDetail } from "#lib/schemas/environment-view";

/** What an environment costs, as far as its nodes have a price; nothing where none has. */
export function CostLine({ cost }: { cost: EnvironmentDetail["cost"] }) {
  if (!cost) return null;
  const soFar = priceWords(cost.soFarCents, cost.currency);
  return (
    <p className="text-muted text-sm tabular-nums">
      {cost.hourlyCents === null
        ? `It cost ${soFar}.`
        : `${priceWords(cost.hourlyCents, cost.currency)} an hour, ${soFar} so far.`}
      {cost.unpricedNodes > 0 &&
        ` ${formatQuantity(cost.unpricedNodes, "node")} without a price ${cost.unpricedNodes === 1 ? "is" : "are"} not counted.`}
    </p>
  );
}
