import { desc, eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listBurnIns, listInspections } from "#db/queries/inspections";
import { bootWindows } from "#db/schema/boot-windows";
import { nodes, nodeTypes } from "#db/schema/nodes";
import { operations } from "#db/schema/operations";
import { givenLab, type Lab, nodeState } from "#e2e/fixtures/lab";
import { asOperator } from "#e2e/fixtures/launchable";
import { startWorker, untilNode } from "#e2e/fixtures/worker";
import { orderNode } from "#lib/commands/order-node";
import type { Id } from "#lib/domain/id";
import type { InspectionOrder } from "#lib/domain/inspection/order";
import type { NodeOrder } from "#lib/domain/node/order";

// What a host says of itself, and its burn-in, on the way to being offered.

let lab: Lab;
let worker: ReturnType<typeof startWorker>;

beforeAll(async () => {
  lab = await givenLab({
    network: 54,
    rack: {
      nodes: [
        ...["fine", "other", "bad", "dies", "free", "bare"].map((name) => ({
          name,
          flavour: "plain" as const,
          gpus: 2,
        })),
        { name: "cd", flavour: "media-only", gpus: 2 },
      ],
    },
  });
  worker = startWorker(lab);
});

afterAll(async () => {
  await worker?.stop();
  await lab?.close();
});

const burnIn: InspectionOrder = { level: "burn_in", seconds: 5 };

async function order(nodeId: Id<"node">, what: NodeOrder) {
  const result = await orderNode(
    lab.app.db,
    lab.operator("node.operate"),
    what === "inspect" ? { nodeId, order: what, inspection: burnIn } : { nodeId, order: what },
  );
  expect(result).toMatchObject({ ok: true });
}

async function lastOperation(nodeId: Id<"node">) {
  const [row] = await lab.worker.db
    .select()
    .from(operations)
    .where(eq(operations.nodeId, nodeId))
    .orderBy(desc(operations.createdAt))
    .limit(1);
  return row;
}

test("a node of a type that asks for it is inspected and tested before it is offered", async () => {
  await lab.rack.control.setFaults("fine", ["drive-differs", "narrow-link"]);
  const id = await lab.enrol("fine", { inspection: burnIn });
  await untilNode(lab, id, "available");
  const [kept] = await listInspections(lab.worker.db, id, 9);
  expect(kept).toMatchObject({ accepted: true, ordered: burnIn });
  // The host and its controller differ in a drive: marked, and no reason to keep it back.
  expect(kept?.conflicts.map(({ field, kind }) => [field, kind])).toEqual([
    ["drives", "hardware"],
    ["pcie", "link"],
  ]);
  expect(kept?.conflicts[0]?.words).toContain("S-ANOTHER");
  expect(kept?.facts?.infiniband).toHaveLength(2);
  const tests = kept ? await listBurnIns(lab.worker.db, kept.id) : [];
  expect(tests.map(({ test, result }) => `${test} ${result}`)).toEqual([
    "cpu pass",
    "memory pass",
    "disk pass",
    "drive_health pass",
    "gpu pass",
    "fabric pass",
  ]);
  expect(tests.every(({ startedAt, endedAt }) => endedAt >= startedAt)).toBe(true);
  const [window] = await lab.worker.db.select().from(bootWindows).where(eq(bootWindows.nodeId, id));
  expect(window).toMatchObject({ purpose: "inspect", closedAt: expect.any(Date) });
  expect(window?.jobLog).toContain("the simulated host has no kernel");
  expect(lab.rack.control.report("fine").power).toBe("Off");
});

test("a host is inspected from a medium, which is out again before it is offered", async () => {
  const id = await lab.enrol("cd", { inspection: { level: "inspect" } });
  await untilNode(lab, id, "available");
  expect(lab.rack.control.report("cd")).toMatchObject({
    medium: null,
    boots: [{ device: expect.stringMatching(/boot\.iso$/), kind: "inspect" }],
  });
});

