import { randomUUID } from "node:crypto";
import path from "node:path";
import { and, eq, inArray, isNull } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bootWindows } from "#db/schema/boot-windows";
import { allocations, environments } from "#db/schema/environments";
import { nodeFindings } from "#db/schema/node-findings";
import { controllerCredentials } from "#db/schema/nodes";
import { exchanges, operations } from "#db/schema/operations";
import { brokenInvariants } from "#e2e/fixtures/invariants";
import { givenLab, type Lab, nodeState } from "#e2e/fixtures/lab";
import { type GivenTenant, givenTenant } from "#e2e/fixtures/launchable";
import { startWorker, untilEnvironment, untilNode } from "#e2e/fixtures/worker";
import { abortEnvironment } from "#lib/commands/abort-environment";
import { changeCredential } from "#lib/commands/change-credential";
import { confirmCertificates } from "#lib/commands/confirm-certificates";
import { launchEnvironment } from "#lib/commands/launch-environment";
import { operateEnvironment } from "#lib/commands/operate-environment";
import { orderNode } from "#lib/commands/order-node";
import { releaseEnvironment } from "#lib/commands/release-environment";
import { retryEnvironment } from "#lib/commands/retry-environment";
import { setAsideNode } from "#lib/commands/set-aside-node";
import type { Id } from "#lib/domain/id";
import type { NodeTypeSpec } from "#lib/domain/node/node-type";
import { readinessBoard } from "#lib/views/readiness-board";

// What goes wrong in a rack, and where each of it ends: in a state with words, with nothing lost
// and nothing held.

let lab: Lab;
let tenant: GivenTenant;
let worker: ReturnType<typeof startWorker>;

const names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
/** Boots neither from an address nor by PXE. */
const media = "media";

beforeAll(async () => {
  lab = await givenLab({
    network: 42,
    rack: {
      nodes: [
        ...names.map((name) => ({ name, flavour: "plain" as const })),
        { name: media, flavour: "media-only" },
      ],
      fixtures: capturedNames.map((name) => ({
        name,
        file: path.join(process.cwd(), `../shared/fixtures/redfish/${name}.json.gz`),
      })),
    },
    settings: { bootLimitMs: 600_000, powerLimitMs: 600_000, sanitizeLimitMs: 600_000 },
  });
  tenant = await givenTenant(lab.app.db, { fleet: lab.fleet, gpuLimit: 16, gpuModel: "H100" });
  worker = startWorker(lab);
});

afterAll(async () => {
  expect(await brokenInvariants(lab.superuserUrl)).toEqual([]);
  await worker?.stop();
  await lab?.close();
});

const faults = (name: string, ...list: string[]) => lab.rack.control.setFaults(name, list);

/** For as long as this takes, what never comes is given up soon; all else has a busy machine's time. */
async function impatiently(work: () => Promise<void>): Promise<void> {
  await worker.stop();
  worker = startWorker(lab, {
    bootLimitMs: 2_500,
    powerLimitMs: 4_000,
  });
  await work();
  await worker.stop();
  worker = startWorker(lab);
}

async function launch(name: string, count = 1) {
  const result = await launchEnvironment(lab.app.db, tenant.grant("environment.launch"), {
    requestKey: randomUUID(),
    name,
    templateVersionId: lab.fleet.templateVersionId,
    imageId: lab.fleet.imageId,
    counts: { workers: count },
    sshKeyIds: [tenant.keyId],
    pastedKey: "",
  });
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
  return result.value.environmentId;
}

async function order(nodeId: Id<"node">, what: "verify" | "sanitize") {
  const result = await orderNode(lab.app.db, lab.operator("node.operate"), { nodeId, order: what });
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
  return result.value.operationId;
}

async function untilEnded(id: Id<"operation">) {
  const read = async () => {
    const [row] = await lab.worker.db.select().from(operations).where(eq(operations.id, id));
    return row?.finishedAt;
  };
  await expect.poll(read, { timeout: 120_000 }).toBeTruthy();
}

