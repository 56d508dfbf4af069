import { getTableColumns } from "drizzle-orm";
import { expect, test } from "vitest";
import { columnType, gpuSamples } from "#db/schema/gpu-samples";
import { gpuMetricSpecs, gpuMetrics } from "#lib/domain/telemetry/metric";

/** The greatest whole number a column type holds exactly. */
const exactUpTo: Record<string, number> = {
  smallint: 2 ** 15 - 1,
  integer: 2 ** 31 - 1,
  bigint: 2 ** 63,
  real: 2 ** 24,
  "double precision": 2 ** 53,
};

test("the table has a column for every metric and nothing else but node, GPU and moment", () => {
  expect(Object.keys(getTableColumns(gpuSamples)).sort()).toEqual(
    ["nodeId", "gpu", "at", ...gpuMetrics].sort(),
  );
});

test.for(gpuMetrics)("the column of %s holds every believable value at its precision", (metric) => {
  const { decimals, max } = gpuMetricSpecs[metric];
  const type = columnType(metric);
  expect(max * 10 ** decimals).toBeLessThanOrEqual(exactUpTo[type] ?? 0);
  if (decimals > 0) expect(["real", "double precision"]).toContain(type);
});
