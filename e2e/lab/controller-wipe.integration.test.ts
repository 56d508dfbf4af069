import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nodes } from "#db/schema/nodes";
import { givenLab, type Lab, nodeState } from "#e2e/fixtures/lab";
import { startWorker } from "#e2e/fixtures/worker";
import type { FaultName } from "#e2e/simulator/faults";
import { acceptVariant } from "#lib/commands/accept-variant";
import { orderNode } from "#lib/commands/order-node";
import type { Id } from "#lib/domain/id";
import type { NodeTypeSpec } from "#lib/domain/node/node-type";
import { hasEnded } from "#lib/domain/operation/operation";
import { nodeDetail } from "#lib/views/node-detail";

// A node's controller and firmware over its life: judged at enrolment, changed and compared in wipes.

const spec: NodeTypeSpec = {
  gpu: { model: "H100", count: 8 },
  baseline: {
    firmware: [
      { component: "bios", match: "at_least", version: "1.1" },
      { component: "gpu", match: "exactly", version: "96.00.89.00.01", required: true },
    ],
    tpm: { want: "2.0", required: true },
    ipmiOff: { required: true },
    certificate: {},
    accounts: { allowed: [], required: true },
    secureBoot: { want: "off", required: true },
  },
  wipe: { controllerPassword: "required", biosReset: "required" },
};

let lab: Lab;
let worker: ReturnType<typeof startWorker>;

beforeAll(async () => {
  lab = await givenLab({
    network: 86,
    rack: {
      nodes: [
        { name: "plain", flavour: "plain" },
        { name: "dgx", flavour: "dgx" },
        { name: "strict", flavour: "plain" },
        { name: "refuses", flavour: "plain" },
        { name: "lies", flavour: "plain" },
        { name: "stale", flavour: "dgx" },
      ],
    },
  });
  worker = startWorker(lab);
});
afterAll(async () => {
  await worker?.stop();
  await lab?.close();
});

const patience = { timeout: 60_000, interval: 50 };
const until = (id: Id<"node">, lifecycle: string) =>
  expect
    .poll(async () => {
      const node = await nodeState(lab, id);
      return [node.lifecycle, node.lifecycle === lifecycle ? "" : node.lifecycleReason];
    }, patience)
    .toEqual([lifecycle, ""]);

async function sanitize(nodeId: Id<"node">) {
  const order = { nodeId, order: "sanitize" } as const;
  const result = await orderNode(lab.app.db, lab.operator("node.operate"), order);
  expect(result).toMatchObject({ ok: true });
}

async function detail(id: Id<"node">) {
  const found = await nodeDetail(lab.app.db, lab.operator("fleet.read"), id);
  if (!found) throw new Error(`no ${id}`);
  return found;
}

const outcomes = async (id: Id<"node">) =>
  (await detail(id)).wipes[0]?.measures.map(({ kind, outcome }) => `${kind} ${outcome}`);

test("a wipe gives each controller a new password, and finds what a tenant left behind", async () => {
  const delivered = lab.rack.nodes.map(({ password }) => password);
  const ids = [await lab.enrol("plain", spec), await lab.enrol("dgx", spec)];
  for (const id of ids) await until(id, "available");
  for (const id of ids) {
    expect((await detail(id)).baseline.map(({ verdict }) => verdict)).toEqual(Array(7).fill("met"));
    await sanitize(id);
  }
  for (const id of ids) {
    // It is available until the worker has begun.
    await expect.poll(async () => (await detail(id)).wipes.length, patience).toBe(1);
    await until(id, "available");
  }
  for (const [at, id] of ids.entries()) {
    expect(await outcomes(id)).toEqual([
      "bios_reset done",
      // A DGX has a BIOS setting for it, the other one nothing. Beside a reset nothing shows that it was done.
      at === 0 ? "tpm_clear not_offered" : "tpm_clear ordered",
      "controller_password done",
      "controller_accounts done",
      "firmware done",
    ]);
    const { password, requests } = lab.rack.control.report(at === 0 ? "plain" : "dgx");
    expect(password).not.toBe(delivered[at]);
    expect(requests.failedLogins).toBe(0);
    expect((await detail(id)).controller.passwordChangedAt).not.toBeNull();
  }

  const [plain] = ids as [Id<"node">];
  await lab.rack.control.setFaults("plain", ["extra-account", "firmware-changed", "bios-changed"]);
  await sanitize(plain);
  await expect
    .poll(async () => (await nodeState(lab, plain)).lifecycleReason, patience)
    .toBe(
      "It differs from its node type. Controller accounts: expected none enabled but Ingot's own, found also backdoor. Accounts of the controller since it was last in order: backdoor came. Firmware of HostBIOS_0 since it was last in order: 6.6.6, and was 1.1.3. BIOS since it was last in order: 6.6.6, and was 1.1.3.",
    );
  expect((await nodeState(lab, plain)).lifecycle).toBe("quarantined");
  expect((await outcomes(plain))?.slice(3)).toEqual([
    "controller_accounts failed",
    "firmware failed",
  ]);
  const [reset] = (await detail(plain)).wipes[0]?.measures ?? [];
  expect(reset).toEqual({
    kind: "bios_reset",
    outcome: "done",
    words:
      "The BIOS settings were reset at the wipe's start: the order does not wait any more, and 1 that had been changed are so no more.",
  });
  // No names and no versions in what a tenant reads.
  expect(JSON.stringify((await detail(plain)).wipes[0]?.measures)).not.toMatch(
    /backdoor|6\.6\.6|HyperThreading/,
  );

  // The account is taken away; the firmware is the operator's own, and accepted.
  await lab.rack.control.setFaults("plain", ["firmware-changed"]);
  const { differences } = await detail(plain);
  const accepted = await acceptVariant(lab.app.db, lab.operator("node.enrol"), {
    nodeId: plain,
    differences: differences.filter(({ field }) => field === "record.firmware"),
    reason: "We flashed it",
  });
  expect(accepted).toMatchObject({ ok: true });
  await sanitize(plain);
  await expect.poll(async () => (await detail(plain)).wipes.length, patience).toBe(3);
  await until(plain, "available");
});

