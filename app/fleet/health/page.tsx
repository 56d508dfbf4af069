import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { AlertTable } from "#components/health/alert-table";
import { HealthTabs } from "#components/health/health-tabs";
import { SilenceDialog } from "#components/health/silence-dialog";
import { SilenceTable } from "#components/health/silence-table";
import { LiveRefresh } from "#components/nodes/live-refresh";
import { EmptyState } from "#components/ui/empty-state";
import { LinkButton } from "#components/ui/link-button";
import { PageHeader } from "#components/ui/page-header";
import { Pagination } from "#components/ui/pagination";
import { Panel } from "#components/ui/panel";
import { FilterBar, FilterSearch, FilterSelect } from "#components/ui/url-filter";
import { operatorMay } from "#lib/access/policy";
import { apiCall } from "#lib/api/table";
import { formatQuantity } from "#lib/client/format";
import { pageHref } from "#lib/client/page-href";
import { readSettings } from "#lib/config/env";
import { namedRules } from "#lib/domain/health/rules";
import { healthSeverities } from "#lib/domain/health/severity";
import { type HealthTab, healthQuery } from "#lib/schemas/lists";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { healthAlerts } from "#lib/views/health-alerts";
import { healthSilencesView } from "#lib/views/health-silences";
import { sitesView } from "#lib/views/racks";
import {
  acknowledgeHealthAction,
  addHealthSilenceAction,
  clearHealthAction,
  endHealthSilenceAction,
  silenceHealthAction,
} from "./actions";

export const metadata: Metadata = { title: "Health" };

const words: Record<HealthTab, { label: string; empty: string; teach: string }> = {
  open: {
    label: "Open",
    empty: "Nothing is known to be wrong",
    teach:
      "What is not well, by the exporters of GPUs and the controllers of nodes, stands here, the critical first.",
  },
  handled: {
    label: "Acknowledged or silenced",
    empty: "Nothing is acknowledged or silenced",
    teach: "What an operator knows of, and is still so, stands here.",
  },
  past: {
    label: "Past",
    empty: "Nothing is past yet",
    teach: "What has passed by itself or was cleared stands here, newest first.",
  },
};

export default async function HealthPage({ searchParams }: PageProps<"/fleet/health">) {
  const grant = await requireFleetGrant("fleet.read");
  const query = await searchParams;
  const { tab, severity, q: search, after } = healthQuery.parse(query);
  const { alerts, next, counts } = await healthAlerts(database(), grant, {
    tab,
    after,
    ...(severity && { severity }),
    ...(search && { search }),
  });
  const silences = await healthSilencesView(database(), grant);
  const sites = await sitesView(database(), grant);
  const places = [
    { label: "The whole fleet", place: {} },
    ...sites.flatMap((site) => [
      { label: `Site ${site.name}`, place: { siteId: site.id } },
      ...site.racks.map((rack) => ({
        label: `Rack ${site.name} / ${rack.name}`,
        place: { rackId: rack.id },
      })),
    ]),
  ];
  const readOnly = operatorMay(grant.operatorRole, "node.operate")
    ? null
    : "Your role may look at health, not act on it.";
  const { origin } = readSettings();
  const reason = { reason: "REASON" };
  const isFiltered = Boolean(severity || search);
  return (
    <>
      <PageHeader
        title="Health"
        description="What exporters and controllers say is wrong. It never moves a node: a critical reason keeps a free one from being given out."
        meta={<LiveRefresh topics={["fleet"]} />}
        actions={<LinkButton href="/fleet/gpus?metric=health">Map of GPUs</LinkButton>}
      />
      <HealthTabs active={tab} counts={counts} />
      <Panel title={words[tab].label} padded={false}>
        <FilterBar>
          <FilterSearch
            label="Search nodes, racks, environments, UUIDs"
            placeholder="Node, rack, UUID"
          />
          <FilterSelect
            param="severity"
            label="Severity"
            allLabel="Every severity"
            options={healthSeverities.map((value) => ({
              value,
              label: value === "critical" ? "Critical" : "Warning",
            }))}
          />
        </FilterBar>
        <AlertTable
          label={words[tab].label}
          rows={alerts}
          readOnly={readOnly}
          acts={{
            acknowledge: acknowledgeHealthAction,
            clear: clearHealthAction,
            silence: silenceHealthAction,
          }}
          empty={
            isFiltered ? (
              <EmptyState
                title="Nothing matches"
                action={<LinkButton href={`/fleet/health?tab=${tab}`}>Show all</LinkButton>}
              >
                Take a filter away.
              </EmptyState>
            ) : (
              <EmptyState title={words[tab].empty}>{words[tab].teach}</EmptyState>
            )
          }
        />
        {(alerts.length > 0 || after) && (
          <Pagination
            summary={formatQuantity(alerts.length, "reason")}
            firstHref={after ? pageHref("/fleet/health", query, undefined) : null}
            nextHref={next ? pageHref("/fleet/health", query, next) : null}
          />
        )}
      </Panel>
      <Panel
        id="silenced"
        title="Silenced"
        meta={formatQuantity(silences.length, "silence")}
        description="Operators are told nothing of these until they end; tenants are. A silence gives nothing out: a critical reason keeps a free node back until it is acknowledged or cleared. One node is silenced on its own page."
        padded={false}
        actions={
          <SilenceDialog
            readOnly={readOnly}
            places={places}
            rules={namedRules()}
            add={addHealthSilenceAction}
          />
        }
      >
        <SilenceTable rows={silences} readOnly={readOnly} end={endHealthSilenceAction} />
      </Panel>
      <PageCalls
        calls={[
          { label: "List what is wrong", call: apiCall("listHealth", origin) },
          { label: "List what is silenced", call: apiCall("listHealthSilences", origin) },
          ...(readOnly === null
            ? [
                {
                  label: "Acknowledge",
                  call: apiCall("acknowledgeHealth", origin, reason),
                  body: { note: "WHY" },
                },
                {
                  label: "Clear",
                  call: apiCall("clearHealth", origin, reason),
                  body: { note: "WHY" },
                },
                {
                  label: "Silence",
                  call: apiCall("silenceHealth", origin, reason),
                  body: { hours: 4, reason: "WHY" },
                },
                {
                  label: "Silence in advance",
                  call: apiCall("addHealthSilence", origin),
                  body: { rackId: "RACK", code: "exporter_silent", hours: 4, reason: "WHY" },
                },
                {
                  label: "End a silence",
                  call: apiCall("endHealthSilence", origin, { silence: "SILENCE" }),
                },
              ]
            : []),
        ]}
      />
    </>
  );
}
