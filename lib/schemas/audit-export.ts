import { z } from "zod";

/** What an audit log is written out as: one line an event, the newest first. */
export const auditFormats = ["csv", "ndjson"] as const;
export const auditFormat = z.enum(auditFormats);
export type AuditFormat = z.infer<typeof auditFormat>;
