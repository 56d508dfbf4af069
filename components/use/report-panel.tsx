import { DayBars } from "#components/charts/day-bars";
import { Bar } from "#components/ui/bar";
import { EmptyState } from "#components/ui/empty-state";
import { FileLink } from "#components/ui/file-link";
import { Panel } from "#components/ui/panel";
import { Stat, StatRow } from "#components/ui/stat";
import { type Column, DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import { FilterBar, FilterSelect } from "#components/ui/url-filter";
import { formatCount, formatGpuHours, formatPercent, formatUtc } from "#lib/client/format";
import { amountWords, priceWords } from "#lib/domain/profile/price";
import type { UseLine, UseOrder, UsePart, UseReport } from "#lib/schemas/use";

const partWords = {
  tenant: { one: "Tenant", by: "By tenant" },
  project: { one: "Project", by: "By project" },
  environment: { one: "Environment", by: "By environment" },
  profile: { one: "Compute profile", by: "By compute profile" },
} as const satisfies Record<UsePart, { one: string; by: string }>;

const figureWords = {
  held: "Held",
  busy: "Busy",
  idle: "Idle",
  unknown: "Unknown",
  cost: "Cost",
} as const satisfies Record<UseOrder, string>;

export type ReportPanelProps = {
  report: UseReport;
  days: readonly { day: string; busy: number; idle: number; unknown: number }[];
  order: UseOrder;
  /** Months that can be chosen, the present one first. */
  months: readonly string[];
  /** What lines can be, what stands without a choice first. */
  parts: readonly UsePart[];
  /** For operators: whose a line is. */
  withTenant: boolean;
  /** Where a line's name leads. */
  hrefOf: (line: UseLine) => string | null;
  /** The same page with its lines in another order. */
  orderHref: (order: UseOrder) => string;
  /** Addresses of the whole report as files. */
  files: { csv: string; json: string };
};

const barParts = [
  { id: "busy", label: "Busy", color: "var(--chart-3)" },
  { id: "idle", label: "Idle", color: "var(--chart-2)" },
  { id: "unknown", label: "Unknown", color: "var(--chart-8)" },
] as const;

const mostShown = 100;

/** The monthly report: held GPU-hours, and what is known of them, in all and line by line. */
export function ReportPanel(props: ReportPanelProps) {
  const { report, order, months, parts, files } = props;
  const { gpu_seconds: total, lines } = report;
  const [present = "", ...earlier] = months;
  const [first = report.by, ...others] = parts;
  const figures = (["held", "busy", "idle", "unknown"] as const).map((figure) => (
    <Stat
      key={figure}
      label={figureWords[figure]}
      value={formatGpuHours(total[figure] / 3_600)}
      detail={figure === "held" ? undefined : share(total[figure], total.held)}
    />
  ));
  return (
    <>
      <StatRow>
        {figures}
        {report.cost_cents !== null && (
          <Stat label="Cost" value={priceWords(report.cost_cents, report.currency)} />
        )}
      </StatRow>
      <Panel
        title={`Use in ${report.month}`}
        meta={`from ${formatUtc(report.from)} until ${formatUtc(report.until)}`}
        description="Busy, idle and unknown add up to what was held, from launch to release. Unknown was not measured, or is not judged yet. Hours are rounded to a tenth here; the files are exact to the second. Cost is that of nodes with a price, at the price when they were taken."
        actions={
          <>
            <FileLink href={files.csv}>CSV</FileLink>
            <FileLink href={files.json}>JSON</FileLink>
          </>
        }
        padded={false}
      >
        {total.held > 0 && (
          <DayBars title="Held each day" unit="GPU-hours" parts={barParts} days={props.days} />
        )}
        <FilterBar>
          <FilterSelect
            param="month"
            label="Month, UTC"
            allLabel={`${present}, so far`}
            options={earlier.map((month) => ({ value: month, label: month }))}
          />
          <FilterSelect
            param="by"
            label="A line for each"
            allLabel={partWords[first].by}
            options={others.map((part) => ({ value: part, label: partWords[part].by }))}
          />
        </FilterBar>
        <DataTable
          label={`Use in ${report.month}, ${partWords[report.by].by.toLowerCase()}`}
          rows={lines.slice(0, mostShown)}
          rowKey={(line) => line.id}
          columns={columns(props)}
          empty={
            <EmptyState title="Nothing was held">
              No GPU was held in {report.month}. Nodes with neither GPUs nor a price are not counted
              here.
            </EmptyState>
          }
        />
        {lines.length > mostShown && (
          <p className="border-line border-t px-4 py-2 text-muted text-xs">
            The first {mostShown} of {formatCount(lines.length)} by{" "}
            {order === "cost" ? "cost" : `${figureWords[order].toLowerCase()} GPU-hours`}; the files
            have all.
          </p>
        )}
      </Panel>
    </>
  );
}

function columns({
  report,
  order,
  withTenant,
  hrefOf,
  orderHref,
}: ReportPanelProps): Column<UseLine>[] {
  const costColumn: Column<UseLine> = {
    id: "cost",
    header: `Cost, ${report.currency}`,
    align: "end",
    sort: {
      href: orderHref("cost"),
      ...(order === "cost" ? { direction: "descending" as const } : {}),
    },
    cell: ({ cost_cents: cents }) =>
      cents === null ? <span className="text-faint">no price</span> : amountWords(cents),
  };
  return [
    {
      id: "name",
      header: partWords[report.by].one,
      rowHeader: true,
      cell: (line) => {
        const href = hrefOf(line);
        const beside = [
          withTenant && report.by !== "tenant" && line.tenant?.name,
          report.by === "environment" && line.project?.name,
        ];
        return (
          <>
            {href ? (
              <TextLink quiet href={href}>
                {line.name}
              </TextLink>
            ) : (
              <span className="font-medium">{line.name}</span>
            )}
            <span className="block text-faint text-xs">{beside.filter(Boolean).join(", ")}</span>
          </>
        );
      },
    },
    {
      id: "bar",
      header: "Busy, idle, unknown",
      className: "min-w-32 align-middle",
      wideOnly: true,
      cell: ({ gpu_seconds: of }) =>
        of.held > 0 && (
          <Bar
            parts={[
              { share: of.busy / of.held, kind: "ok" },
              { share: of.idle / of.held, kind: "attention" },
              { share: of.unknown / of.held, kind: "neutral", hatched: true },
            ]}
          />
        ),
    },
    ...(["held", "busy", "idle", "unknown"] as const).map(
      (figure): Column<UseLine> => ({
        id: figure,
        header: figureWords[figure],
        align: "end",
        sort: {
          href: orderHref(figure),
          ...(order === figure ? { direction: "descending" as const } : {}),
        },
        cell: ({ gpu_seconds: of }) => (
          <>
            {formatGpuHours(of[figure] / 3_600)}
            {figure !== "held" && (
              <span className="block text-faint text-xs">{share(of[figure], of.held)}</span>
            )}
          </>
        ),
      }),
    ),
    ...(report.cost_cents === null ? [] : [costColumn]),
  ];
}

/** A share of what was held; of nothing there is none. */
const share = (part: number, whole: number) =>
  whole === 0 ? undefined : formatPercent((100 * part) / whole);
