import { randomUUID } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "#db/embedded";
import { migrate } from "#db/migrate";
import { operations } from "#db/schema/operations";
import { brokenInvariants } from "#e2e/fixtures/invariants";
import { givenLab, type Lab, quick } from "#e2e/fixtures/lab";
import { type GivenTenant, givenTenant } from "#e2e/fixtures/launchable";
import { startWorker, untilEnvironment, untilNode } from "#e2e/fixtures/worker";
import { launchEnvironment } from "#lib/commands/launch-environment";
import type { Id } from "#lib/domain/id";

let directory: string;
let postgres: EmbeddedPostgres;
let lab: Lab;
let tenant: GivenTenant;
let worker: ReturnType<typeof startWorker>;

const names = ["a", "b", "c", "d", "e", "f"];

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
  const nodes = [];
  for (const name of names) nodes.push(await lab.enrol(name));
  for (const node of nodes) await untilNode(lab, node, "available");

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
