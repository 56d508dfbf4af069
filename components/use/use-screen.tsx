import { Callout } from "#components/ui/callout";
import { PageHeader } from "#components/ui/page-header";
import { IdlePanel, type IdlePanelProps } from "#components/use/idle-panel";
import { ReportPanel } from "#components/use/report-panel";
import { pageHref } from "#lib/client/page-href";
import type { UseLine, UseOrder, UsePart, UseReport } from "#lib/schemas/use";

export type UseScreenProps = {
  description: string;
  report: UseReport;
  idle: IdlePanelProps["idle"];
  /** GPU-hours of each day of the month so far, oldest first. */
  days: readonly { day: string; busy: number; idle: number; unknown: number }[];
  order: UseOrder;
  months: readonly string[];
  parts: readonly UsePart[];
  /** What stood in the address for the month and is none. */
  noMonth: string | null;
  /** The tenant whose page it is; null for the fleet's. */
  tenant: string | null;
  query: Record<string, string | string[] | undefined>;
};

/** What held GPUs do: which are idle now, and the report of a month. */
export function UseScreen(props: UseScreenProps) {
  const { report, tenant, noMonth, query } = props;
  const path = tenant === null ? "/fleet/use" : `/${tenant}/use`;
  const api = tenant === null ? "/api/use" : `/api/use/${tenant}`;
  const file = (format: string) => `${api}?month=${report.month}&by=${report.by}&format=${format}`;
  return (
    <>
      <PageHeader title="Use and idle" description={props.description} />
      {noMonth !== null && (
        <Callout
          kind="attention"
          title={`“${noMonth.slice(0, 20)}” is no month that there is use of`}
        >
          A month is written like {report.month}, which is shown instead.
        </Callout>
      )}
      <IdlePanel idle={props.idle} withTenant={tenant === null} />
      <ReportPanel
        report={report}
        days={props.days}
        order={props.order}
        months={props.months}
        parts={props.parts}
        withTenant={tenant === null}
        hrefOf={tenant === null ? fleetHref : tenantHref}
        orderHref={(order) => pageHref(path, { ...query, order }, undefined)}
        files={{ csv: file("csv"), json: file("json") }}
      />
    </>
  );

  // Operators have no page of a tenant's environment; the tenant's own is where one goes on.
  function fleetHref({ tenant: owner }: UseLine): string | null {
    return owner ? `/fleet/tenants/${owner.slug}` : "/fleet/profiles";
  }

  function tenantHref({ id, project }: UseLine): string | null {
    if (!project) return null;
    const home = `/${tenant}/projects/${project.slug}`;
    return report.by === "environment" ? `${home}/environments/${id}` : home;
  }
}