test("a host that is another machine than its controller's is not offered, nor after a wipe", async () => {
  await lab.rack.control.setFaults("other", ["other-host"]);
  const id = await lab.enrol("other", { inspection: { level: "inspect" } });
  await untilNode(lab, id, "failed");
  expect((await nodeState(lab, id)).lifecycleReason).toMatch(
    /^It may be another machine than its controller's. Serial number: .* the host says A-SERIAL-OF-ANOTHER.$/,
  );
  expect(lab.rack.control.report("other").power).toBe("Off");
  // Nothing that it was given opens anything now.
  const open = await lab.worker.db.select().from(bootWindows).where(eq(bootWindows.nodeId, id));
  expect(open.every(({ closedAt }) => closedAt !== null)).toBe(true);
  await lab.rack.control.setFaults("other", []);
  await order(id, "verify");
  await untilNode(lab, id, "available");
  await lab.rack.control.setFaults("other", ["other-host"]);
  await order(id, "sanitize");
  await untilNode(lab, id, "quarantined");
});

test("what failed a burn-in passes the same before it is offered, whatever its type asks for", async () => {
  await lab.rack.control.setFaults("bad", ["burn-in-fails"]);
  const id = await lab.enrol("bad", { inspection: burnIn });
  await untilNode(lab, id, "failed");
  expect((await nodeState(lab, id)).lifecycleReason).toBe(
    "Burn-in: memory failed: 2 blocks of 4 MiB were not read back as they were written.",
  );
  const { nodeTypeId } = await nodeState(lab, id);
  await asOperator(lab.app.db, (tx) =>
    tx.update(nodeTypes).set({ spec: {} }).where(eq(nodeTypes.id, nodeTypeId)),
  );
  await order(id, "verify");
  const again = async () => (await listInspections(lab.worker.db, id, 9)).length;
  await expect.poll(again, { timeout: 120_000 }).toBe(2);
  await untilNode(lab, id, "failed");
  await lab.rack.control.setFaults("bad", []);
  await order(id, "verify");
  await untilNode(lab, id, "available");
});

test("GPUs that nobody tested keep a node back, until its type says why they need not be", async () => {
  await lab.rack.control.setFaults("bare", ["no-gpu-tools"]);
  const id = await lab.enrol("bare", { gpu: { count: 2 }, inspection: burnIn });
  await untilNode(lab, id, "failed");
  const { nodeTypeId, lifecycleReason } = await nodeState(lab, id);
  expect(lifecycleReason).toBe(
    "Burn-in: GPU not run: dcgmi is not in this ramdisk. Burn-in: fabric not run: all_reduce_perf of nccl-tests is not in this ramdisk.",
  );
  const spec = { gpu: { count: 2 }, withoutGpuTests: "their driver is not out yet" };
  await asOperator(lab.app.db, (tx) =>
    tx.update(nodeTypes).set({ spec }).where(eq(nodeTypes.id, nodeTypeId)),
  );
  await order(id, "verify");
  await untilNode(lab, id, "available");
  const [kept] = await listInspections(lab.worker.db, id, 1);
  expect(kept).toMatchObject({ accepted: true, ordered: burnIn });
});

test("a machine that goes off in its burn-in has failed it, and that is kept", async () => {
  await lab.rack.control.setFaults("dies", ["dies-in-burn-in"]);
  const id = await lab.enrol("dies", { inspection: burnIn });
  await untilNode(lab, id, "failed");
  expect((await nodeState(lab, id)).lifecycleReason).toBe(
    "The node went off before it reported. Last heard: memory: begins (0 %).",
  );
  const [kept] = await listInspections(lab.worker.db, id, 1);
  expect(kept).toMatchObject({ accepted: false, facts: null, tool: null });
});

test("a free node is inspected on an operator's order, and one that is not asked for is not", async () => {
  const id = await lab.enrol("free", {});
  await untilNode(lab, id, "available");
  expect(await listInspections(lab.worker.db, id, 9)).toEqual([]);
  expect(lab.rack.control.report("free").boots).toEqual([]);
  await order(id, "inspect");
  // One at a time, as with every other operation.
  const second = await orderNode(lab.app.db, lab.operator("node.operate"), {
    nodeId: id,
    order: "inspect",
    inspection: burnIn,
  });
  expect(second).toMatchObject({ ok: false, refusal: { kind: "not_now" } });
  const ended = async () => (await lastOperation(id))?.state;
  await expect.poll(ended, { timeout: 120_000 }).toBe("succeeded");
  expect(await lastOperation(id)).toMatchObject({ kind: "node.inspect" });
  const [kept] = await listInspections(lab.worker.db, id, 9);
  expect(kept).toMatchObject({ accepted: true, ordered: burnIn, conflicts: [] });
  const [node] = await lab.worker.db.select().from(nodes).where(eq(nodes.id, id));
  expect(node?.lifecycle).toBe("available");
});
