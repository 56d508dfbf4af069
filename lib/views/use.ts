import type { Transaction } from "#db/client";
import { type Hours, heldHoursByDay } from "#db/queries/held-hours";
import type { Id } from "#lib/domain/id";

/** How far back use is told. */
export const daysOfUse = 30;

/** What projects held over the last days, each day and altogether. */
export type Use = Hours & { days: (Hours & { day: string })[] };

/** The use of some projects of a tenant. Nothing at all for none. */
export async function readUse(
  tx: Transaction,
  of: { tenantId: Id<"tenant">; projectIds: readonly Id<"project">[] },
): Promise<Use> {
  const days = await heldHoursByDay(tx, { ...of, days: daysOfUse });
  const total = (key: keyof Hours) => days.reduce((sum, day) => sum + day[key], 0);
  return { days, nodeHours: total("nodeHours"), gpuHours: total("gpuHours") };
}