async function release(environmentId: Id<"environment">, name: string) {
  const result = await releaseEnvironment(lab.app.db, tenant.grant("environment.release"), {
    requestKey: randomUUID(),
    environmentId,
    confirmName: name,
  });
  expect(result).toMatchObject({ ok: true });
}

async function holding(environmentId: Id<"environment">) {
  return lab.worker.db
    .select()
    .from(allocations)
    .where(and(eq(allocations.environmentId, environmentId), isNull(allocations.releasedAt)));
}

async function free(...ids: Id<"node">[]) {
  for (const id of ids) {
    await setAsideNode(lab.app.db, lab.operator("node.operate"), {
      nodeId: id,
      to: "retired",
      reason: "the test is over",
    });
  }
}

/**
 * What each captured controller is, counted in its tree by hand (the driver's own tests count more), and
 * what it cannot give: what it lacks of the standard, sections that are told in part, and why.
 */
const captures = {
  "nvidia-dgx-h100": {
    type: {
      ...{ manufacturer: "NVIDIA", model: "DGXH100", cpu: { sockets: 2, coresPerSocket: 56 } },
      ...{ memory: { gib: 2048, tolerancePercent: 0 }, drives: { count: 10, minSizeGb: 1900 } },
      gpu: { model: "H100", count: 8, memoryGib: 80 },
      nics: { ethernet: 5, infiniband: 9 },
    },
    parts: { gpus: 8, drives: 10, nics: 14, modules: 32, supplies: 6, dpus: 0 },
    lacks: ["virtual_media warn"],
    inPart: [],
  },
  "dell-idrac": {
    type: {
      ...{ manufacturer: "Dell Inc.", cpu: { sockets: 2, coresPerSocket: 18 } },
      ...{ memory: { gib: 512, tolerancePercent: 0 }, drives: { count: 3, minSizeGb: 1900 } },
      gpu: { model: "H100 PCIe", count: 1 },
      ...{ nics: { ethernet: 5, infiniband: 2 }, dpus: { count: 1 } },
    },
    parts: { gpus: 1, drives: 3, nics: 7, modules: 16, supplies: 2, dpus: 1 },
    lacks: ["boot_http warn", "etag unknown"],
    inPart: [],
  },
  "lenovo-xcc": {
    type: {
      ...{ manufacturer: "Lenovo", cpu: { sockets: 2, coresPerSocket: 32 } },
      ...{ memory: { gib: 1024, tolerancePercent: 0 }, drives: { count: 4, minSizeGb: 900 } },
      ...{ gpu: { model: "L40", count: 8 }, nics: { ethernet: 4 }, dpus: { count: 1 } },
    },
    parts: { gpus: 8, drives: 4, nics: 4, modules: 16, supplies: 4, dpus: 1 },
    lacks: ["boot_http warn"],
    inPart: [],
  },
  "hpe-ilo-dl380a": {
    type: {
      ...{ manufacturer: "HPE", cpu: { sockets: 2, coresPerSocket: 32 } },
      ...{ memory: { gib: 512, tolerancePercent: 0 }, drives: { count: 7, minSizeGb: 1600 } },
      gpu: { model: "H100 NVL", count: 2 },
    },
    parts: { gpus: 2, drives: 7, nics: 2, modules: 16, supplies: 4, dpus: 0 },
    lacks: ["boot_http warn"],
    inPart: [],
  },
  "nvidia-bluefield-dpu": {
    // The card's own controller: it tells neither processors nor memory, and is no DPU in a host.
    type: { model: "BlueField-3 SmartNIC Main Card", gpu: null },
    parts: { gpus: 0, drives: 0, nics: 3, modules: 0, supplies: 0, dpus: 1 },
    lacks: [
      ...["boot_hdd warn", "boot_cd warn", "virtual_media warn", "processors fail"],
      ...["memory warn", "trusted_modules warn", "etag unknown"],
    ],
    inPart: ["log"],
  },
  "dmtf-public-rackmount1": {
    type: {
      ...{ manufacturer: "Contoso", cpu: { sockets: 1, coresPerSocket: 8 }, gpu: null },
      ...{ memory: { gib: 96, tolerancePercent: 0 }, drives: { count: 2, minSizeGb: 4000 } },
    },
    parts: { gpus: 0, drives: 2, nics: 1, modules: 3, supplies: 1, dpus: 0 },
    lacks: ["boot_http warn", "virtual_media warn", "storage warn", "etag unknown"],
    inPart: [],
  },
} as const satisfies Record<string, { type: NodeTypeSpec } & Record<string, unknown>>;
type Captured = keyof typeof captures;
const capturedNames = Object.keys(captures) as Captured[];

