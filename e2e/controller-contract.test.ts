import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { offerMedium } from "#e2e/fixtures/boot-medium";
import { type Rack, startRack } from "#e2e/simulator/rack";
import { offerBoot, startTestPortal, type TestPortal } from "#e2e/simulator/test-portal";
import { compareInventory, nodeTypeFromInventory } from "#lib/domain/node/node-type";
import { redfishDriver } from "#lib/drivers/redfish/open-controller";
import { certificateReader } from "#lib/drivers/redfish/read-certificate";
import type { Controller, ControllerCredential, Exchange } from "#lib/ports/controller";

// The driver and the simulated rack were written against the specification and not against each
// other; what they agree on here is what both took from it.

const allowedNetworks = ["127.0.0.0/8"];
const patience = { timeout: 60_000, interval: 20 };
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

let rack: Rack;
let portal: TestPortal;
beforeAll(async () => {
  portal = await startTestPortal();
  rack = await startRack({
    network: 61,
    timing: { powerMs: 20, bootMs: 20, shutdownMs: 20 },
    lockout: { after: 3, forMs: 60_000 },
    nodes: [
      { name: "dgx" },
      { name: "plain", flavour: "plain", nvlinkRack: "1821220000000" },
      { name: "pxe", flavour: "pxe-only" },
      { name: "media", flavour: "media-only" },
      { name: "cpu", flavour: "plain", gpus: 0 },
      { name: "faulty" },
      { name: "guarded" },
    ],
  });
});
afterAll(async () => {
  await rack?.close();
  await portal?.close();
});

const open: Controller[] = [];
afterEach(async () => {
  for (const controller of open.splice(0)) await controller.close();
});

function identity(name: string) {
  const node = rack.nodes.find((candidate) => candidate.name === name);
  if (node === undefined) throw new Error(`no node ${name}`);
  return node;
}

function controllerOf(
  name: string,
  credential: ControllerCredential = identity(name),
): { controller: Controller; exchanges: Exchange[] } {
  const { controllerAddress, certificate } = identity(name);
  const exchanges: Exchange[] = [];
  const controller = redfishDriver({
    allowedNetworks,
    limits: { requestTimeoutMs: 1_500, busyWaitMs: 50, settleMs: 20 },
  })({
    endpoint: {
      address: controllerAddress,
      fingerprint: certificate.fingerprint,
      certificatePem: certificate.pem,
    },
    credential: { username: credential.username, password: credential.password },
    record: (exchange) => exchanges.push(exchange),
  });
  open.push(controller);
  return { controller, exchanges };
}

const powerIs = (controller: Controller, power: string) =>
  vi.waitFor(async () => expect(await controller.powerState()).toBe(power), patience);

