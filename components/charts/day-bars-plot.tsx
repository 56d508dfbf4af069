"use client";

import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { formatCount } from "#lib/client/format";

export type DayBarsProps = {
  title: string;
  unit: string;
  /** What a bar is made of, from its foot up. */
  parts: readonly { id: string; label: string; color: string }[];
  /** Oldest first; `day` as in 2026-11-28, and the value of each part. */
  days: readonly ({ day: string } & Record<string, number | string>)[];
};

const axisText = { fill: "var(--faint)", fontSize: 11 } as const;

/** The bars alone: recharts draws them, since they stand still. */
export default function DayBarsPlot({ parts, days, unit }: DayBarsProps) {
  return (
    <ResponsiveContainer width="100%" height={180}>
      <BarChart data={[...days]} accessibilityLayer={false} margin={{ top: 8, right: 8, left: 0 }}>
        <CartesianGrid vertical={false} stroke="var(--line)" />
        <XAxis
          dataKey="day"
          tickFormatter={(day: string) => String(Number(day.slice(8)))}
          tick={axisText}
          tickLine={false}
          axisLine={{ stroke: "var(--line)" }}
        />
        <YAxis
          width={52}
          tick={axisText}
          tickLine={false}
          axisLine={false}
          tickFormatter={(value: number) =>
            Number.isInteger(value) ? formatCount(value) : String(Number(value.toPrecision(2)))
          }
        />
        <Tooltip
          isAnimationActive={false}
          cursor={{ fill: "var(--line)", opacity: 0.4 }}
          content={({ active, payload, label }) =>
            active && payload?.length ? (
              <div className="rounded-md border border-line bg-surface px-2.5 py-1.5 text-xs shadow-md">
                <p className="text-faint">{label}, UTC</p>
                {payload.map((entry) => (
                  <p key={String(entry.dataKey)}>
                    {entry.name}: {Number(entry.value).toFixed(1)} {unit}
                  </p>
                ))}
              </div>
            ) : null
          }
        />
        {parts.map((part) => (
          <Bar
            key={part.id}
            dataKey={part.id}
            name={part.label}
            stackId="day"
            fill={part.color}
            isAnimationActive={false}
          />
        ))}
      </BarChart>
    </ResponsiveContainer>
  );
}
