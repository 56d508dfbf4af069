import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { loadHealthSettings } from "#db/queries/health-rule-settings";
import { healthRuleSettings } from "#db/schema/health-rule-settings";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { healthRule } from "#lib/domain/health/rules";
import { type RuleSetting, whyNotSet } from "#lib/domain/health/settings";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { ChangeHealthRuleInput, ResetHealthRuleInput } from "#lib/schemas/health";

/**
 * Changes a rule of health: whether it is judged, how bad it is, when it opens and closes, and what it
 * compares with. What is left out is as it is built in. What is open keeps its severity. Refuses times,
 * thresholds and severities that the rule cannot have.
 */
export function changeHealthRule(
  db: Database,
  grant: Grant<"node.operate">,
  input: ChangeHealthRuleInput,
): Promise<Result<{ code: string }, RefusalOf<"invalid_input">>> {
  const { code, enabled, severity, opensAfterSeconds, closesAfterSeconds, threshold } = input;
  const ms = (seconds: number | null | undefined) => (seconds == null ? null : seconds * 1_000);
  const setting: RuleSetting = {
    ...{ enabled: enabled ?? null, severity: severity ?? null, threshold: threshold ?? null },
    ...{ opensAfterMs: ms(opensAfterSeconds), closesAfterMs: ms(closesAfterSeconds) },
  };
  return keep(db, grant, code, setting);
}

/** Has a rule of health be as it is built in. */
export function resetHealthRule(
  db: Database,
  grant: Grant<"node.operate">,
  { code }: ResetHealthRuleInput,
): Promise<Result<{ code: string }, RefusalOf<"invalid_input">>> {
  return keep(db, grant, code, null);
}

async function keep(
  db: Database,
  grant: Grant<"node.operate">,
  code: string,
  setting: RuleSetting | null,
): Promise<Result<{ code: string }, RefusalOf<"invalid_input">>> {
  const fields = setting ? whyNotSet(code, setting) : {};
  if (Object.keys(fields).length > 0) return refuse({ kind: "invalid_input", fields });
  return withGrant(db, grant, async (tx) => {
    const before = (await loadHealthSettings(tx)).get(code) ?? null;
    if (setting === null) {
      await tx.delete(healthRuleSettings).where(eq(healthRuleSettings.code, code));
    } else {
      const row = { ...setting, changedBy: grant.actorName, changedAt: new Date() };
      await tx
        .insert(healthRuleSettings)
        .values({ code, ...row })
        .onConflictDoUpdate({ target: healthRuleSettings.code, set: row });
    }
    await recordAudit(tx, grant, {
      action: setting === null ? "health.reset_rule" : "health.change_rule",
      object: { kind: "health rule", id: code, name: healthRule(code)?.title ?? code },
      detail: { before, after: setting },
    });
    return ok({ code });
  });
}
