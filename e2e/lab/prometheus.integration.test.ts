import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import pg from "pg";
import { Registry } from "prom-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { insertScrapes } from "#db/queries/gpu-scrapes";
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
import { throttleMask } from "#lib/domain/health/clock-reasons";
import type { Id } from "#lib/domain/id";
import {
  type BucketGrid,
  type BucketSeries,
  bucketGrid,
  bucketsOf,
  seriesOf,
} from "#lib/domain/telemetry/buckets";
import { type HostMetric, type HostSeries, hostRates } from "#lib/domain/telemetry/host-metric";
import { type HostLook, hostSample } from "#lib/domain/telemetry/host-sample";
import { sampleValue } from "#lib/domain/telemetry/sample";
import { parseExposition } from "#lib/drivers/dcgm/exposition";
import { namesOfMetric } from "#lib/drivers/dcgm/fields";
import { parseHostExposition } from "#lib/drivers/node-exporter/exposition";
import { hostFields } from "#lib/drivers/node-exporter/fields";
import { prometheusHistory } from "#lib/drivers/prometheus/open-gpu-history";
import { prometheusMeans } from "#lib/drivers/prometheus/open-gpu-means";
import { prometheusHosts } from "#lib/drivers/prometheus/open-host-history";
import { listenForMetrics } from "#lib/metrics/listen";
import { gpusDayOf } from "#lib/views/gpu-summary";
import { gpuTelemetryOf } from "#lib/views/gpu-telemetry";
import { hostTelemetryOf } from "#lib/views/host-telemetry";
import { monitoringPages } from "#lib/worker/monitoring-pages";

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
        // The last two of its GPUs are split, and one is throttled by heat.
        { name: "b", flavour: "plain", dcgmNaming: "4.9", migGpus: 2, faults: ["throttles"] },
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

/**
 * What an engine has of the exporters of a node, as they would have said it: an answer for each scrape. One
 * that failed is none: VictoriaMetrics gives its mark that a series is stale as a value.
 */
async function answersOf(program: EngineProgram, names: string, nodeId: string) {
  const series = await engines[program].raw(`{__name__=~"${names}",ingot_node="${nodeId}"}`);
  const answers = new Map<number, string[]>();
  for (const { metric, values } of series) {
    const { __name__: name, ...labels } = metric;
    const listed = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    for (const [at, value] of values) {
      if (value === "NaN") continue;
      const atMs = Math.round(at * 1_000);
      const lines = answers.get(atMs) ?? [];
      lines.push(`${name}{${listed.join(",")}} ${value}`);
      answers.set(atMs, lines);
    }
  }
  return [...answers]
    .sort(([a], [b]) => a - b)
    .map(([atMs, lines]) => ({ at: new Date(atMs), body: Buffer.from(`${lines.join("\n")}\n`) }));
}

