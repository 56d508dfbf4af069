import type { Database } from "#db/client";
import { healthRuleSettings } from "#db/schema/health-rule-settings";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { type HealthCode, type HealthRule, healthRule, namedRules } from "#lib/domain/health/rules";
import { type RuleSetting, ruleBy, type Threshold, thresholdOf } from "#lib/domain/health/settings";

type Judged = Pick<HealthRule, "severity" | "opensAfterMs" | "closesAfterMs"> & {
  enabled: boolean;
  threshold: number | null;
};

/** A rule of health, as it is judged by now, as it is built in, and who changed it. */
export type HealthRuleRow = {
  code: HealthCode;
  title: string;
  advice: string;
  source: string;
  threshold: Threshold | null;
  now: Judged;
  builtIn: Judged;
  changed: (RuleSetting & { by: string; at: string }) | null;
};

/** Every rule of health, by title. */
export function healthRulesView(
  db: Database,
  grant: Grant<"fleet.read">,
): Promise<HealthRuleRow[]> {
  return withGrant(db, grant, async (tx) => {
    const settings = new Map(
      (await tx.select().from(healthRuleSettings)).map((row) => [row.code, row]),
    );
    return namedRules().flatMap(({ code, title }) => {
      const rule = healthRule(code);
      const set = ruleBy(code, settings);
      if (!rule || !set) return [];
      const setting = settings.get(code);
      const threshold = thresholdOf(code) ?? null;
      const { severity, opensAfterMs, closesAfterMs, enabled } = set;
      const usual = threshold?.usual ?? null;
      const changed = setting && {
        ...{ enabled: setting.enabled, severity: setting.severity, threshold: setting.threshold },
        ...{ opensAfterMs: setting.opensAfterMs, closesAfterMs: setting.closesAfterMs },
        ...{ by: setting.changedBy, at: setting.changedAt.toISOString() },
      };
      return {
        ...{ code, title, threshold, advice: rule.advice, source: rule.source },
        now: {
          ...{ severity, opensAfterMs, closesAfterMs, enabled },
          threshold: setting?.threshold ?? usual,
        },
        builtIn: {
          ...{ severity: rule.severity, enabled: true, threshold: usual },
          ...{ opensAfterMs: rule.opensAfterMs, closesAfterMs: rule.closesAfterMs },
        },
        changed: changed ?? null,
      };
    });
  });
}
