import Papa from "papaparse";
import type { Database } from "#db/client";
import { findCurrency } from "#db/queries/profile-terms";
import { findJudgedUntil, type IdleRow, listIdle, listUse, listUseDays } from "#db/queries/use";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import { idleWindowMs } from "#lib/domain/use/idle";
import { type Month, monthAt, monthOf } from "#lib/domain/use/month";
import { reconciled, totalSeconds } from "#lib/domain/use/reconcile";
import type { ReportOfUseQuery, UseLine, UseOrder, UsePart, UseReport } from "#lib/schemas/use";

type UseGrant = Grant<"fleet.read"> | Grant<"tenant.use">;

const tenantOf = (grant: UseGrant) => (grant.scope === "tenant" ? grant.tenantId : null);

/**
 * What was held in a month and what is known of it: all of the fleet for an operator, a tenant's own
 * for its owners and admins. Lines come in the order asked for, most first.
 */
export async function reportOfUse(
  db: Database,
  grant: UseGrant,
  month: Month,
  { by, order = "idle" }: { by: UsePart; order?: UseOrder },
  nowMs: number = Date.now(),
): Promise<UseReport> {
  const from = new Date(month.fromMs);
  return withGrant(db, grant, async (tx) => {
    const judged = await findJudgedUntil(tx);
    // A clock behind the worker's would have more judged than was held.
    const until = new Date(Math.min(month.untilMs, Math.max(nowMs, judged?.getTime() ?? nowMs)));
    const rows = await listUse(tx, by, { tenantId: tenantOf(grant), from, until });
    const lines = rows.map(({ id, name, tenant, project, costCents, ...exact }) => ({
      ...{ id, name, tenant, project },
      gpu_seconds: reconciled(exact),
      cost_cents: costCents === null ? null : Math.round(costCents),
    }));
    const costs = lines.flatMap(({ cost_cents: cents }) => (cents === null ? [] : [cents]));
    const figure = (line: UseLine) =>
      order === "cost" ? (line.cost_cents ?? -1) : line.gpu_seconds[order];
    return {
      month: month.key,
      time_zone: "UTC",
      from: from.toISOString(),
      until: until.toISOString(),
      judged_until: judged?.toISOString() ?? null,
      by,
      gpu_seconds: totalSeconds(lines.map((line) => line.gpu_seconds)),
      currency: await findCurrency(tx),
      cost_cents: costs.length === 0 ? null : costs.reduce((sum, cents) => sum + cents, 0),
      lines: lines.sort(
        (a, b) =>
          figure(b) - figure(a) ||
          b.gpu_seconds.held - a.gpu_seconds.held ||
          a.name.localeCompare(b.name, "en"),
      ),
    };
  });
}

/** GPU-hours of one day (UTC). */
export type DayOfUse = { day: string; busy: number; idle: number; unknown: number };

/** What was held on each day of a month so far, and what is known of it, oldest first. */
export async function monthByDay(
  db: Database,
  grant: UseGrant,
  month: Month,
  nowMs: number = Date.now(),
): Promise<DayOfUse[]> {
  const span = { from: new Date(month.fromMs), until: new Date(Math.min(month.untilMs, nowMs)) };
  const rows = await withGrant(db, grant, (tx) =>
    listUseDays(tx, { tenantId: tenantOf(grant), ...span }),
  );
  return rows.map(({ day, held, busy, idle }) => ({
    day,
    busy: busy / 3_600,
    idle: idle / 3_600,
    unknown: Math.max(0, held - busy - idle) / 3_600,
  }));
}

const columns = ["from", "until", "tenant", "project", "by", "name", "id"];
const figures = ["held", "busy", "idle", "unknown"] as const;

