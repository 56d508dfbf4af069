import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditEvents } from "#db/schema/audit-events";
import { controllerCredentials, nodes } from "#db/schema/nodes";
import { operationSteps, operations } from "#db/schema/operations";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { asOperator, givenFleet } from "#e2e/fixtures/launchable";
import { givenFleetGrant } from "#e2e/fixtures/people";
import type { Grant } from "#lib/access/authorize";
import { newSealingKeys } from "#lib/access/sealed";
import { acceptVariant } from "#lib/commands/accept-variant";
import { confirmCertificates } from "#lib/commands/confirm-certificates";
import { createNodeType } from "#lib/commands/create-node-type";
import { createRack } from "#lib/commands/create-rack";
import { createSite } from "#lib/commands/create-site";
import { enrolNodes } from "#lib/commands/enrol-nodes";
import { withdrawVariant } from "#lib/commands/withdraw-variant";
import type { Id } from "#lib/domain/id";
import { readEnrolmentSheet } from "#lib/schemas/enrolment-sheet";
import { readinessBoard } from "#lib/views/readiness-board";

let given: GivenConnections;
let grant: Grant<"node.enrol">;
const { publicKey } = newSealingKeys();

beforeAll(async () => {
  given = await givenConnections();
  grant = await givenFleetGrant(given.app, "node.enrol");
  const site = await createSite(given.app, grant, { name: "Luleå", bootOrigin: null });
  if (!site.ok) throw new Error("no site");
  await createRack(given.app, grant, { siteId: site.value.siteId, name: "r07", units: 48 });
  await createNodeType(given.app, await givenFleetGrant(given.app, "catalogue.edit"), {
    name: "dgx",
    spec: { gpu: { count: 8 } },
  });
});

afterAll(() => given?.close());

const heading = "name,controller,node_type,rack";

function sheet(...lines: string[]) {
  const read = readEnrolmentSheet({
    text: [heading, ...lines].join("\n"),
    username: "admin",
    password: "not-to-be-seen",
  });
  if (!read.ok) throw new Error(read.refusal.fields.text);
  return read.value;
}

async function enrol(...lines: string[]): Promise<string[]> {
  const done = await enrolNodes(given.app, grant, sheet(...lines), publicKey);
  return done.ok ? done.value.map((line) => line.outcome) : [];
}

/** Enrols one node and gives its id. */
async function enrolled(name: string): Promise<Id<"node">> {
  await enrol(`${name},${name}.bmc,dgx,r07`);
  const [row] = await given.worker.select().from(nodes).where(eq(nodes.name, name));
  if (!row) throw new Error(`${name} was not enrolled`);
  return row.id;
}

test("enrols the lines that can be, each with its credential, operation and audit event", async () => {
  expect(await enrol("a-1,10.0.0.1,dgx,r07", "a-2,10.0.0.2,dgx,r99", "A 3,x,dgx,r07")).toEqual([
    "enrol",
    "refused",
    "refused",
  ]);
  const [node] = await given.worker.select().from(nodes).where(eq(nodes.name, "a-1"));
  expect(node).toMatchObject({ controllerAddress: "10.0.0.1:443", lifecycle: "enrolled" });
  const id = node?.id ?? ("" as Id<"node">);
  const [credential] = await given.worker
    .select()
    .from(controllerCredentials)
    .where(eq(controllerCredentials.nodeId, id));
  expect(credential?.sealed).toBeTruthy();
  expect(credential?.sealed).not.toContain("not-to-be-seen");
  const queued = await given.worker.select().from(operations).where(eq(operations.nodeId, id));
  expect(queued).toMatchObject([{ kind: "node.enrol", state: "ready" }]);
  const audit = await asOperator(given.app, (tx) =>
    tx.select().from(auditEvents).where(eq(auditEvents.objectId, id)),
  );
  expect(audit).toMatchObject([{ action: "node.enrol", objectName: "a-1" }]);
  expect(JSON.stringify(audit)).not.toContain("not-to-be-seen");
});

test("a list that is sent again enrols only what is new", async () => {
  const lines = ["b-1,10.0.1.1,dgx,r07", "b-2,10.0.1.2,dgx,r07"] as const;
  expect(await enrol(lines[0])).toEqual(["enrol"]);
  expect(await enrol(...lines)).toEqual(["enrolled", "enrol"]);
  expect(await enrol(...lines)).toEqual(["enrolled", "enrolled"]);
});

test("two operators who send one list at once enrol each node once", async () => {
  const lines = Array.from({ length: 40 }, (_, at) => `c-${at},10.0.2.${at},dgx,r07`);
  const outcomes = await Promise.all([enrol(...lines), enrol(...lines), enrol(...lines)]);
  const made = outcomes.flat().filter((outcome) => outcome === "enrol");
  expect(made).toHaveLength(40);
  const rows = await given.worker.select().from(nodes);
  expect(rows.filter((node) => node.name.startsWith("c-"))).toHaveLength(40);
});

