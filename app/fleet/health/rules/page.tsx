import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { HealthTabs } from "#components/health/health-tabs";
import { RuleTable } from "#components/health/rule-table";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { operatorMay } from "#lib/access/policy";
import { apiCall } from "#lib/api/table";
import { formatQuantity } from "#lib/client/format";
import { readSettings } from "#lib/config/env";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { healthAlerts } from "#lib/views/health-alerts";
import { healthRulesView } from "#lib/views/health-rules";
import { changeHealthRuleAction, resetHealthRuleAction } from "../actions";

export const metadata: Metadata = { title: "Rules of health" };

export default async function HealthRulesPage() {
  const grant = await requireFleetGrant("fleet.read");
  const rules = await healthRulesView(database(), grant);
  const { counts } = await healthAlerts(database(), grant, { tab: "open" });
  const readOnly = operatorMay(grant.operatorRole, "node.operate")
    ? null
    : "Your role may look at health, not act on it.";
  const { origin } = readSettings();
  const changed = rules.filter((rule) => rule.changed).length;
  return (
    <>
      <PageHeader
        title="Rules of health"
        description="What health is judged by, where each number comes from, and what was changed by whom."
      />
      <HealthTabs active="rules" counts={counts} />
      <Panel
        title="Rules"
        meta={`${formatQuantity(rules.length, "rule")}, ${changed} changed`}
        padded={false}
      >
        <RuleTable
          rows={rules}
          readOnly={readOnly}
          change={changeHealthRuleAction}
          reset={resetHealthRuleAction}
        />
      </Panel>
      <PageCalls
        calls={[
          { label: "List the rules", call: apiCall("listHealthRules", origin) },
          ...(readOnly === null
            ? [
                {
                  label: "Change a rule",
                  call: apiCall("changeHealthRule", origin),
                  body: { code: "hot", threshold: 75, opensAfterSeconds: 600 },
                },
                {
                  label: "Reset a rule",
                  call: apiCall("resetHealthRule", origin),
                  body: { code: "hot" },
                },
              ]
            : []),
        ]}
      />
    </>
  );
}
