"use server";

import { decideApproval } from "#lib/commands/decide-approval";
import { decideApprovalInput } from "#lib/schemas/hook";
import { tenantAction } from "#lib/server/action";

export const answerApprovalAction = tenantAction({
  permission: "approval.answer",
  input: decideApprovalInput,
  run: decideApproval,
});