/** What discovery kept of a node: its parts, and what it says it could not have. */
async function kept(id: Id<"node">) {
  const { inventory } = await nodeState(lab, id);
  const [found] = await lab.worker.db
    .select()
    .from(nodeFindings)
    .where(eq(nodeFindings.nodeId, id));
  const missing = found?.conformance?.rows.filter(({ verdict }) => verdict !== "pass") ?? [];
  // Each says in words what is lost by it, and each that was left out says where and why.
  expect(missing.filter(({ effect }) => !effect)).toEqual([]);
  const sections = found?.sources.filter(({ complete }) => !complete) ?? [];
  expect(found?.unread.length ?? 0).toBeGreaterThanOrEqual(sections.length);
  return {
    parts: {
      gpus: inventory?.gpus?.length,
      drives: inventory?.drives.length,
      nics: inventory?.nics.length,
      modules: inventory?.memory.modules.length,
      supplies: inventory?.powerSupplies?.length,
      dpus: inventory?.dpus?.length,
    },
    lacks: missing.map(({ id: row, verdict }) => `${row} ${verdict}`),
    inPart: sections.map(({ section }) => section),
  };
}

// Guarantee: each vendor's captured controller gets through the whole enrolment: an operator confirms its
// certificate on the readiness board, nothing is sent to it before, and it ends there as available, with
// what it is made of and what it cannot give. Goes red when one of them is refused, asked too often, or
// has lost a part on its way into the database.
test("every captured controller is enrolled over HTTPS, from its certificate to the board's last column", async () => {
  const board = () => readinessBoard(lab.app.db, lab.operator("fleet.read"), {});
  const ids = new Map<Captured, Id<"node">>();
  for (const name of capturedNames) {
    ids.set(name, await lab.enrol(name, captures[name].type, "shown"));
  }
  const shown = async () => (await board()).certificates.shown.map(({ name }) => name);
  await expect.poll(shown, { timeout: 60_000 }).toEqual([...capturedNames].sort());
  const { certificates, stages } = await board();
  expect(stages.find(({ stage }) => stage === "verifying")?.count).toBe(capturedNames.length);
  for (const { name, fingerprint } of certificates.shown) {
    const known = lab.rack.fixtures.find((fixture) => fixture.name === name);
    expect(fingerprint).toBe(known?.certificate.fingerprint);
  }
  const all = [...ids.values()];
  const sent = () => lab.worker.db.$count(exchanges, inArray(exchanges.nodeId, all));
  expect(await sent()).toBe(0);
  const confirmed = await confirmCertificates(lab.app.db, lab.operator("node.enrol"), {
    certificates: certificates.shown,
  });
  expect(confirmed).toMatchObject({ ok: true });

  const inMotion = async () =>
    (await board()).stages.filter(
      ({ stage, count }) => count > 0 && stage !== "available" && stage !== "failed",
    );
  await expect.poll(inMotion, { timeout: 120_000 }).toEqual([]);
  for (const [name, id] of ids) {
    expect(await nodeState(lab, id), name).toMatchObject({
      ...{ lifecycleReason: null, lifecycle: "available", differences: [] },
    });
    const { type: _, ...told } = captures[name];
    expect.soft(await kept(id), name).toEqual(told);
    const asked = await lab.worker.db.$count(exchanges, eq(exchanges.nodeId, id));
    expect(asked, name).toBeLessThan(150);
  }
  const { inventory } = await nodeState(lab, ids.get("nvidia-dgx-h100") as Id<"node">);
  expect(new Set(inventory?.gpus?.map((gpu) => gpu.serial)).size).toBe(8);
  // Each was read somewhere else, and that is kept with it.
  const paths = inventory?.gpus?.map((gpu) => gpu.path?.replace(/\d$/, "N"));
  expect(paths).toEqual(Array(8).fill("/redfish/v1/Systems/HGX_Baseboard_0/Processors/GPU_SXM_N"));
  const cards = (await board()).stages.find(({ stage }) => stage === "available")?.cards ?? [];
  expect(cards.map((card) => card.name).sort()).toEqual([...capturedNames].sort());
  // They answer reads only: they must not be given to anyone.
  await free(...all);
});

