import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { HealthTabs } from "#components/health/health-tabs";
import { RuleGroups } from "#components/health/rule-groups";
import { EmptyState } from "#components/ui/empty-state";
import { LinkButton } from "#components/ui/link-button";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { FilterBar, FilterSearch, FilterSelect } from "#components/ui/url-filter";
import { operatorMay } from "#lib/access/policy";
import { apiCall } from "#lib/api/table";
import { formatQuantity } from "#lib/client/format";
import { shownRules } from "#lib/client/health-rules";
import { readSettings } from "#lib/config/env";
import { healthRulesQuery, type RuleFilter, ruleFilters } from "#lib/schemas/lists";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { healthAlerts } from "#lib/views/health-alerts";
import { healthRulesView } from "#lib/views/health-rules";
import { changeHealthRuleAction, resetHealthRuleAction } from "../actions";

export const metadata: Metadata = { title: "Rules of health" };

const filterLabels: Record<RuleFilter, string> = {
  changed: "Changed",
  off: "Off",
  critical: "Critical",
  warning: "Warning",
};

export default async function HealthRulesPage({ searchParams }: PageProps<"/fleet/health/rules">) {
  const grant = await requireFleetGrant("fleet.read");
  const asked = healthRulesQuery.parse(await searchParams);
  const rules = await healthRulesView(database(), grant);
  const { counts } = await healthAlerts(database(), grant, { tab: "open" });
  const readOnly = operatorMay(grant.operatorRole, "node.operate")
    ? null
    : "Your role may look at health, not act on it.";
  const { origin } = readSettings();
  const shown = shownRules(rules, asked);
  const isFiltered = Boolean(asked.show || asked.q);
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
        meta={`${isFiltered ? `${shown.length} of ` : ""}${formatQuantity(rules.length, "rule")}, ${changed} changed`}
        padded={false}
      >
        <FilterBar>
          <FilterSearch label="Search rules" placeholder="Words, code, source" />
          <FilterSelect
            param="show"
            label="Which rules"
            allLabel="All rules"
            options={ruleFilters.map((value) => ({ value, label: filterLabels[value] }))}
          />
        </FilterBar>
        {shown.length === 0 ? (
          <EmptyState
            title={
              asked.show === "changed" && changed === 0 ? "None was changed" : "Nothing matches"
            }
            action={<LinkButton href="/fleet/health/rules">Show all</LinkButton>}
          >
            {asked.show === "changed" && changed === 0
              ? "Every rule is as it is built in."
              : "Take a filter away."}
          </EmptyState>
        ) : (
          <RuleGroups
            rows={shown}
            isFiltered={isFiltered}
            readOnly={readOnly}
            change={changeHealthRuleAction}
            reset={resetHealthRuleAction}
          />
        )}
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
