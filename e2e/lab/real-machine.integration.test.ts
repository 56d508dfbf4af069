import { randomUUID } from "node:crypto";
import path from "node:path";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { allocations } from "#db/schema/environments";
import { operationLogs, operationSteps, operations } from "#db/schema/operations";
import { givenLab, type Lab, nodeState } from "#e2e/fixtures/lab";
import { type GivenTenant, givenCatalogue, givenTenant } from "#e2e/fixtures/launchable";
import { startWorker, untilEnvironment, untilNode } from "#e2e/fixtures/worker";
import { buildRamdisk } from "#lib/agent/build-ramdisk";
import { launchEnvironment } from "#lib/commands/launch-environment";
import { releaseEnvironment } from "#lib/commands/release-environment";

// One machine that really boots: a Redfish order starts qemu, whose network card fetches our boot
// script; kernel and ramdisk run, phone home, and later wipe the machine's disk and say so.

vi.setConfig({ testTimeout: 400_000, hookTimeout: 400_000 });

let lab: Lab;
let tenant: GivenTenant;
let worker: ReturnType<typeof startWorker>;

beforeAll(async () => {
  lab = await givenLab({
    network: 43,
    rack: { nodes: [{ name: "metal", machine: "qemu", flavour: "plain", gpus: 0 }] },
    settings: { powerLimitMs: 60_000, bootLimitMs: 180_000, sanitizeLimitMs: 180_000 },
    hostAsNodesSeeIt: "10.0.2.2",
    makeImage: async (directory) => {
      const ramdisk = await buildRamdisk({
        outputDirectory: directory,
        cacheDirectory: path.join(process.cwd(), "data/cache/ramdisk"),
      });
      return {
        kernelFile: ramdisk.kernel.name,
        kernelSha256: ramdisk.kernel.sha256,
        initrdFile: ramdisk.initrd.name,
        initrdSha256: ramdisk.initrd.sha256,
        kernelArgs: ramdisk.kernelArgs,
      };
    },
  });
  worker = startWorker(lab);
});

afterAll(async () => {
  await worker?.stop();
  await lab?.close();
});

test("a machine boots over the network into a tenant's environment, and is wiped after it", async () => {
  const node = await lab.enrol("metal", { gpu: null });
  await untilNode(lab, node, "available");
  const { nodeTypeId } = await nodeState(lab, node);
  const fleet = await givenCatalogue(lab.app.db, {
    nodeTypeId,
    imageId: lab.fleet.imageId,
    gpuModel: "none of it is held",
  });
  tenant = await givenTenant(lab.app.db, {
    fleet,
    gpuLimit: 8,
    gpuModel: "none of it is held",
  });

  const launched = await launchEnvironment(lab.app.db, tenant.grant("environment.launch"), {
    requestKey: randomUUID(),
    name: "metal",
    templateVersionId: fleet.templateVersionId,
    imageId: fleet.imageId,
    counts: { workers: 1 },
    sshKeyIds: [tenant.keyId],
    pastedKey: "",
  });
  if (!launched.ok) throw new Error(JSON.stringify(launched.refusal));
  const { environmentId } = launched.value;
  await untilEnvironment(lab, environmentId, "ready", 200_000);

  // The system itself told of its stages, on the way it was given for that.
  const told = await lab.worker.db
    .select()
    .from(operationLogs)
    .where(eq(operationLogs.environmentId, environmentId));
  expect(told.some((line) => line.source === "node")).toBe(true);
  // Said after it has phoned home: the console may be a moment behind.
  await expect
    .poll(() => lab.rack.control.console("metal"), { timeout: 30_000 })
    .toContain("metal-1 is up");

  const released = await releaseEnvironment(lab.app.db, tenant.grant("environment.release"), {
    requestKey: randomUUID(),
    environmentId,
    confirmName: "metal",
  });
  expect(released).toMatchObject({ ok: true });
  await untilEnvironment(lab, environmentId, "released", 60_000);
  await untilNode(lab, node, "available", 200_000);
  const [wipe] = await lab.worker.db
    .select({ output: operationSteps.output })
    .from(operationSteps)
    .innerJoin(operations, eq(operations.id, operationSteps.operationId))
    .where(eq(operationSteps.name, "wipe_report"));
  expect(wipe?.output).toMatchObject({
    report: { devices: [{ kind: "virtio", result: "wiped" }] },
  });
  const held = await lab.worker.db.select().from(allocations);
  expect(held.every((allocation) => allocation.releasedAt !== null)).toBe(true);
  expect(lab.rack.control.report("metal").power).toBe("Off");
});