test("a node with seven GPUs says which field differs, and is nobody's", async () => {
  await faults("a", "wrong-gpu-count");
  const id = await lab.enrol("a");
  await untilNode(lab, id, "failed");
  const node = await nodeState(lab, id);
  expect(node.lifecycleReason).toContain("GPUs: expected 8");
  expect(node.differences.map((difference) => difference.field)).toContain("gpu.count");

  await faults("a");
  await order(id, "verify");
  await untilNode(lab, id, "available");
  await free(id);
});

test("a refused sign-in is tried once, and again only after another was entered", async () => {
  await faults("b", "bmc-401");
  const id = await lab.enrol("b");
  await untilNode(lab, id, "failed");
  expect((await nodeState(lab, id)).controllerState).toBe("auth_failed");
  const { requests } = lab.rack.control.report("b");
  expect(requests.failedLogins).toBeLessThanOrEqual(1);

  // Verifying again with the refused credential does not reach the controller.
  const before = lab.rack.control.report("b").requests.total;
  await untilEnded(await order(id, "verify"));
  await untilNode(lab, id, "failed");
  expect(lab.rack.control.report("b").requests.total).toBe(before);

  await faults("b");
  const known = lab.rack.nodes.find((node) => node.name === "b");
  if (!known) throw new Error("no node b");
  await changeCredential(
    lab.app.db,
    lab.operator("credential.edit"),
    { nodeId: id, username: known.username, password: known.password },
    lab.sealingKey,
  );
  await order(id, "verify");
  await untilNode(lab, id, "available");
  const [credential] = await lab.worker.db
    .select()
    .from(controllerCredentials)
    .where(eq(controllerCredentials.nodeId, id));
  expect(credential).toMatchObject({ state: "good", version: 2 });
  expect(credential?.sealed).not.toContain(known.password);
  await free(id);
});

test("a controller that shows another certificate gets no credential until an operator confirms it, and is good again", async () => {
  const id = await lab.enrol("c");
  await untilNode(lab, id, "available");
  await faults("c", "certificate-changed");
  await order(id, "verify");
  await untilNode(lab, id, "failed");
  expect((await nodeState(lab, id)).controllerState).toBe("certificate_changed");
  const confirm = (fingerprint: string) =>
    confirmCertificates(lab.app.db, lab.operator("node.enrol"), {
      certificates: [{ nodeId: id, fingerprint }],
    });
  const { controllerFingerprint: before, presentedFingerprint: shown } = await nodeState(lab, id);
  if (!before || !shown) throw new Error("no certificate was read");
  expect(await confirm(before)).toMatchObject({ ok: false, refusal: { kind: "not_now" } });
  expect(await confirm(shown)).toMatchObject({ ok: true });
  await order(id, "verify");
  await untilNode(lab, id, "available");

  // On a node that a tenant has it may change as well: the release waits for the operator's word, and goes on.
  const environmentId = await launch("renewed");
  await untilEnvironment(lab, environmentId, "ready");
  await faults("c");
  await release(environmentId, "renewed");
  const shows = async () => (await nodeState(lab, id)).presentedFingerprint;
  await expect.poll(shows, { timeout: 60_000 }).toBe(before);
  expect((await nodeState(lab, id)).lifecycle).not.toBe("available");
  expect(await confirm(before)).toMatchObject({ ok: true });
  await untilNode(lab, id, "available");
  await free(id);
});