test("what is required and cannot be done or told keeps a node back, with the sentence", async () => {
  const erot = { component: "erot", match: "at_least", version: "1", required: true } as const;
  const id = await lab.enrol("strict", { ...spec, baseline: { firmware: [erot] } });
  await expect
    .poll(async () => (await nodeState(lab, id)).lifecycleReason, patience)
    .toBe(
      "It differs from its node type. Firmware of erot: expected 1 or newer; the controller does not say.",
    );
  const accepted = await acceptVariant(lab.app.db, lab.operator("node.enrol"), {
    nodeId: id,
    differences: (await detail(id)).differences,
    reason: "Seen on its console",
  });
  expect(accepted).toMatchObject({ ok: true });
  await until(id, "available");

  await lab.rack.control.setFaults("strict", ["password-refused"]);
  await sanitize(id);
  await expect
    .poll(async () => (await nodeState(lab, id)).lifecycleReason, patience)
    .toMatch(/^The controller refused a new password: 400 /);
  const [row] = await lab.worker.db.select().from(nodes).where(eq(nodes.id, id));
  expect(row?.lifecycle).toBe("quarantined");
  expect(await outcomes(id)).toContain("controller_password failed");
});

test("a new password that is refused, or taken and not kept, keeps any node back", async () => {
  // Of a node type that says nothing of wipes.
  const refuses = await lab.enrol("refuses");
  const lies = await lab.enrol("lies");
  for (const id of [refuses, lies]) await until(id, "available");
  await lab.rack.control.setFaults("refuses", ["password-refused"]);
  await lab.rack.control.setFaults("lies", ["password-lies"]);
  for (const id of [refuses, lies]) await sanitize(id);
  for (const id of [refuses, lies]) await until(id, "quarantined");
  expect((await nodeState(lab, refuses)).lifecycleReason).toMatch(
    /^The controller refused a new password: 400 /,
  );
  expect((await nodeState(lab, lies)).lifecycleReason).toBe(
    "The controller accepted a new password, and still takes the one before.",
  );
  for (const id of [refuses, lies]) {
    expect(await outcomes(id)).toContain("controller_password failed");
  }

  await lab.rack.control.setFaults("lies", []);
  await sanitize(lies);
  await until(lies, "available");
});

test("what a wipe ordered for its own start is read back, and keeps a node back that did not do it", async () => {
  const id = await lab.enrol("stale", spec);
  await until(id, "available");
  const wiped = async (...faults: FaultName[]) => {
    await lab.rack.control.setFaults("stale", faults);
    await sanitize(id);
    await expect
      .poll(async () => (await detail(id)).operations[0]?.state, patience)
      .toSatisfy((state) => state !== undefined && hasEnded(state));
    const { lifecycle, lifecycleReason } = await nodeState(lab, id);
    return `${lifecycle}: ${lifecycleReason}`;
  };
  expect(await wiped("tpm-clear-refused")).toMatch(
    /^quarantined: The controller did not take the order to clear the TPM: 400 /,
  );
  expect(await wiped("bios-reset-ignored", "tpm-clear-ignored", "bios-changed")).toBe(
    "quarantined: The controller took the order to clear the TPM, and the wipe's start did not carry it out: it still waits. It differs from what it was before. BIOS settings that a reset left since it was last in order: HyperThreading is Disabled, and was Enabled.",
  );
  expect((await outcomes(id))?.slice(0, 2)).toEqual([
    "bios_reset not_applied",
    "tpm_clear not_applied",
  ]);
  // Of a wipe that ended before it was read back the evidence says what was ordered.
  expect(await wiped("wipe-fails")).toMatch(/^quarantined: /);
  expect(await outcomes(id)).toEqual(["bios_reset ordered", "tpm_clear ordered"]);
  expect(await wiped()).toBe("available: null");
});
