import { Panel } from "#components/ui/panel";
import { TextLink } from "#components/ui/text-link";
import { formatGpuHours, formatNodeHours } from "#lib/client/format";

type Hours = { nodeHours: number; gpuHours: number };

export type UsePanelProps = {
  use: Hours & { days: (Hours & { day: string })[] };
  /** What the parts are: environments, projects. */
  partsLabel: string;
  /** Those that used most, first. */
  parts: readonly (Hours & { key: string; name: string; href: string; note?: string })[];
};

/** How much was held over the last weeks: in all, by day, and by what. */
export function UsePanel({ use, partsLabel, parts }: UsePanelProps) {
  // Where no GPU was ever held, nodes are what there is to tell.
  const ofGpus = use.gpuHours > 0;
  const told = (hours: Hours) =>
    ofGpus ? formatGpuHours(hours.gpuHours) : formatNodeHours(hours.nodeHours);
  return (
    <Panel
      title="Use"
      meta={`last ${use.days.length} days`}
      description="A node counts from its launch to its release, also while it is stopped."
    >
      <div className="flex flex-col gap-4">
        <p className="flex flex-wrap items-baseline gap-x-3">
          <span className="font-semibold text-xl tracking-tight">{told(use)}</span>
          {ofGpus && <span className="text-muted text-sm">{formatNodeHours(use.nodeHours)}</span>}
        </p>
        {use.nodeHours > 0 && (
          <Days
            days={use.days.map((day) => ({
              day: day.day,
              value: ofGpus ? day.gpuHours : day.nodeHours,
              told: told(day),
            }))}
          />
        )}
        {parts.length > 0 && (
          <ul aria-label={partsLabel} className="flex flex-col gap-1.5 text-sm">
            {parts.map((part) => (
              <li key={part.key} className="flex items-baseline justify-between gap-4">
                <span className="min-w-0 truncate">
                  <TextLink href={part.href} quiet>
                    {part.name}
                  </TextLink>
                  {part.note && <span className="ml-2 text-faint text-xs">{part.note}</span>}
                </span>
                <span className="shrink-0 text-muted">{told(part)}</span>
              </li>
            ))}
          </ul>
        )}
      </div>
    </Panel>
  );
}

/** One bar a day, the highest as high as there is room, and the table behind them. */
function Days({ days }: { days: { day: string; value: number; told: string }[] }) {
  const highest = Math.max(...days.map((day) => day.value));
  return (
    <div>
      <div aria-hidden="true" className="flex h-16 items-end gap-px border-line border-b">
        {days.map((day) => (
          <div
            key={day.day}
            title={`${day.day}: ${day.told}`}
            className="flex h-full min-w-0 flex-1 items-end hover:bg-hover"
          >
            <div
              className="w-full bg-chart-1"
              // A day with any use at all is seen.
              style={{ height: day.value > 0 ? `max(2px, ${(100 * day.value) / highest}%)` : 0 }}
            />
          </div>
        ))}
      </div>
      <div className="mt-1 flex justify-between text-faint text-xs">
        <span>{days[0]?.day}</span>
        <span>{days.at(-1)?.day} UTC, so far</span>
      </div>
      <details className="mt-2 text-xs">
        <summary className="text-muted">Table of values</summary>
        <table className="mt-1 w-full">
          <thead className="sr-only">
            <tr>
              <th scope="col">Day, UTC</th>
              <th scope="col">Held</th>
            </tr>
          </thead>
          <tbody>
            {days.toReversed().map((day) => (
              <tr key={day.day}>
                <th scope="row" className="py-0.5 text-left font-normal text-muted">
                  {day.day}
                </th>
                <td className="py-0.5 text-right">{day.told}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </div>
  );
}
