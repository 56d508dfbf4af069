import fc from "fast-check";
import { expect, test } from "vitest";
import { mergeHostTelemetry, mergeTelemetry } from "#lib/client/merge-telemetry";
import { newId } from "#lib/domain/id";
import { bucketGrid, bucketsOf, gridTail, seriesOf } from "#lib/domain/telemetry/buckets";
import type { GpuTelemetry, GpuTelemetryTail } from "#lib/schemas/telemetry";

/** The same stands for a GPU and for an instance of it: both have to be what the server says. */
type Sample = { atMs: number; gpu: number; value: number };

const nodeId = newId("node");
const startMs = Date.UTC(2026, 10, 28, 12);

/** What a server answers at a moment that has stored these samples, on the whole grid or its end. */
function answer(samples: readonly Sample[], nowMs: number, sinceMs?: number): GpuTelemetryTail {
  const whole = bucketGrid("15m", nowMs);
  const grid = sinceMs === undefined ? whole : gridTail(whole, sinceMs);
  const stored = samples.filter(({ atMs }) => atMs <= nowMs);
  const inGrid = stored.filter(({ atMs }) => atMs >= grid.fromMs);
  const gpus = [...new Set(inGrid.map(({ gpu }) => gpu))].sort((a, b) => a - b);
  const before = stored.filter(({ atMs }) => atMs < grid.fromMs).map(({ atMs }) => atMs);
  const last = stored.map(({ atMs }) => atMs);
  return {
    ...{ window: "15m", nowMs, scrapeMs: 15_000, grid, store: null, nodeId, events: [] },
    nodes: [
      {
        ...{
          id: nodeId,
          hostname: "train-1",
          heldFromMs: startMs,
          heldUntilMs: null,
          outage: null,
        },
        lastMs: last.length > 0 ? Math.max(...last) : null,
      },
    ],
    gpus: gpus.map((gpu) => ({
      gpu,
      metrics: {
        power_w: seriesOf(
          grid,
          bucketsOf(
            grid,
            inGrid.filter((one) => one.gpu === gpu),
          ),
        ),
      },
    })),
    instances: gpus.map((gpu) => ({
      ...{ gpu: 0, instance: gpu, profile: "1g.10gb" },
      metrics: {
        gr_active: seriesOf(
          grid,
          bucketsOf(
            grid,
            inGrid.filter((one) => one.gpu === gpu),
          ),
        ),
      },
    })),
    beforeMs: before.length > 0 ? Math.max(...before) : null,
  };
}

function whole(samples: readonly Sample[], nowMs: number): GpuTelemetry {
  const { beforeMs, ...rest } = answer(samples, nowMs);
  return rest;
}

/** The same answer, had its first GPU been a host. */
function hostOf<Answer extends GpuTelemetry>({ gpus, instances, ...rest }: Answer) {
  const load1 = gpus.find(({ gpu }) => gpu === 0)?.metrics.power_w;
  return { ...rest, metrics: load1 ? { load1 } : {} };
}

const samplesOver = (seconds: number) =>
  fc.array(
    fc.record({
      atMs: fc.integer({ min: 0, max: seconds * 1_000 }).map((ms) => startMs + ms),
      gpu: fc.integer({ min: 0, max: 2 }),
      value: fc.integer({ min: 0, max: 700 }),
    }),
    { maxLength: 60 },
  );

test("an answer with its tail is the answer that would be given now, whatever was stored between", () => {
  fc.assert(
    fc.property(
      samplesOver(1_800),
      fc.integer({ min: 0, max: 1_800 }),
      fc.integer({ min: 0, max: 900 }),
      (samples, first, later) => {
        const heldMs = startMs + first * 1_000;
        const nowMs = heldMs + later * 1_000;
        const held = whole(samples, heldMs);
        const knownMs = held.nodes[0]?.lastMs ?? startMs;
        const merged = mergeTelemetry(held, answer(samples, nowMs, knownMs));
        expect(merged).toEqual(whole(samples, nowMs));
        const host = hostOf(whole(samples, heldMs));
        const tail = hostOf(answer(samples, nowMs, knownMs));
        expect(mergeHostTelemetry(host, tail)).toEqual(hostOf(whole(samples, nowMs)));
      },
    ),
    { numRuns: 1_000 },
  );
});

test("a tail that leaves a hole is refused, and one that overlaps is not", () => {
  const at = (seconds: number) => startMs + seconds * 1_000;
  const samples = [0, 15, 30, 45, 60, 75].map((s) => ({ atMs: at(s), gpu: 0, value: s }));
  const held = whole(samples, at(16));
  expect(mergeTelemetry(held, answer(samples, at(76), at(70)))).toBeNull();
  expect(mergeTelemetry(held, answer(samples, at(76), at(20)))).toEqual(whole(samples, at(76)));
});

test("a tail of another node, of another window or from a time before changes nothing", () => {
  const samples = [{ atMs: startMs, gpu: 0, value: 1 }];
  const held = whole(samples, startMs + 60_000);
  const tail = answer(samples, startMs + 61_000, startMs);
  expect(mergeTelemetry(held, { ...tail, nodeId: newId("node") })).toBeNull();
  expect(mergeTelemetry(held, { ...tail, window: "1h" })).toBeNull();
  expect(mergeTelemetry({ ...held, store: { name: "Prometheus", error: null } }, tail)).toBeNull();
  const elsewhere = hostOf({ ...held, store: { name: "Prometheus", error: null } });
  expect(mergeHostTelemetry(elsewhere, hostOf(tail))).toBeNull();
  expect(mergeTelemetry(held, answer(samples, startMs + 30_000, startMs))).toBe(held);
});

test("what happened is told once, keeps its place while it holds, and leaves when it was over before", () => {
  const event = (seconds: number, untilMs: number | null) => ({
    ...{ atMs: startMs + seconds * 1_000, untilMs, kind: "critical" as const },
    words: `at ${seconds}`,
  });
  const held = {
    ...whole([], startMs + 960_000),
    events: [event(-90, null), event(10, startMs + 10_000), event(20, null), event(700, null)],
  };
  const tail = {
    ...answer([], startMs + 1_000_000),
    events: [event(-90, null), event(700, startMs + 999_000), event(990, null)],
  };
  const told = [event(-90, null), event(20, null), event(700, startMs + 999_000), event(990, null)];
  expect(mergeTelemetry(held, tail)?.events).toEqual(told);
  expect(mergeHostTelemetry(hostOf(held), hostOf(tail))?.events).toEqual(told);
});
