import { randomUUID } from "node:crypto";
import pg from "pg";
import { Registry } from "prom-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { insertGpuSamples } from "#db/queries/gpu-samples";
import { insertHostSamples } from "#db/queries/host-samples";
import { givenLab, type Lab } from "#e2e/fixtures/lab";
import { type GivenTenant, givenTenant } from "#e2e/fixtures/launchable";
import {
  type EngineProgram,
  enginePrograms,
  type GivenEngine,
  givenEngine,
} from "#e2e/fixtures/prometheus";
import { startWorker, untilEnvironment, untilNode } from "#e2e/fixtures/worker";
import { promtool } from "#e2e/promtool";
import { launchEnvironment } from "#lib/commands/launch-environment";
import { createLog } from "#lib/config/log";
import type { Id } from "#lib/domain/id";
import { bucketGrid } from "#lib/domain/telemetry/buckets";
import type { GpuSeries } from "#lib/domain/telemetry/gpu-series";
import { type HostMetric, type HostSeries, hostMetrics } from "#lib/domain/telemetry/host-metric";
import { type HostLook, hostSample } from "#lib/domain/telemetry/host-sample";
import { declared, type GpuMetric } from "#lib/domain/telemetry/metric";
import { gpuSample } from "#lib/domain/telemetry/sample";
import { fields, namesOfMetric } from "#lib/drivers/dcgm/fields";
import { parseHostExposition } from "#lib/drivers/node-exporter/exposition";
import { hostFields } from "#lib/drivers/node-exporter/fields";
import { prometheusHistory } from "#lib/drivers/prometheus/open-gpu-history";
import { prometheusHosts } from "#lib/drivers/prometheus/open-host-history";
import { listenForMetrics } from "#lib/metrics/listen";
import { gpuTelemetryOf } from "#lib/views/gpu-telemetry";
import { hostTelemetryOf } from "#lib/views/host-telemetry";

// Two nodes with exporters of both generations, a worker, and Debian's Prometheus and VictoriaMetrics,
// which find them by our service discovery: what each has gathered, and what our own database has, draw
// the same charts.

const token = randomUUID();
let lab: Lab;
let tenant: GivenTenant;
let environmentId: Id<"environment">;
let worker: ReturnType<typeof startWorker> | undefined;
let door: Awaited<ReturnType<typeof listenForMetrics>>;
let engines: Record<EngineProgram, GivenEngine>;
let superuser: pg.Client;

beforeAll(async () => {
  lab = await givenLab({
    network: 76,
    rack: {
      nodes: [
        { name: "a", flavour: "plain", dcgmNaming: "4.8" },
        { name: "b", flavour: "plain", dcgmNaming: "4.9" },
      ],
    },
  });
  superuser = new pg.Client({ connectionString: lab.superuserUrl });
  await superuser.connect();
  tenant = await givenTenant(lab.app.db, { fleet: lab.fleet, gpuLimit: 16, gpuModel: "H100" });
  worker = startWorker(lab, {}, {}, new Registry());
  const log = createLog("test", "silent");
  door = await listenForMetrics({ host: "127.0.0.1", port: 0, token }, worker.pages, log);
  const start = (program: EngineProgram) =>
    givenEngine({ program, worker: `http://127.0.0.1:${door.port}`, token });
  engines = {
    prometheus: await start("prometheus"),
    "victoria-metrics": await start("victoria-metrics"),
  };
});

afterAll(async () => {
  for (const engine of Object.values(engines ?? {})) await engine.stop();
  await door?.close();
  await worker?.stop();
  await superuser?.end();
  await lab?.close();
});

const elsewhere = (program: EngineProgram) =>
  prometheusHistory({ url: engines[program].url, fields: namesOfMetric });
const charts = (nodeId: Id<"node">, nowMs: number, store: ReturnType<typeof elsewhere> | null) =>
  gpuTelemetryOf(
    lab.app.db,
    tenant.grant("environment.read"),
    environmentId,
    { window: "15m", node: nodeId },
    nowMs,
    store,
  );