describe.each(["dgx", "plain", "pxe", "media"])("a %s node", (name) => {
  test("tells what is beside its parts, and lacks nothing that is needed", async () => {
    const { controller } = controllerOf(name);
    // The tray of a DGX is silent while its host is off.
    await controller.power("on");
    await powerIs(controller, "on");
    const inventory = await controller.inventory();
    const guids = inventory.nics.filter(({ kind }) => kind === "infiniband");
    expect(guids.map(({ portGuid }) => portGuid)).toEqual(
      Array(8).fill(expect.stringMatching(/^5c257303[0-9a-f]{8}$/)),
    );
    expect(inventory.gpus?.map(({ nvlinks }) => nvlinks)).toEqual(Array(8).fill(18));
    // One of them is a tray of a rack whose NVLink reaches over several nodes.
    const tray = {
      chassisSerial: "1821220000000",
      slot: expect.any(Number),
      tray: expect.any(Number),
    };
    expect(inventory.nvlinkPlace).toEqual(name === "plain" ? tray : null);
    expect(inventory.pcieDevices?.[0]).toMatchObject({ vendorId: "10de", pcie: "Gen5 x16" });
    expect(inventory.readings?.filter(({ kind }) => kind === "temperature")).not.toEqual([]);
    expect(inventory.powerSupplies).toHaveLength(6);
    expect(inventory.log?.at(-1)?.message).toBe("The event log was cleared.");
    expect(inventory.secureBoot?.enabled).toBe(false);
    expect(inventory.manager?.ipmiOverLan).toBe(false);
    const failed = inventory.conformance?.rows.filter(({ verdict }) => verdict === "fail");
    expect(failed).toEqual([]);
    const { rows = [] } = inventory.conformance ?? {};
    const verdict = (of: string) => rows.find(({ id }) => id === of)?.verdict;
    expect(verdict("boot_http")).toBe(name === "pxe" || name === "media" ? "warn" : "pass");
    expect(verdict("virtual_media")).toBe(name === "media" ? "pass" : "warn");
    await controller.power("force_off");
    await powerIs(controller, "off");
  });

  test("shows the certificate to confirm", async () => {
    const { controllerAddress, certificate } = identity(name);
    const presented = await certificateReader({ allowedNetworks })(controllerAddress);
    expect(presented).toMatchObject({
      fingerprint: certificate.fingerprint,
      subject: `CN=${name}`,
    });
  });

  test("is turned on and off, each as often as asked", async () => {
    const { controller } = controllerOf(name);
    await controller.power("on");
    await controller.power("on");
    await powerIs(controller, "on");
    await controller.power("on");
    await controller.power("force_off");
    await powerIs(controller, "off");
    await controller.power("force_off");
    await controller.power("graceful_off");
  });

  test("tells an inventory from which its node type follows", async () => {
    const { controller } = controllerOf(name);
    await controller.power("on");
    await powerIs(controller, "on");
    const inventory = await vi.waitFor(async () => {
      const read = await controller.inventory();
      expect(read.gpus).toHaveLength(8);
      return read;
    }, patience);
    expect(inventory.system.serial).toBe(identity(name).serial);
    expect(await controller.glance()).toMatchObject({
      system: { serial: identity(name).serial },
      gpusAnswer: true,
    });
    expect(inventory.nics.map(({ mac }) => mac)).toContain(identity(name).mac);
    expect(inventory.unread).toEqual([]);
    expect(compareInventory(nodeTypeFromInventory(inventory), inventory)).toEqual([]);
    expect(
      compareInventory({ gpu: { model: "H100", count: 8, memoryGib: 80 } }, inventory),
    ).toEqual([]);
    await controller.power("force_off");
    await powerIs(controller, "off");
  });

  test("takes its next boot in the best way it has", async () => {
    const { controller, exchanges } = controllerOf(name);
    const way = await controller.networkBoot();
    expect(way).toBe(({ pxe: "pxe", media: "cd" } as Record<string, string>)[name] ?? "http");
    const program = offerBoot(portal, "abcdefghijklmnop", "quiet");
    const url = way === "cd" ? offerMedium(portal, program) : program;
    await controller.bootNext(
      way === "http" || way === "cd" ? { kind: way, url } : { kind: "pxe" },
    );
    expect(rack.control.report(name)).toMatchObject({
      boot: {
        enabled: "Once",
        target: { http: "UefiHttp", pxe: "Pxe", cd: "Cd", none: "None" }[way],
        ...(way === "http" && { httpBootUri: url }),
      },
      medium: way === "cd" ? url : null,
    });
    expect(JSON.stringify(exchanges)).not.toContain("abcdefghijklmnop");
    await controller.ejectMedia();
    await controller.bootNext({ kind: "disk" });
    expect(rack.control.report(name)).toMatchObject({ boot: { target: "Hdd" }, medium: null });
  });

  test("gets its session back", async () => {
    const { controller } = controllerOf(name);
    await controller.identity();
    expect(rack.control.report(name).requests.openSessions).toBeGreaterThan(0);
    await controller.close();
    expect(rack.control.report(name).requests.openSessions).toBe(0);
  });
});

test("a CPU node has no GPUs, and that is known", async () => {
  const { controller } = controllerOf("cpu");
  expect(await controller.glance()).toMatchObject({ gpusAnswer: true });
  expect((await controller.inventory()).gpus).toEqual([]);
});

test("the GPUs of a DGX that is off are unknown", async () => {
  const { controller } = controllerOf("dgx");
  await controller.power("force_off");
  await powerIs(controller, "off");
  expect(await controller.glance()).toMatchObject({ gpusAnswer: false });
  const { gpus } = await controller.inventory();
  expect(gpus).toBeNull();
  expect(
    compareInventory({ gpu: { model: "H100", count: 8 } }, { ...(await controller.inventory()) }),
  ).toMatchObject([{ field: "gpu.count", severity: "unknown" }]);
});

describe("a fault has its own name", () => {
  afterEach(() => rack.control.setFaults("faulty", []));

  test.each([
    ["bmc-hangs", { failure: "timeout", retryable: true }],
    ["bmc-unreachable", { failure: "unreachable", retryable: true }],
    ["certificate-changed", { failure: "certificate_changed", retryable: false }],
    ["bmc-401", { failure: "auth_failed", retryable: false }],
    ["malformed-json", { failure: "malformed", retryable: false }],
    ["huge-answer", { failure: "too_large", retryable: false }],
    ["busy:20", { failure: "busy", retryable: true }],
  ])("%s", async (fault, failure) => {
    await rack.control.setFaults("faulty", [fault]);
    const { controller } = controllerOf("faulty");
    await expect(controller.powerState()).rejects.toMatchObject(failure);
  });

  test("a missing GPU is a difference from the node type", async () => {
    await rack.control.setFaults("faulty", ["wrong-gpu-count"]);
    const { controller } = controllerOf("faulty");
    await controller.power("on");
    await powerIs(controller, "on");
    await vi.waitFor(async () => {
      const differences = compareInventory(
        { gpu: { model: "H100", count: 8 } },
        await controller.inventory(),
      );
      expect(differences.map(({ words }) => words)).toEqual(["GPUs: expected 8 × H100, found 7"]);
    }, patience);
  });
});

test("a wrong password is tried once and locks no account", async () => {
  const { username } = identity("guarded");
  const { controller } = controllerOf("guarded", { username, password: "not the password" });
  for (let attempt = 0; attempt < 5; attempt++) {
    await expect(controller.powerState()).rejects.toMatchObject({ failure: "auth_failed" });
  }
  expect(rack.control.report("guarded").requests.failedLogins).toBe(1);
  await expect(controllerOf("guarded").controller.powerState()).resolves.toBe("off");
});