test("several certificates are confirmed together, or none when one of them is another by now", async () => {
  const ids = [await enrolled("d-1"), await enrolled("d-2")];
  const fingerprint = (digit: string) => Array(32).fill(`A${digit}`).join(":");
  for (const [at, id] of ids.entries()) {
    await given.worker
      .update(nodes)
      .set({ presentedFingerprint: fingerprint(String(at)), presentedCertificate: "PEM" })
      .where(eq(nodes.id, id));
  }
  const read = ids.map((nodeId, at) => ({ nodeId, fingerprint: fingerprint(String(at)) }));
  const waiting = await readinessBoard(
    given.app,
    await givenFleetGrant(given.app, "fleet.read"),
    {},
  );
  expect(waiting.certificates.shown.map((each) => each.name)).toEqual(["d-1", "d-2"]);

  const wrong = await confirmCertificates(given.app, grant, {
    certificates: [
      ...read.slice(0, 1),
      { nodeId: ids[1] as Id<"node">, fingerprint: fingerprint("9") },
    ],
  });
  expect(wrong).toMatchObject({
    ok: false,
    refusal: { kind: "not_now", reason: expect.stringContaining("d-2") },
  });
  const pinned = async () =>
    (await given.worker.select().from(nodes))
      .filter((node) => node.name.startsWith("d-"))
      .map((node) => node.controllerFingerprint);
  expect(await pinned()).toEqual([null, null]);

  const right = await confirmCertificates(given.app, grant, { certificates: read });
  expect(right).toMatchObject({ ok: true, value: { confirmed: 2 } });
  expect((await pinned()).sort()).toEqual([fingerprint("0"), fingerprint("1")]);
});

test("a difference is accepted as it was read, with who and why, and the node verified again", async () => {
  const id = await enrolled("e-1");
  const difference = {
    field: "gpu.count",
    expected: "8 × H100",
    found: "7",
    severity: "mismatch",
    words: "GPUs: expected 8 × H100, found 7",
  } as const;
  await given.worker
    .update(operations)
    .set({ state: "failed", finishedAt: new Date() })
    .where(eq(operations.nodeId, id));
  const [failed] = await given.worker.select().from(operations).where(eq(operations.nodeId, id));
  if (!failed) throw new Error("nothing was queued");
  await given.worker
    .insert(operationSteps)
    .values({ operationId: failed.id, name: "compare", position: 3, state: "failed" });
  await given.worker
    .update(nodes)
    .set({ lifecycle: "failed", differences: [difference] })
    .where(eq(nodes.id, id));

  const board = await readinessBoard(given.app, await givenFleetGrant(given.app, "fleet.read"), {});
  expect(board.stages.find((each) => each.stage === "failed")?.cards).toMatchObject([
    { name: "e-1", differences: [difference] },
  ]);

  const other = await acceptVariant(given.app, grant, {
    nodeId: id,
    differences: [{ field: "gpu.count", words: "GPUs: expected 8 × H100, found 6" }],
    reason: "one tray is at the workshop",
  });
  expect(other).toMatchObject({ ok: false, refusal: { kind: "not_now" } });

  const accepted = await acceptVariant(given.app, grant, {
    nodeId: id,
    differences: [{ field: "gpu.count", words: difference.words }],
    reason: "one tray is at the workshop",
  });
  expect(accepted).toMatchObject({ ok: true });
  const [node] = await given.worker.select().from(nodes).where(eq(nodes.id, id));
  expect(node?.acceptedDifferences).toMatchObject([
    { field: "gpu.count", found: "7", reason: "one tray is at the workshop", by: "Olga" },
  ]);
  const queued = await given.worker.select().from(operations).where(eq(operations.nodeId, id));
  expect(queued.map((operation) => operation.state).sort()).toEqual(["failed", "ready"]);

  await withdrawVariant(given.app, grant, { nodeId: id });
  const [after] = await given.worker.select().from(nodes).where(eq(nodes.id, id));
  expect(after?.acceptedDifferences).toEqual([]);
  const audit = await asOperator(given.app, (tx) =>
    tx.select().from(auditEvents).where(eq(auditEvents.objectId, id)),
  );
  expect(audit.map((event) => event.action)).toEqual([
    "node.enrol",
    "node.accept_variant",
    "node.withdraw_variant",
  ]);
});

test("the board counts every stage and says what keeps a node", async () => {
  await givenFleet(given.app, { racks: [3] });
  const board = await readinessBoard(given.app, await givenFleetGrant(given.app, "fleet.read"), {});
  const stage = (name: string) => board.stages.find((each) => each.stage === name);
  expect(stage("available")).toMatchObject({ count: 3 });
  expect(stage("enrolled")?.count).toBeGreaterThan(40);
  expect(stage("enrolled")?.cards).toHaveLength(12);
  expect(stage("enrolled")?.cards[0]?.work).toMatchObject({ label: "Waiting for a worker" });
});