/** What an engine has of a node, as our own samples. */
async function samplesOf(program: EngineProgram, nodeId: string) {
  const series = await engines[program].raw(`{__name__=~"DCGM_.+",ingot_node="${nodeId}",gpu!=""}`);
  const scrapes = new Map<number, Map<number, Partial<Record<GpuMetric, number>>>>();
  for (const { metric, values: points } of series) {
    const field = fields.get(metric.__name__ ?? "");
    if (!field) continue;
    for (const [at, text] of points) {
      const atMs = Math.round(at * 1_000);
      const scrape = scrapes.get(atMs) ?? new Map<number, Partial<Record<GpuMetric, number>>>();
      scrapes.set(atMs, scrape);
      const values = scrape.get(Number(metric.gpu)) ?? {};
      scrape.set(Number(metric.gpu), values);
      const value = declared(field.spec, Number(text) * field.factor);
      if (value !== null) values[field.metric] = value;
    }
  }
  return [...scrapes]
    .sort(([a], [b]) => a - b)
    .map(([atMs, gpus]) => ({
      nodeId: nodeId as Id<"node">,
      at: new Date(atMs),
      samples: [...gpus].map(([gpu, values]) => gpuSample(gpu, values)),
    }));
}

test("a launch and its telemetry are in the worker's figures, which are nobody's by name", async () => {
  for (const name of ["a", "b"]) await untilNode(lab, await lab.enrol(name), "available");
  const launched = await launchEnvironment(lab.app.db, tenant.grant("environment.launch"), {
    requestKey: randomUUID(),
    name: "train",
    templateVersionId: lab.fleet.templateVersionId,
    imageId: lab.fleet.imageId,
    counts: { workers: 2 },
    sshKeyIds: [tenant.keyId],
    pastedKey: "",
  });
  if (!launched.ok) throw new Error(JSON.stringify(launched.refusal));
  environmentId = launched.value.environmentId;
  await untilEnvironment(lab, environmentId, "ready");
  const ask = async () => {
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(`http://127.0.0.1:${door.port}/metrics`, { headers })).text();
  };
  const whole = (text: string, name: RegExp) => Number(name.exec(text)?.[1] ?? 0);
  await expect
    .poll(async () => whole(await ask(), /ingot_gpu_sample_rows_total\{.*\} (\d+)/), {
      timeout: 60_000,
    })
    .toBeGreaterThan(16);
  const text = await ask();
  expect(text).toContain(
    'ingot_operation_duration_seconds_count{program="worker",kind="node.deploy",state="succeeded"} 2',
  );
  expect(text).toMatch(
    /ingot_steps_total\{kind="node.deploy",step="power_on",outcome="done",program="worker"\} 2/,
  );
  expect(text).toContain('ingot_nodes{lifecycle="active",program="worker"} 2');
  expect(text).toContain('ingot_environments{state="ready",program="worker"} 1');
  expect(whole(text, /ingot_scrapes_total\{outcome="done".*\} (\d+)/)).toBeGreaterThan(0);
  expect(text).not.toContain(tenant.actor.memberships[0]?.tenantSlug);
  expect(text).not.toMatch(/(nod|env|ten|usr|opr)_[0-9a-z]{26}/);
  expect(promtool({ metrics: text })).toBe("");
  const refused = await fetch(`http://127.0.0.1:${door.port}/sd/dcgm`);
  expect(refused.status).toBe(401);
  for (const engine of Object.values(engines)) {
    await expect
      .poll(async () => JSON.stringify(await engine.raw('up{job="ingot"}').catch(() => [])), {
        timeout: 60_000,
      })
      .toContain('"1"');
  }
});

test.for(enginePrograms)(
  "%s and our own store draw the same charts, also where the allocation begins and ends within them",
  async (program) => {
    const { rows: nodes } = await superuser.query<{ id: Id<"node"> }>(
      "select node_id as id from allocations where environment_id = $1 order by node_id",
      [environmentId],
    );
    for (const { id } of nodes) {
      await expect
        .poll(async () => (await samplesOf(program, id).catch(() => [])).length, {
          timeout: 60_000,
        })
        .toBeGreaterThan(12);
    }
    // From here on our own database holds what the engine holds, and nothing else.
    await worker?.stop();
    worker = undefined;
    await superuser.query("truncate gpu_samples, gpu_rollups");
    // The newest may be under way, of which a part is there: nothing is compared from then on.
    const wholeUntil = new Date(Date.now() - 2_000);
    await engines[program].flush();
    const gathered = new Map(
      await Promise.all(
        nodes.map(async ({ id }) => {
          const scrapes = await samplesOf(program, id);
          return [id, scrapes.filter(({ at }) => at < wholeUntil)] as const;
        }),
      ),
    );
    const nowMs = Date.now();
    for (const scrapes of gathered.values()) await insertGpuSamples(lab.worker.pool, scrapes);

    for (const { id } of nodes) {
      const scrapes = gathered.get(id) ?? [];
      const [first = 0, third = 0, later = 0, last = 0] = [0, 2, -3, -1].map(
        (place) => scrapes.at(place)?.at.getTime() ?? 0,
      );
      // None is open: Prometheus gathers on, and our own database does not.
      const edges: [number, number][] = [
        [first - 1_000, last + 1],
        // The moment of a sample itself is the allocation's; that of its end is not.
        [third, later],
        [third + 1, last + 1],
      ];
      for (const [fromMs, untilMs] of edges) {
        await superuser.query(
          "update allocations set started_at = to_timestamp($2::float8 / 1000), released_at = to_timestamp($3::float8 / 1000) where node_id = $1",
          [id, fromMs, untilMs],
        );
        const ours = await charts(id, nowMs, null);
        const theirs = await charts(id, nowMs, elsewhere(program));
        expect(theirs?.store).toEqual({ name: "Prometheus", error: null });
        expect(theirs?.gpus.length).toBe(8);
        // Why clocks were held back is told by our own store alone.
        const drawn = ours?.gpus.map(({ gpu, metrics }) => ({ gpu, metrics }));
        expectAlike(theirs?.gpus, drawn);
      }
    }
  },
);

