import { StateBadge, type StateKind } from "#components/ui/state-text";
import type { DeliveryState } from "#lib/domain/notification/delivery";

const looks: Record<DeliveryState, { kind: StateKind; word: string }> = {
  waiting: { kind: "motion", word: "waiting" },
  delivered: { kind: "ok", word: "delivered" },
  given_up: { kind: "critical", word: "given up" },
  cancelled: { kind: "neutral", word: "cancelled" },
};

/** How far a message has come; one that waits after a try is being tried again. */
export function DeliveryStateBadge({
  delivery,
}: {
  delivery: { state: DeliveryState; lastAt: string | null };
}) {
  const { state, lastAt } = delivery;
  if (state === "waiting" && lastAt !== null) {
    return <StateBadge kind="attention" word="tried again" />;
  }
  return <StateBadge {...looks[state]} />;
}
