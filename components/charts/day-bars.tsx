"use client";

import dynamic from "next/dynamic";
import type { DayBarsProps } from "#components/charts/day-bars-plot";

// recharts is larger than the rest of the page: it is loaded when there is something to draw.
const Plot = dynamic(() => import("#components/charts/day-bars-plot"), {
  ssr: false,
  loading: () => <p className="p-4 text-faint text-xs">Loading the chart</p>,
});

/** A stacked bar for each day, with what its colours mean and a table of the values behind it. */
export function DayBars(props: DayBarsProps) {
  const { title, unit, parts, days } = props;
  return (
    <figure className="min-w-0">
      <figcaption className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 pt-3 text-muted text-xs">
        <span>
          {title}, {unit}
        </span>
        {parts.map((part) => (
          <span key={part.id} className="inline-flex items-center gap-1.5">
            <svg viewBox="0 0 10 10" aria-hidden="true" className="size-2.5">
              <rect width="10" height="10" rx="2" fill={part.color} />
            </svg>
            {part.label}
          </span>
        ))}
      </figcaption>
      <div aria-hidden="true" className="px-2">
        <Plot {...props} />
      </div>
      <details className="border-line border-t">
        <summary className="px-4 py-1.5 text-faint text-xs hover:text-ink">Table of values</summary>
        <table className="w-full text-xs">
          <thead>
            <tr>
              <th scope="col" className="px-4 py-1 text-left font-medium text-faint">
                Day, UTC
              </th>
              {parts.map((part) => (
                <th
                  key={part.id}
                  scope="col"
                  className="px-4 py-1 text-right font-medium text-faint"
                >
                  {part.label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {days.map((day) => (
              <tr key={day.day}>
                <th scope="row" className="px-4 py-0.5 text-left font-normal">
                  {day.day}
                </th>
                {parts.map((part) => (
                  <td key={part.id} className="px-4 py-0.5 text-right tabular-nums">
                    {Number(day[part.id] ?? 0).toFixed(1)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}