const hostCharts = (nodeId: Id<"node">, nowMs: number, program: EngineProgram | null) =>
  hostTelemetryOf(
    lab.app.db,
    tenant.grant("environment.read"),
    environmentId,
    { window: "15m", node: nodeId },
    nowMs,
    program && prometheusHosts({ url: engines[program].url, fields: hostFields }),
  );

/** What an engine has of a node's host, as our own samples. */
async function hostSamplesOf(program: EngineProgram, nodeId: Id<"node">) {
  const series = await engines[program].raw(`{__name__=~"node_.+",ingot_node="${nodeId}"}`);
  const answers = new Map<number, string[]>();
  for (const { metric, values } of series) {
    const labels = ["cpu", "mode", "device", "port"]
      .flatMap((name) => (metric[name] === undefined ? [] : [`${name}="${metric[name]}"`]))
      .join(",");
    for (const [at, value] of values) {
      const atMs = Math.round(at * 1_000);
      const lines = answers.get(atMs) ?? [];
      answers.set(atMs, [...lines, `${metric.__name__}{${labels}} ${value}`]);
    }
  }
  let before: HostLook | null = null;
  return [...answers]
    .sort(([a], [b]) => a - b)
    .map(([atMs, lines]) => {
      const look = { atMs, reading: parseHostExposition(Buffer.from(lines.join("\n"))) };
      const sample = hostSample(before, look, 120_000);
      before = look;
      return { nodeId, at: new Date(atMs), sample };
    });
}

test.for(enginePrograms)(
  "%s and our own store draw the same charts of a host, of the allocation's time alone",
  async (program) => {
    const { rows } = await superuser.query<{ id: Id<"node"> }>(
      "select node_id as id from allocations where environment_id = $1 order by node_id limit 1",
      [environmentId],
    );
    const nodeId = rows[0]?.id as Id<"node">;
    await expect
      .poll(async () => (await hostSamplesOf(program, nodeId).catch(() => [])).length, {
        timeout: 120_000,
        interval: 1_000,
      })
      .toBeGreaterThan(75);
    await superuser.query("truncate host_samples, host_rollups");
    const wholeUntil = new Date(Date.now() - 2_000);
    await engines[program].flush();
    const scrapes = (await hostSamplesOf(program, nodeId)).filter(({ at }) => at < wholeUntil);
    const nowMs = Date.now();
    await insertHostSamples(lab.worker.pool, scrapes);
    const [first = 0, inner = 0, later = 0, last = 0] = [0, 7, -3, -1].map(
      (place) => scrapes.at(place)?.at.getTime() ?? 0,
    );
    const edges: [number, number][] = [
      [first - 1_000, last + 1],
      [inner, later],
      [inner + 1, last + 1],
    ];
    for (const [fromMs, untilMs] of edges) {
      await superuser.query(
        "update allocations set started_at = to_timestamp($2::float8 / 1000), released_at = to_timestamp($3::float8 / 1000) where node_id = $1",
        [nodeId, fromMs, untilMs],
      );
      const ours = await hostCharts(nodeId, nowMs, null);
      const theirs = await hostCharts(nodeId, nowMs, program);
      expect(theirs?.store).toEqual({ name: "Prometheus", error: null });
      expect(ours?.store).toBeNull();
      if (!ours || !theirs) throw new Error("no telemetry");
      expectAlikeHosts(theirs.metrics, ours.metrics, { fromMs, untilMs, nowMs });
    }
  },
);

