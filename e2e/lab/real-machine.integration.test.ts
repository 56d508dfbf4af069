import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { listBurnIns, listInspections } from "#db/queries/inspections";
import { bootWindows } from "#db/schema/boot-windows";
import { allocations } from "#db/schema/environments";
import { nodeTypes } from "#db/schema/nodes";
import { operationLogs, operationSteps, operations } from "#db/schema/operations";
import { givenLab, type Lab, nodeState } from "#e2e/fixtures/lab";
import {
  asOperator,
  type GivenTenant,
  givenCatalogue,
  givenTenant,
} from "#e2e/fixtures/launchable";
import { ramdiskImage } from "#e2e/fixtures/ramdisk";
import { startWorker, untilEnvironment, untilNode } from "#e2e/fixtures/worker";
import { launchEnvironment } from "#lib/commands/launch-environment";
import { releaseEnvironment } from "#lib/commands/release-environment";
import type { Id } from "#lib/domain/id";

// One machine that really boots: a Redfish order starts qemu, whose network card fetches our boot
// script, by PXE; kernel and ramdisk run, phone home, and later wipe the machine's disk and say so.

vi.setConfig({ testTimeout: 1_500_000, hookTimeout: 1_800_000 });

let lab: Lab;
let tenant: GivenTenant;
let worker: ReturnType<typeof startWorker>;
let node: Id<"node">;

beforeAll(async () => {
  lab = await givenLab({
    network: 43,
    rack: { nodes: [{ name: "metal", machine: "qemu", gpus: 0 }] },
    settings: {
      powerLimitMs: 600_000,
      bootLimitMs: 1_200_000,
      sanitizeLimitMs: 1_200_000,
      inspectLimitMs: 1_200_000,
    },
    hostAsNodesSeeIt: "10.0.2.2",
    makeImage: ramdiskImage,
  });
  worker = startWorker(lab);
});

afterAll(async () => {
  await worker?.stop();
  await lab?.close();
});

test("a machine says what it is made of and stands its burn-in before it is offered", async () => {
  node = await lab.enrol("metal", { gpu: null, inspection: { level: "burn_in", seconds: 3 } });
  await untilNode(lab, node, "available", 380_000);
  const { inventory, nodeTypeId } = await nodeState(lab, node);
  const [kept] = await listInspections(lab.worker.db, node, 1);
  expect(kept).toMatchObject({ accepted: true, conflicts: [] });
  // Read from within, and the same as what the controller says.
  expect(kept?.facts).toMatchObject({
    firmware: "bios",
    system: { manufacturer: "QEMU", serial: inventory?.system.serial },
    cpu: { sockets: 1, cores: 1 },
    drives: [{ name: "vda", serial: inventory?.drives[0]?.serial }],
    nics: [{ mac: inventory?.nics[0]?.mac, driver: "virtio_net" }],
    infiniband: [],
    tpm: false,
    secureBoot: null,
  });
  expect(kept?.facts?.system.uuid).toBe(inventory?.system.uuid);
  const tests = kept ? await listBurnIns(lab.worker.db, kept.id) : [];
  expect(Object.fromEntries(tests.map(({ test, result }) => [test, result]))).toEqual({
    ...{ cpu: "pass", memory: "pass", disk: "pass" },
    ...{ drive_health: "not_run", gpu: "not_run", fabric: "not_run" },
  });
  const figure = (of: string, name: string) =>
    tests.find(({ test }) => test === of)?.figures.find((each) => each.name === name)?.value;
  expect(figure("cpu", "rounds")).toBeGreaterThan(0);
  expect(figure("memory", "memory tested")).toBeGreaterThan(0);
  expect(figure("disk", "places read")).toBeGreaterThan(1);
  const [window] = await lab.worker.db.select().from(bootWindows);
  // By what iPXE and the job say it is the node itself, and it asks from one place.
  expect(window).toMatchObject({
    ...{ wrongPlaces: 0, places: { program: "127.0.0.1", job: "127.0.0.1" } },
  });
  expect(window?.jobLog).toContain("on Linux");
  expect(window?.jobLog).toContain("--- kernel ---");
  expect(window?.jobLog).not.toMatch(/\b[0-9a-f]{32}\b/);
  // Once is enough for this machine: the wipe below is not followed by another.
  await asOperator(lab.app.db, (tx) =>
    tx
      .update(nodeTypes)
      .set({ spec: { gpu: null } })
      .where(eq(nodeTypes.id, nodeTypeId)),
  );
});

test("a machine boots over the network into a tenant's environment, and is wiped after it", async () => {
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
    .poll(() => lab.rack.control.console("metal"), { timeout: 300_000 })
    .toContain("metal-1 is up");

  const released = await releaseEnvironment(lab.app.db, tenant.grant("environment.release"), {
    requestKey: randomUUID(),
    environmentId,
    confirmName: "metal",
  });
  expect(released).toMatchObject({ ok: true });
  await untilEnvironment(lab, environmentId, "released", 300_000);
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