async function samplesOf(program: EngineProgram, nodeId: Id<"node">) {
  const answers = await answersOf(program, "DCGM_.+", nodeId);
  return answers.map(({ at, body }) => ({ nodeId, at, samples: parseExposition(body).gpus }));
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
  // Without one, all but the figures is closed.
  const pages = worker?.pages ?? {};
  const log = createLog("test", "silent");
  const open = await listenForMetrics({ host: "127.0.0.1", port: 0, token: null }, pages, log);
  for (const page of Object.keys(pages)) {
    const { status } = await fetch(`http://127.0.0.1:${open.port}${page}`);
    expect(status, page).toBe(page === "/metrics" ? 200 : 403);
  }
  await open.close();
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
    await superuser.query(
      "truncate gpu_samples, gpu_rollups, gpu_instance_samples, gpu_instance_rollups",
    );
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
    for (const scrapes of gathered.values()) await insertScrapes(lab.worker.pool, scrapes);

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
        if (!ours || !theirs) throw new Error("no telemetry");
        expectAlike([...theirs.gpus, ...theirs.instances], [...ours.gpus, ...ours.instances]);
        // An engine does not join bits: those that hold a GPU back are the same, of the rest some.
        const reasons = (told: typeof ours) =>
          told.gpus.flatMap(({ clockReasons }) => clockReasons ?? []);
        expect(reasons(theirs).length).toBe(reasons(ours).length);
        for (const [place, bits] of reasons(ours).entries()) {
          const told = reasons(theirs)[place] ?? null;
          expect([told === null, (told ?? 0) & throttleMask]).toEqual([
            bits === null,
            (bits ?? 0) & throttleMask,
          ]);
        }
      }
    }
    // By now neither is open. Both together, as the page of the project draws them: all but the first three.
    const means = prometheusMeans({ url: engines[program].url, fields: namesOfMetric.gpu_util });
    const grant = tenant.grant("project.read");
    const { grid, mean, store } = await gpusDayOf(lab.app.db, grant, nowMs, means);
    expect(store).toEqual({ name: "Prometheus", error: null });
    const said = [...gathered.values()]
      .flatMap((scrapes) => scrapes.slice(3))
      .flatMap(({ at, samples }) =>
        samples.flatMap((sample) => {
          const value = sampleValue(sample, "gpu_util");
          return value === null ? [] : [{ atMs: at.getTime(), value }];
        }),
      );
    const expected = seriesOf(grid, bucketsOf(grid, said)).avg;
    expect(said.length).toBeGreaterThan(100);
    for (const [bucket, value] of expected.entries()) {
      const told = mean[bucket] ?? null;
      expect(told === null, `bucket ${bucket}`).toBe(value === null);
      expect(Math.abs((told ?? 0) - (value ?? 0)), `bucket ${bucket}`).toBeLessThan(0.02);
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

type Answers = Awaited<ReturnType<typeof answersOf>>;

/** What a node's host said, as our own samples. */
function hostSamplesOf(nodeId: Id<"node">, answers: Answers) {
  let before: HostLook | null = null;
  return answers.map(({ at, body }) => {
    const look = { atMs: at.getTime(), reading: parseHostExposition(body) };
    const sample = hostSample(before, look, 125_000);
    before = look;
    return { nodeId, at, sample };
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
      .poll(async () => (await answersOf(program, "node_.+", nodeId).catch(() => [])).length, {
        timeout: 120_000,
        interval: 1_000,
      })
      .toBeGreaterThan(75);
    await superuser.query("truncate host_samples, host_rollups");
    const wholeUntil = new Date(Date.now() - 2_000);
    await engines[program].flush();
    const answers = (await answersOf(program, "node_.+", nodeId)).filter(
      ({ at }) => at < wholeUntil,
    );
    const nowMs = Date.now();
    await insertHostSamples(lab.worker.pool, hostSamplesOf(nodeId, answers));
    const [first = 0, inner = 0, later = 0, last = 0] = [0, 7, -3, -1].map(
      (place) => answers.at(place)?.at.getTime() ?? 0,
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
      expect(Object.keys(theirs.metrics)).toEqual(Object.keys(ours.metrics));
      expect(Object.keys(theirs.metrics).length).toBeGreaterThanOrEqual(8);
      const levels = ["load1", "mem_used", "mem_total"] as const;
      expectAlike([drawn(theirs.metrics, levels)], [drawn(ours.metrics, levels)], 10);
      const grid = bucketGrid("15m", nowMs);
      for (const rate of ["cpu_busy", ...hostRates] as const) {
        expectWithin(theirs.metrics[rate], ours.metrics[rate], grid, [fromMs, untilMs], rate);
      }
    }
  },
);

const drawn = (metrics: HostSeries, only: readonly HostMetric[]) => ({
  gpu: 0,
  metrics: Object.fromEntries(
    Object.entries(metrics).filter(([name]) => only.some((one) => one === name)),
  ),
});

/**
 * An engine is looked at less often than our own store is told something, and when depends on where in a
 * bucket it is: a rate between two looks lies between the least and the greatest of those that we were told
 * meanwhile. Before and after a stretch of time there is nothing.
 */
function expectWithin(
  theirs: BucketSeries | undefined,
  ours: BucketSeries | undefined,
  { fromMs: gridFromMs, stepMs, count }: BucketGrid,
  [fromMs, untilMs]: [number, number],
  name: string,
): void {
  if (!theirs || !ours) throw new Error(`${name} is not drawn`);
  const known = (values: (number | null)[]) => values.filter((value) => value !== null);
  let drawnBuckets = 0;
  for (let at = 0; at < count; at++) {
    const [least, most] = [theirs.min[at] ?? null, theirs.max[at] ?? null];
    const beginsMs = gridFromMs + at * stepMs;
    if (beginsMs + stepMs <= fromMs || beginsMs >= untilMs) {
      expect([least, most], `${name}, bucket ${at}, outside`).toEqual([null, null]);
    }
    if (least === null || most === null) continue;
    drawnBuckets++;
    const around = [Math.max(0, at - 1), at + 1] as const;
    const low = Math.min(...known(ours.min.slice(...around)));
    const high = Math.max(...known(ours.max.slice(...around)));
    const rounding = 0.02 * high + 0.05;
    expect(least, `${name}, bucket ${at}`).toBeGreaterThanOrEqual(low - rounding);
    expect(most, `${name}, bucket ${at}`).toBeLessThanOrEqual(high + rounding);
  }
  expect(drawnBuckets, name).toBeGreaterThanOrEqual(known(ours.avg).length - 2);
}

/**
 * The same GPUs, metrics and buckets, and in them the same values to within rounding: one store
 * rounds each sample to what is declared of its metric, the other their mean.
 */
function expectAlike(theirs: readonly Drawn[], ours: readonly Drawn[], least = 100): void {
  const [left, right] = [valuesOf(theirs), valuesOf(ours)];
  expect(left.size).toBeGreaterThan(least);
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

/** A GPU, or a part of one. */
type Drawn = { gpu: number; metrics: Record<string, BucketSeries> };

/** Every value that is known, by where it stands. */
function valuesOf(gpus: readonly Drawn[]): Map<string, number> {
  const places = gpus.flatMap(({ gpu, metrics, ...part }) =>
    Object.entries(metrics).flatMap(([metric, series]) =>
      (["min", "avg", "max"] as const).flatMap((edge) =>
        series[edge].flatMap((value, bucket): [string, number][] =>
          value === null
            ? []
            : [[`GPU ${gpu} ${JSON.stringify(part)}, ${metric}, bucket ${bucket}, ${edge}`, value]],
        ),
      ),
    ),
  );
  return new Map(places);
}

// Who holds a node runs its exporter, and may let it print anything.
test.for(enginePrograms)(
  "what an exporter prints stays with its own node and the moment it was asked, in %s",
  async (program) => {
    const { rows } = await superuser.query<{ id: Id<"node">; name: string; address: string }>(
      "select id, name, address from nodes order by name",
    );
    const [own, other] = rows;
    if (!own || !other) throw new Error("there are no two nodes");
    const line = (gpu: number, atMs: number) =>
      `DCGM_FI_DEV_POWER_USAGE{gpu="${gpu}",UUID="hostile",ingot_node="${other.id}",node="${other.name}",job="node"} 321 ${atMs}\n`;
    const minute = 60_000;
    const exporter = createServer((_, answer) => {
      answer.setHeader("content-type", "text/plain; version=0.0.4");
      answer.end(line(30, Date.now() - 2 * minute) + line(31, Date.now() + 2 * minute));
    });
    exporter.listen(0, own.address);
    await once(exporter, "listening");
    const { port } = exporter.address() as AddressInfo;
    await superuser.query("update nodes set exporter_port = $2 where id = $1", [own.id, port]);
    // The worker has stopped by now; where exporters are is told by its page as before.
    const log = createLog("test", "silent");
    const pages = monitoringPages(new Registry(), lab.worker, 9_100, log);
    const told = await listenForMetrics({ host: "127.0.0.1", port: 0, token }, pages, log);
    const askedFromMs = Date.now();
    const engine = await givenEngine({ program, worker: `http://127.0.0.1:${told.port}`, token });
    try {
      const hostile = () => engine.raw('DCGM_FI_DEV_POWER_USAGE{UUID="hostile"}').catch(() => []);
      const count = async () => {
        await engine.flush().catch(() => {});
        return (await hostile()).flatMap(({ values }) => values).length;
      };
      await expect.poll(count, { timeout: 60_000, interval: 500 }).toBeGreaterThan(7);
      const series = await hostile();
      expect(series.map(({ metric }) => metric.gpu).sort()).toEqual(["30", "31"]);
      for (const { metric, values } of series) {
        expect(metric).toMatchObject({ ingot_node: own.id, node: own.name, job: "dcgm" });
        expect(metric).toMatchObject({ exported_ingot_node: other.id, exported_node: other.name });
        for (const [at] of values) {
          expect(at * 1_000).toBeGreaterThanOrEqual(askedFromMs);
          expect(at * 1_000).toBeLessThanOrEqual(Date.now());
        }
      }

      const store = prometheusHistory({ url: engine.url, fields: namesOfMetric });
      const drawnOf = async (nodeId: Id<"node">, fromMs: number, untilMs: number) => {
        await superuser.query(
          "update allocations set started_at = to_timestamp($2::float8 / 1000), released_at = to_timestamp($3::float8 / 1000) where node_id = $1",
          [nodeId, fromMs, untilMs],
        );
        const answer = await charts(nodeId, Date.now(), store);
        expect(answer?.store).toEqual({ name: "Prometheus", error: null });
        return answer?.gpus.map(({ gpu }) => gpu);
      };
      const beforeMs = askedFromMs - 10 * minute;
      const afterMs = Date.now() + 10 * minute;
      expect(await drawnOf(own.id, beforeMs, askedFromMs)).toEqual([]);
      expect(await drawnOf(own.id, askedFromMs, afterMs)).toEqual([30, 31]);
      expect(await drawnOf(other.id, beforeMs, afterMs)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    } finally {
      await engine.stop();
      await told.close();
      exporter.close();
      exporter.closeAllConnections();
    }
  },
);

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