/**
 * Load and memory are alike to within rounding. Rates are between fewer looks than ours: a bucket's
 * are within the least and greatest of ours, and its mean is ours where all of it was held.
 */
function expectAlikeHosts(
  theirs: HostSeries,
  ours: HostSeries,
  held: { fromMs: number; untilMs: number; nowMs: number },
): void {
  expect(Object.keys(theirs).sort()).toEqual(Object.keys(ours).sort());
  expect(Object.keys(ours).length).toBeGreaterThanOrEqual(8);
  const grid = bucketGrid("15m", held.nowMs);
  const levels: readonly HostMetric[] = ["load1", "mem_used", "mem_total"];
  const differences: string[] = [];
  let compared = 0;
  for (const metric of hostMetrics) {
    const [left, right] = [theirs[metric], ours[metric]];
    for (let bucket = 0; left && right && bucket < grid.count; bucket++) {
      const from = grid.fromMs + bucket * grid.stepMs;
      const [is, was] = [left, right].map(({ min, avg, max }) => ({
        ...{ min: min[bucket] ?? null, avg: avg[bucket] ?? null, max: max[bucket] ?? null },
      }));
      const place = `${metric}, bucket ${bucket}: ${JSON.stringify(is)} and ${JSON.stringify(was)}`;
      const isWhole = from > held.fromMs && from + grid.stepMs < held.untilMs;
      if (is?.avg == null || was?.avg == null) {
        // A rate takes two looks: where a stretch begins there may be one.
        const mayLack = was?.avg != null && !isWhole && !levels.includes(metric);
        if (is?.avg !== was?.avg && !mayLack) differences.push(place);
        continue;
      }
      compared += 1;
      const near = (a: number | null, b: number | null, share: number) =>
        Math.abs((a ?? 0) - (b ?? 0)) <=
        Math.max(Number.isInteger(b) ? 1 : 0.02, Math.abs(b ?? 0) * share);
      const isAlike = levels.includes(metric)
        ? near(is.min, was.min, 0) && near(is.avg, was.avg, 0) && near(is.max, was.max, 0)
        : (is.min ?? 0) >= (was.min ?? 0) - 0.02 &&
          (is.max ?? 0) <= (was.max ?? 0) + 0.02 &&
          (!isWhole || near(is.avg, was.avg, 0.05));
      if (!isAlike) differences.push(place);
    }
  }
  expect(differences).toEqual([]);
  expect(compared).toBeGreaterThan(30);
}

/**
 * The same GPUs, metrics and buckets, and in them the same values to within rounding: one store
 * rounds each sample to what is declared of its metric, the other their mean.
 */
function expectAlike(theirs: readonly Drawn[] = [], ours: readonly Drawn[] = []): void {
  const [left, right] = [valuesOf(theirs), valuesOf(ours)];
  expect(left.size).toBeGreaterThan(100);
  const differences = [...new Set([...left.keys(), ...right.keys()])].flatMap((place) => {
    const [value, other] = [left.get(place), right.get(place)];
    const isAlike =
      value !== undefined &&
      other !== undefined &&
      Math.abs(value - other) <= (Number.isInteger(other) ? 1 : 0.02);
    return isAlike ? [] : [`${place}: ${value ?? "none"} and ${other ?? "none"}`];
  });
  expect(differences).toEqual([]);
}

type Drawn = Pick<GpuSeries, "gpu" | "metrics">;

/** Every value that is known, by where it stands. */
function valuesOf(gpus: readonly Drawn[]): Map<string, number> {
  const places = gpus.flatMap(({ gpu, metrics }) =>
    Object.entries(metrics).flatMap(([metric, series]) =>
      (["min", "avg", "max"] as const).flatMap((part) =>
        series[part].flatMap((value, bucket): [string, number][] =>
          value === null ? [] : [[`GPU ${gpu}, ${metric}, bucket ${bucket}, ${part}`, value]],
        ),
      ),
    ),
  );
  return new Map(places);
}

test("an engine that is gone is said, and nothing old is shown", async () => {
  await engines.prometheus.stop();
  const { rows } = await superuser.query<{ id: Id<"node"> }>(
    "select node_id as id from allocations limit 1",
  );
  const answer = await charts(rows[0]?.id as Id<"node">, Date.now(), elsewhere("prometheus"));
  expect(answer).toMatchObject({
    store: { name: "Prometheus", error: "It cannot be reached." },
    gpus: [],
  });
  expect(answer?.nodes.find(({ id }) => id === rows[0]?.id)?.lastMs).toBeNull();
});
