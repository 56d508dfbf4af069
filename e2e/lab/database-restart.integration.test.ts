import { randomUUID } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "#db/embedded";
import { migrate } from "#db/migrate";
import { nodes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { brokenInvariants } from "#e2e/fixtures/invariants";
import { givenLab, type Lab, quick } from "#e2e/fixtures/lab";
import { type GivenTenant, givenTenant } from "#e2e/fixtures/launchable";
import { startWorker, untilEnvironment, untilNode } from "#e2e/fixtures/worker";
import { launchEnvironment } from "#lib/commands/launch-environment";
import type { Id } from "#lib/domain/id";
import { type GpuMetric, gpuMetricSpecs, gpuMetrics } from "#lib/domain/telemetry/metric";
import { gpuSample } from "#lib/domain/telemetry/sample";
import { ExporterError } from "#lib/ports/exporter";

let directory: string;
let postgres: EmbeddedPostgres;
let lab: Lab;
let tenant: GivenTenant;
let worker: ReturnType<typeof startWorker>;

const names = ["a", "b", "c", "d", "e", "f"];

/** Every metric that is stored, none of which says that anything is wrong. */
const allMetrics: Partial<Record<GpuMetric, number>> = Object.fromEntries(
  gpuMetrics.map((metric) => [metric, gpuMetricSpecs[metric].kind === "gauge" ? 50 : 0]),
);

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "ingot-restart-"));
  // The database's server may run under another account, which must pass through.
  await chmod(directory, 0o711);
  postgres = await startEmbeddedPostgres({ directory: path.join(directory, "postgres") });
  await migrate(postgres.url());
  lab = await givenLab({
    network: 44,
    rack: {
      nodes: names.map((name) => ({ name, flavour: "plain" as const })),
      // Firmware asks again for as long as a database takes to come back.
      timing: { ...quick, retryMs: 250, bootTries: 60 },
    },
    database: {
      url: postgres.url(),
      superuserUrl: postgres.superuserUrl.replace(/[^/]*$/, "ingot"),
      drop: async () => {},
    },
    settings: { leaseMs: 1_500, powerLimitMs: 60_000, bootLimitMs: 120_000 },
  });
  tenant = await givenTenant(lab.app.db, { fleet: lab.fleet, gpuLimit: 48, gpuModel: "H100" });
  worker = startWorker(lab);
});

afterAll(async () => {
  await worker?.stop();
  await lab?.close();
  await postgres?.stop();
  if (directory) await rm(directory, { recursive: true, force: true });
});

// Guarantee: a database that goes down in the middle of everything costs time and nothing else, and
// neither worker nor boot server has to be started again.
test("the database crashes twice under six launches, and all six become ready", async () => {
  const enrolled = [];
  for (const name of names) enrolled.push(await lab.enrol(name));
  for (const node of enrolled) await untilNode(lab, node, "available");

  const environments: Id<"environment">[] = [];
  for (const name of names) {
    const result = await launchEnvironment(lab.app.db, tenant.grant("environment.launch"), {
      requestKey: randomUUID(),
      name: `env-${name}`,
      templateVersionId: lab.fleet.templateVersionId,
      imageId: lab.fleet.imageId,
      counts: { workers: 1 },
      sshKeyIds: [tenant.keyId],
      pastedKey: "",
    });
    if (!result.ok) throw new Error(JSON.stringify(result.refusal));
    environments.push(result.value.environmentId);
  }
  for (const step of ["power_off", "boot_script"]) {
    await expect.poll(() => someoneIsAt(step), { timeout: 120_000, interval: 20 }).toBe(true);
    await postgres.crash();
  }
  for (const id of environments) await untilEnvironment(lab, id, "ready");
  expect(await brokenInvariants(lab.superuserUrl)).toEqual([]);
});

