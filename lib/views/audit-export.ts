import Papa from "papaparse";
import type { Database } from "#db/client";
import type { Grant } from "#lib/access/authorize";
import type { AuditFilter } from "#lib/schemas/audit";
import type { AuditFormat } from "#lib/schemas/audit-export";
import { type AuditLogView, auditLog } from "#lib/views/audit-log";

type Event = AuditLogView["events"][number];

const columns = [
  "sequence",
  "at",
  "tenant",
  "actor",
  "token",
  "sessionId",
  "action",
  "outcome",
  "objectKind",
  "objectId",
  "objectName",
  "detail",
  "requestId",
  "ipAddress",
  "id",
  "hash",
] as const satisfies readonly (keyof Event)[];

/** Events read at once: the log is never held as a whole. */
const pageSize = 500;

/** The audit log as text, part by part, newest first; what a filter leaves out is not in it. */
export async function* auditExport(
  db: Database,
  grant: Grant<"fleet.audit"> | Grant<"tenant.audit">,
  filter: AuditFilter,
  format: AuditFormat,
): AsyncGenerator<string> {
  if (format === "csv") yield `${columns.join(",")}\r\n`;
  let after = filter.after;
  do {
    const page = await auditLog(db, grant, { ...filter, after }, pageSize);
    if (page.events.length > 0) yield page.events.map(writers[format]).join("");
    after = page.after ?? undefined;
  } while (after);
}

const writers: Record<AuditFormat, (event: Event) => string> = {
  ndjson: (event) =>
    `${JSON.stringify(Object.fromEntries(columns.map((column) => [column, event[column]])))}\n`,
  csv: (event) =>
    `${Papa.unparse([columns.map((column) => cell(event[column]))], {
      // A cell that begins like a formula would be run by a spreadsheet.
      escapeFormulae: true,
    })}\r\n`,
};

function cell(value: Event[keyof Event]): string {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value ?? "");
}