/** The report as CSV (RFC 4180): a line each, GPU-hours to three digits beside the exact seconds. */
export function csvOfUse(report: UseReport): string {
  const fields = [
    ...columns,
    ...figures.map((figure) => `gpu_seconds_${figure}`),
    ...figures.map((figure) => `gpu_hours_${figure}`),
    ...["cost", "currency"],
  ];
  const data = report.lines.map(({ id, name, tenant, project, gpu_seconds: seconds, ...line }) => [
    ...[report.from, report.until, tenant?.slug ?? "", project?.slug ?? "", report.by, name, id],
    ...figures.map((figure) => seconds[figure]),
    ...figures.map((figure) => (seconds[figure] / 3_600).toFixed(3)),
    ...(line.cost_cents === null
      ? ["", ""]
      : [(line.cost_cents / 100).toFixed(2), report.currency]),
  ]);
  // A name that a spreadsheet would take for a formula is written as text.
  return `${Papa.unparse({ fields, data }, { escapeFormulae: true })}\r\n`;
}

/** The report that is asked for; a refusal when there is no such month, or no such lines for those who ask. */
export async function askedReport(
  db: Database,
  grant: UseGrant,
  { month: key, by }: Omit<ReportOfUseQuery, "format">,
  nowMs: number = Date.now(),
): Promise<Result<UseReport, RefusalOf<"invalid_input">>> {
  const month = key === undefined ? monthAt(nowMs) : monthOf(key, nowMs);
  const part = by ?? (grant.scope === "tenant" ? "project" : "tenant");
  const fields = {
    ...(month ? {} : { month: `Not a month that there is use of; like ${monthAt(nowMs).key}.` }),
    ...(part === "tenant" && grant.scope === "tenant"
      ? { by: "Choose project, environment or profile." }
      : {}),
  };
  if (!month || Object.keys(fields).length > 0) return refuse({ kind: "invalid_input", fields });
  return ok(await reportOfUse(db, grant, month, { by: part }, nowMs));
}

/** The same as a file. */
export async function fileOfUse(
  db: Database,
  grant: UseGrant,
  { format, ...asked }: ReportOfUseQuery,
  nowMs: number = Date.now(),
): Promise<Result<{ name: string; type: string; text: string }, RefusalOf<"invalid_input">>> {
  const found = await askedReport(db, grant, asked, nowMs);
  if (!found.ok) return found;
  const report = found.value;
  return ok({
    name: `use-${report.month}-by-${report.by}.${format}`,
    type: format === "csv" ? "text/csv; charset=utf-8" : "application/json",
    text: format === "csv" ? csvOfUse(report) : `${JSON.stringify(report, null, 2)}\n`,
  });
}

/** Which GPUs are idle now, as far as it has been judged. */
export type IdleNow = {
  /** Null: nothing has been judged yet. */
  judgedUntil: string | null;
  /** The last windows have not been judged: what is listed is how it was, not how it is. */
  outdated: boolean;
  environments: (Omit<IdleRow, "since" | "idleSeconds"> & {
    since: string;
    /** What its idle GPUs have been idle for so far, together. */
    idleGpuHours: number;
  })[];
  /** There are more than are listed. */
  more: boolean;
};

const mostListed = 100;

/** The environments whose GPUs are idle now, those with the most first; at most a hundred. */
export async function idleNow(
  db: Database,
  grant: UseGrant,
  nowMs: number = Date.now(),
): Promise<IdleNow> {
  return withGrant(db, grant, async (tx) => {
    const judged = await findJudgedUntil(tx);
    const rows = await listIdle(tx, tenantOf(grant), mostListed + 1);
    return {
      judgedUntil: judged?.toISOString() ?? null,
      // A window is judged some minutes after it has closed, so the last one may be open yet.
      outdated: judged !== null && nowMs - judged.getTime() > 2 * idleWindowMs,
      environments: rows.slice(0, mostListed).map(({ since, idleSeconds, ...row }) => ({
        ...row,
        since: since.toISOString(),
        idleGpuHours: idleSeconds / 3_600,
      })),
      more: rows.length > mostListed,
    };
  });
}