test("answers that make no sense, or never end, fail the enrolment in words", async () => {
  for (const [name, fault] of [
    ["d", "malformed-json"],
    ["e", "huge-answer"],
  ] as const) {
    await faults(name, fault);
    const id = await lab.enrol(name);
    await untilNode(lab, id, "failed");
    expect((await nodeState(lab, id)).lifecycleReason).toBeTruthy();
    await faults(name);
    await free(id);
  }
});

test("a node that never boots: clear failure, quarantined, its quota free; a retry takes another", async () => {
  const bad = await lab.enrol("f");
  await untilNode(lab, bad, "available");
  await faults("f", "never-boots");
  const environmentId = await launch("never");
  await impatiently(() => untilEnvironment(lab, environmentId, "failed"));

  const node = await nodeState(lab, bad);
  expect(node.lifecycle).toBe("quarantined");
  expect(node.lifecycleReason).toContain("Fetch the boot script");
  expect(await holding(environmentId)).toEqual([]);
  const [environment] = await lab.worker.db
    .select()
    .from(environments)
    .where(eq(environments.id, environmentId));
  expect(environment?.stateReason).toContain("Fetch the boot script");
  const [failed] = await lab.worker.db
    .select()
    .from(operations)
    .where(and(eq(operations.nodeId, bad), eq(operations.kind, "node.deploy")));
  if (!failed) throw new Error("no operation");
  const evidence = await lab.worker.db
    .select()
    .from(exchanges)
    .where(eq(exchanges.operationId, failed.id));
  expect(evidence.length).toBeGreaterThan(0);
  // What was done was taken back: off, and no window open.
  expect(lab.rack.control.report("f").power).toBe("Off");
  const open = await lab.worker.db
    .select()
    .from(bootWindows)
    .where(and(eq(bootWindows.nodeId, bad), isNull(bootWindows.closedAt)));
  expect(open).toEqual([]);

  const good = await lab.enrol("g");
  await untilNode(lab, good, "available");
  const retried = await retryEnvironment(lab.app.db, tenant.grant("environment.operate"), {
    requestKey: randomUUID(),
    environmentId,
  });
  expect(retried).toMatchObject({ ok: true });
  await untilEnvironment(lab, environmentId, "ready");
  expect((await holding(environmentId)).map((held) => held.nodeId)).toEqual([good]);
  // It booted by HTTP from a secret address: nobody is given its tokens who knows its MAC address.
  const booted = await lab.worker.db
    .select({ mac: bootWindows.mac })
    .from(bootWindows)
    .where(eq(bootWindows.nodeId, good));
  expect(booted).toEqual([{ mac: null }]);

  // Repaired and wiped, the quarantined node comes back.
  await faults("f");
  await order(bad, "sanitize");
  await untilNode(lab, bad, "available");
  await release(environmentId, "never");
  await untilNode(lab, good, "available");
  await free(bad, good);
});

