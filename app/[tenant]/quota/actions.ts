"use server";

import { setProjectQuota } from "#lib/commands/set-project-quota";
import { setProjectQuotaInput } from "#lib/schemas/quota";
import { tenantAction } from "#lib/server/action";

export const setProjectQuotaAction = tenantAction({
  permission: "quota.split",
  input: setProjectQuotaInput,
  run: (db, grant, input) => setProjectQuota(db, grant, grant.tenantId, input),
});
