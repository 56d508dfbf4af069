"use server";

import { readSettings } from "#lib/config/env";
import { nothing } from "#lib/schemas/account";
import { tenantAction } from "#lib/server/action";
import { verifyAudit } from "#lib/views/audit-chain";

export const verifyTenantAuditAction = tenantAction({
  permission: "tenant.audit",
  input: nothing,
  run: (db, grant) => verifyAudit(db, grant, readSettings().auditPublicKeys),
});