test("a node that boots from virtual media alone is launched, given back and wiped, and nothing stays in its drive", async () => {
  const id = await lab.enrol(media);
  await untilNode(lab, id, "available");
  const environmentId = await launch("from-a-cd");
  await untilEnvironment(lab, environmentId, "ready");
  const launched = lab.rack.control.report(media);
  expect(launched.medium).toBeNull();
  expect(launched.boots).toMatchObject([
    { device: expect.stringMatching(/^http:.+\/b\/[0-9a-f]{32}\/boot\.iso$/), kind: "deploy" },
  ]);
  // Its controller's address is not taken for its own, nor its own for that of a stranger.
  const [controllerHost] = launched.controllerAddress.split(":");
  const windowsOf = () =>
    lab.worker.db
      .select({
        ...{ way: bootWindows.way, mac: bootWindows.mac, purpose: bootWindows.purpose },
        ...{ places: bootWindows.places, peer: bootWindows.peerAddress },
        wrongPlaces: bootWindows.wrongPlaces,
      })
      .from(bootWindows)
      .where(eq(bootWindows.nodeId, id))
      .orderBy(bootWindows.openedAt);
  const asked = { way: "cd", mac: null, wrongPlaces: 0, peer: launched.address };
  const deployed = {
    ...{ ...asked, purpose: "deploy" },
    places: { medium: controllerHost, system: launched.address },
  };
  expect(await windowsOf()).toEqual([deployed]);
  expect((await nodeState(lab, id)).address).toBe(launched.address);

  await release(environmentId, "from-a-cd");
  await untilEnvironment(lab, environmentId, "released");
  await untilNode(lab, id, "available");
  const wiped = lab.rack.control.report(media);
  expect([wiped.medium, wiped.power]).toEqual([null, "Off"]);
  expect(wiped.boots.map(({ kind }) => kind)).toEqual(["deploy", "sanitize"]);
  expect((await windowsOf())[1]).toMatchObject({
    ...{ way: "cd", purpose: "sanitize" },
    places: { medium: controllerHost, job: launched.address },
  });
  // What was said to its controller is kept, without what opens the boot.
  const said = await lab.worker.db.select().from(exchanges).where(eq(exchanges.nodeId, id));
  const inserted = said.filter(({ path }) => path.endsWith("InsertMedia"));
  expect(inserted.map(({ requestBody }) => requestBody)).toEqual(
    Array(2).fill(expect.stringContaining("/b/•••/boot.iso")),
  );
  expect(JSON.stringify(said)).not.toMatch(/\/[0-9a-f]{32}\//);
  await free(id);
});

test("a medium that is refused, or never started from and not let go of, fails a launch with nothing left in the drive", async () => {
  const id = await lab.enrol(media);
  await untilNode(lab, id, "available");
  const failed = async (environmentId: Id<"environment">, why: string) => {
    await untilEnvironment(lab, environmentId, "failed");
    const { lifecycle, lifecycleReason } = await nodeState(lab, id);
    expect(lifecycle).toBe("quarantined");
    expect(lifecycleReason).toContain(why);
    expect(lab.rack.control.report(media)).toMatchObject({
      ...{ medium: null, power: "Off" },
      boot: { target: "Hdd" },
    });
    await faults(media);
    await order(id, "sanitize");
    await untilNode(lab, id, "available");
  };
  await faults(media, "medium-refused");
  const refused = await launch("refused");
  await failed(refused, "is in a format not recognized by the service");

  await faults(media, "never-boots", "medium-stays");
  const silent = await launch("silent");
  await impatiently(async () => {
    await untilMediumStays(silent);
    await faults(media, "never-boots");
    await untilEnvironment(lab, silent, "failed");
  });
  await failed(silent, "Fetch the boot script");
  for (const [environmentId, name] of [
    [refused, "refused"],
    [silent, "silent"],
  ] as const) {
    await release(environmentId, name);
  }
  await free(id);
});

/** What cannot be taken out is not forgotten, and not called done. */
async function untilMediumStays(environmentId: Id<"environment">) {
  const waitsFor = async () => {
    const [row] = await lab.worker.db
      .select()
      .from(operations)
      .where(and(eq(operations.environmentId, environmentId), eq(operations.kind, "node.deploy")));
    return row?.waitReason;
  };
  await expect
    .poll(waitsFor, { timeout: 120_000, interval: 50 })
    .toMatch(/^taking back "Set network boot": .+ still holds http:.+\/b\/•••\/boot\.iso$/);
  expect(lab.rack.control.report(media).medium).not.toBeNull();
}

test("a node whose power does not follow its controller's word is taken aside", async () => {
  const id = await lab.enrol("h");
  await untilNode(lab, id, "available");
  await faults("h", "power-lies");
  const environmentId = await launch("lies");
  await impatiently(() => untilEnvironment(lab, environmentId, "failed"));
  expect((await nodeState(lab, id)).lifecycleReason).toContain("Power on");
  await faults("h");
  await release(environmentId, "lies");
  await untilEnvironment(lab, environmentId, "released");
  await free(id);
});

test("a wipe that fails keeps the node from everyone until it has been wiped", async () => {
  const id = await lab.enrol("i");
  await untilNode(lab, id, "available");
  const environmentId = await launch("wipe");
  await untilEnvironment(lab, environmentId, "ready");
  await faults("i", "wipe-fails");
  await release(environmentId, "wipe");
  // The tenant is done at once: the wipe is ours.
  await untilEnvironment(lab, environmentId, "released");
  await untilNode(lab, id, "quarantined");
  expect((await nodeState(lab, id)).lifecycleReason).toContain("Not wiped");
  const verify = await orderNode(lab.app.db, lab.operator("node.operate"), {
    nodeId: id,
    order: "verify",
  });
  expect(verify).toMatchObject({ ok: false, refusal: { kind: "not_now" } });
  await faults("i");
  await order(id, "sanitize");
  await untilNode(lab, id, "available");
  await free(id);
});

test("an abort takes back what was done and keeps the nodes; a retry goes on with them", async () => {
  const id = await lab.enrol("j");
  await untilNode(lab, id, "available");
  await faults("j", "no-phone-home");
  const environmentId = await launch("abort");
  const waiting = async () =>
    (await lab.worker.db.select().from(operations).where(eq(operations.nodeId, id))).some(
      (operation) => operation.step === "phone_home",
    );
  await expect.poll(waiting, { timeout: 120_000 }).toBe(true);
  const aborted = await abortEnvironment(lab.app.db, tenant.grant("environment.operate"), {
    environmentId,
  });
  expect(aborted).toMatchObject({ ok: true });
  await untilEnvironment(lab, environmentId, "failed");
  expect(lab.rack.control.report("j").power).toBe("Off");
  expect(await holding(environmentId)).toHaveLength(1);
  await faults("j");
  await retryEnvironment(lab.app.db, tenant.grant("environment.operate"), {
    requestKey: randomUUID(),
    environmentId,
  });
  await untilEnvironment(lab, environmentId, "ready");

  // A controller that is away does not hold up the tenant's quota: only the node is ours to mend.
  await faults("j", "bmc-unreachable");
  await release(environmentId, "abort");
  expect(await holding(environmentId)).toEqual([]);
  const stuck = async () =>
    (await lab.worker.db.select().from(operations).where(eq(operations.nodeId, id))).some(
      (operation) => operation.kind === "node.reclaim" && operation.state === "stuck",
    );
  await impatiently(() => expect.poll(stuck, { timeout: 120_000 }).toBe(true));
  await setAsideNode(lab.app.db, lab.operator("node.operate"), {
    nodeId: id,
    to: "quarantined",
    reason: "the controller is dead",
  });
  await untilEnvironment(lab, environmentId, "released");
  await faults("j");
  await free(id);
});

test("stopped and started again, an environment keeps its nodes and its quota", async () => {
  await faults("a");
  const id = await lab.enrol("a");
  await untilNode(lab, id, "available");
  const environmentId = await launch("cycle");
  await untilEnvironment(lab, environmentId, "ready");
  for (const [command, state, power] of [
    ["stop", "stopped", "Off"],
    ["start", "ready", "On"],
    ["restart", "ready", "On"],
  ] as const) {
    await operateEnvironment(lab.app.db, tenant.grant("environment.operate"), {
      requestKey: randomUUID(),
      environmentId,
      command,
    });
    await untilEnvironment(lab, environmentId, state);
    expect(lab.rack.control.report("a").power).toBe(power);
    expect(await holding(environmentId)).toHaveLength(1);
  }
  await release(environmentId, "cycle");
  await untilNode(lab, id, "available");
});