// Guarantee: a database that goes down takes no sample with it: all that was told meanwhile is there
// once, and what was silent before is silent since then.
test("the database crashes twice under full ingest, and every answer is stored once", async () => {
  await worker.stop();
  const told: { nodeId: string; gpu: number; energy: number }[] = [];
  const asked: string[] = [];
  let silent = "";
  let isOver = false;
  worker = startWorker(
    lab,
    // With 8 GPUs of five nodes 400 rows a second: three quarters of what 1,000 nodes tell at 15 s.
    { scrapeMs: 100 },
    {
      scrapeGpus: async ({ nodeId }) => {
        asked.push(nodeId);
        silent ||= nodeId;
        if (isOver || nodeId === silent) {
          throw new ExporterError("unreachable", "Nothing listens.", { retryable: true });
        }
        const first = 1_000_000 + told.length;
        const gpus = Array.from({ length: 8 }, (_, gpu) => {
          told.push({ nodeId, gpu, energy: first + gpu });
          return gpuSample(gpu, { ...allMetrics, energy_j: first + gpu });
        });
        return { gpus, switches: [] };
      },
    },
  );
  const newest = async () => {
    const { rows } = await lab.worker.pool.query<{ energy: number }>(
      "select coalesce(max(energy_j), 0)::integer as energy from gpu_samples",
    );
    return rows[0]?.energy ?? 0;
  };
  const silence = async () => {
    const [node] = await lab.worker.db
      .select({ reason: nodes.telemetryError, since: nodes.telemetryErrorSince })
      .from(nodes)
      .where(eq(nodes.id, silent as Id<"node">));
    return node;
  };
  await expect.poll(newest).toBeGreaterThan(1_000_000);
  await expect.poll(async () => (await silence())?.since).toBeInstanceOf(Date);
  const before = await silence();
  // What is told in one second, at the pace above.
  const manyRows = 400;
  for (let crash = 0; crash < 2; crash++) {
    const count = told.length;
    await postgres.crash();
    // While the database is away, and until it is known who leads, all are asked on.
    await expect.poll(() => told.length).toBeGreaterThan(count + manyRows);
    const held = told.length;
    await expect.poll(() => newest().catch(() => 0)).toBeGreaterThan(1_000_000 + held);
  }
  expect(await silence()).toEqual(before);
  expect(new Set(asked).size).toBe(names.length);
  isOver = true;
  await expect.poll(newest).toBe(told.at(-1)?.energy);
  const { rows: stored } = await lab.worker.pool.query(
    `select node_id as "nodeId", gpu, energy_j::integer as energy from gpu_samples
     where energy_j >= 1000000 order by energy_j`,
  );
  expect(stored).toEqual(told);
});

// Guarantee: samples lie in the time of who held the node by the clock that allocations go by, so that a
// worker whose own is wrong shows nobody what was another's.
test.for([
  ["ahead", 3_600_000],
  ["behind", -3_600_000],
] as const)("a worker whose clock is an hour %s stamps by the database's", async ([, byMs]) => {
  await worker.stop();
  const mark = byMs > 0 ? 1 : 2;
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + byMs });
  try {
    worker = startWorker(
      lab,
      { scrapeMs: 300 },
      {
        scrapeGpus: async () => ({ gpus: [gpuSample(0, { energy_j: mark })], switches: [] }),
      },
    );
    const late = async () => {
      const { rows } = await lab.worker.pool.query<{ seconds: number }>(
        `select extract(epoch from now() - at)::float8 as seconds from gpu_samples
         where energy_j = $1`,
        [mark],
      );
      return rows.map(({ seconds }) => seconds);
    };
    await expect.poll(async () => (await late()).length).toBeGreaterThan(names.length);
    const all = await late();
    expect(Math.min(...all)).toBeGreaterThan(-1);
    expect(Math.max(...all)).toBeLessThan(60);
  } finally {
    vi.useRealTimers();
  }
});

/** True when an operation is at this step or past it: between two looks several may pass. */
async function someoneIsAt(step: string): Promise<boolean> {
  try {
    const rows = await lab.worker.db
      .select({ step: operations.step, state: operations.state })
      .from(operations)
      .where(eq(operations.kind, "node.deploy"));
    return rows.some((row) => row.step === step || (row.step !== null && past(row.step, step)));
  } catch {
    // The database is just coming back.
    return false;
  }
}

function past(step: string, other: string): boolean {
  const order = ["power_off", "open_boot_window", "boot_override", "power_on", "boot_script"];
  const at = order.indexOf(step);
  return at === -1 || at > order.indexOf(other);
}
