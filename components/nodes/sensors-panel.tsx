import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { StateBadge } from "#components/ui/state-text";
import { DataTable } from "#components/ui/table";
import type { InventoryReading } from "#lib/domain/node/inventory";

const kinds = [
  { kind: "temperature", title: "Temperatures" },
  { kind: "fan", title: "Fans" },
  { kind: "power", title: "Power" },
] as const;

/** What the controller measured when it was last read: the range first, each sensor on demand. */
export function SensorsPanel({
  readings,
  readAt,
}: {
  readings: InventoryReading[];
  readAt: string | null;
}) {
  const shown = kinds
    .map((each) => ({ ...each, of: readings.filter(({ kind }) => kind === each.kind) }))
    .filter(({ of }) => of.length > 0);
  return (
    <Panel
      title="Sensors"
      meta={
        readAt && (
          <>
            read <RelativeTime at={readAt} />
          </>
        )
      }
      padded={false}
    >
      {shown.map(({ kind, title, of }, index) => (
        <details key={kind} className={index === 0 ? undefined : "border-line border-t"}>
          <summary className="flex cursor-pointer flex-wrap items-baseline gap-x-2 px-4 py-2 text-sm hover:bg-hover">
            {title} <span className="text-faint text-xs">{of.length}</span>
            <span className="ml-auto text-muted tabular-nums">{rangeWords(of)}</span>
            <WorstHealth readings={of} />
          </summary>
          <DataTable
            label={title}
            rows={of}
            rowKey={(reading) => `${reading.name} ${of.indexOf(reading)}`}
            columns={[
              { id: "name", header: "Sensor", rowHeader: true, cell: (reading) => reading.name },
              { id: "value", header: "Reading", align: "end", cell: valueWords },
              {
                id: "critical",
                header: "Critical from",
                align: "end",
                cell: ({ criticalAt, unit }) =>
                  criticalAt === null ? "not told" : `${criticalAt} ${unit}`,
              },
              { id: "health", header: "Health", cell: (reading) => reading.health ?? "not told" },
            ]}
          />
        </details>
      ))}
    </Panel>
  );
}

function valueWords({ value, unit }: InventoryReading): string {
  return `${value.toLocaleString("en")} ${unit}`;
}

function rangeWords(readings: InventoryReading[]): string {
  const [first, ...others] = readings.toSorted((a, b) => a.value - b.value);
  const last = others.at(-1);
  if (!first) return "";
  return last && last.value !== first.value
    ? `${first.value.toLocaleString("en")} to ${valueWords(last)}`
    : valueWords(first);
}

/** The worst that a controller says of its sensors; nothing while all are well. */
function WorstHealth({ readings }: { readings: InventoryReading[] }) {
  const isAt = (health: string) => readings.some((reading) => reading.health === health);
  if (isAt("Critical")) return <StateBadge kind="critical" word="Critical" />;
  return isAt("Warning") ? <StateBadge kind="attention" word="Warning" /> : null;
}
