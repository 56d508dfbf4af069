import type { Database, Transaction } from "#db/client";
import { healthRuleSettings } from "#db/schema/health-rule-settings";
import type { HealthSettings } from "#lib/domain/health/settings";

/** What operators have changed of the rules of health, by code. */
export async function loadHealthSettings(db: Database | Transaction): Promise<HealthSettings> {
  const rows = await db.select().from(healthRuleSettings);
  return new Map(rows.map(({ code, changedBy: _, changedAt: __, ...setting }) => [code, setting]));
}
