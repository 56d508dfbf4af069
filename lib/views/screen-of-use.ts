import type { Database } from "#db/client";
import type { Grant } from "#lib/access/authorize";
import { monthAt, monthOf, recentMonths } from "#lib/domain/use/month";
import { ordersOfUse, type UseOrder, type UsePart } from "#lib/schemas/use";
import { type IdleNow, idleNow, monthByDay, reportOfUse } from "#lib/views/report-of-use";

const monthsToChoose = 13;

/**
 * The page of use: the month, the kind of line and the order that its address asks for. What is no
 * month is named, and the present one shown; any other word that means nothing counts as not said.
 */
export async function screenOfUse(
  db: Database,
  grant: Grant<"fleet.read"> | Grant<"tenant.use">,
  parts: readonly [UsePart, ...UsePart[]],
  query: Record<string, string | string[] | undefined>,
  nowMs: number = Date.now(),
) {
  const asked = typeof query.month === "string" ? query.month : null;
  const found = asked === null ? null : monthOf(asked, nowMs);
  const month = found ?? monthAt(nowMs);
  const by = parts.find((part) => part === query.by) ?? parts[0];
  const order: UseOrder = ordersOfUse.find((one) => one === query.order) ?? "idle";
  const recent = recentMonths(nowMs, monthsToChoose);
  const [report, idle, days]: [
    Awaited<ReturnType<typeof reportOfUse>>,
    IdleNow,
    Awaited<ReturnType<typeof monthByDay>>,
  ] = await Promise.all([
    reportOfUse(db, grant, month, { by, order }, nowMs),
    idleNow(db, grant, nowMs),
    monthByDay(db, grant, month, nowMs),
  ]);
  return {
    report,
    idle,
    days,
    order,
    months: recent.includes(month.key) ? recent : [...recent, month.key],
    noMonth: asked !== null && !found ? asked : null,
  };
}
