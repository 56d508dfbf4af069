import { afterEach, describe, expect, test } from "vitest";
import type { Inventory } from "#lib/domain/node/inventory";
import { compareInventory, nodeTypeFromInventory } from "#lib/domain/node/node-type";
import {
  captured,
  type FixtureServer,
  goodCredential,
  type Handle,
  type Resources,
  startFixtureServer,
} from "#lib/drivers/redfish/fixture-server.test-support";
import type { Limits } from "#lib/drivers/redfish/limits";
import { redfishDriver } from "#lib/drivers/redfish/open-controller";
import type { Controller } from "#lib/ports/controller";

const open: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function controllerOf(
  resources: Resources,
  handle?: Handle,
  expands = false,
  limits: Partial<Limits> = {},
): Promise<{ server: FixtureServer; controller: Controller }> {
  const server = await startFixtureServer({ resources, expands, ...(handle && { handle }) });
  const controller = redfishDriver({
    allowedNetworks: ["127.0.0.0/8"],
    limits: { busyWaitMs: 1, ...limits },
  })({ endpoint: server.endpoint, credential: goodCredential, record: () => {} });
  open.push(server, controller);
  return { server, controller };
}

function brief({ cpus, gpus, memory, drives, nics, unread }: Inventory) {
  const portsOf = (kind: string) => nics.filter((nic) => nic.kind === kind).length;
  return {
    cpus: cpus.map((cpu) => cpu.cores),
    memory: [memory.totalGib, memory.modules.length],
    gpus: gpus?.map((gpu) => gpu.model) ?? null,
    drives: drives.map((drive) => drive.sizeGb),
    ethernet: portsOf("ethernet"),
    infiniband: portsOf("infiniband"),
    unread: unread?.length,
  };
}

/** What a controller tells beside the parts that a node type is made of. */
function rest(inventory: Inventory) {
  const { readings = [], manager, log = [] } = inventory;
  const ofKind = (kind: string) => readings.filter((reading) => reading.kind === kind);
  return {
    temperatures: ofKind("temperature").length,
    fans: ofKind("fan").length,
    watts: ofKind("power").map(({ value }) => value),
    supplies: inventory.powerSupplies?.map(({ serial }) => serial),
    tpms: inventory.tpms?.map(({ kind }) => kind),
    secureBoot: inventory.secureBoot,
    manager: [manager?.firmwareVersion, manager?.ipmiOverLan],
    log: [log[0]?.at, log.length],
    dpus: inventory.dpus?.map(({ model, serial, mode, isSelf }) => [model, serial, mode, isSelf]),
  };
}

const off = { enabled: false, inForce: false };

describe("what else captured controllers tell, counted in their trees by hand:", () => {
  test.each<[string, ReturnType<typeof rest>]>([
    [
      "dell-idrac",
      {
        temperatures: 5,
        fans: 6,
        watts: [614],
        supplies: ["PHARP0016L008V", "PHARP0016L008W"],
        tpms: ["TPM 2.0"],
        secureBoot: { ...off, mode: "DeployedMode" },
        manager: ["6.00.30.00", true],
        log: ["2024-06-11T05:13:00.000Z", 5],
        dpus: [["BlueField-2 SmartNIC Main Card", "MT2242XZ00QA", null, false]],
      },
    ],
    [
      "lenovo-xcc",
      {
        temperatures: 14,
        fans: 10,
        watts: [708, 99, 14],
        supplies: ["D1DG36M07C8", "D1DG36M07BW", "D1DG36M07C3", "D1DG36M07CA"],
        tpms: ["TPM 2.0"],
        secureBoot: { ...off, mode: "UserMode" },
        manager: ["TGBT42S 2.83 2023-07-05", false],
        // Its SEL is empty, so the next log is read.
        log: ["2024-07-18T22:02:12.068Z", 5],
        dpus: [["BlueField-2 DPU 100GbE Dual-Port", "MT2341XZ0A9M", null, false]],
      },
    ],
    [
      "hpe-ilo-dl380a",
      {
        temperatures: 29,
        fans: 6,
        watts: [565],
        supplies: ["5YCHT0B4DKC1I9", "5YCHT0B4DKC1I7", "5YCHT0B4DKC1IF", "5YCHT0B4DKC1IE"],
        tpms: ["TPM 2.0"],
        secureBoot: { ...off, mode: "UserMode" },
        manager: ["iLO 6 v1.66", false],
        log: ["2025-06-12T06:05:22.000Z", 20],
        dpus: [],
      },
    ],
    [
      "nvidia-bluefield-dpu",
      {
        // On the card that its board is on; two of its four sensors read nothing.
        temperatures: 2,
        fans: 0,
        watts: [],
        supplies: [],
        tpms: [],
        secureBoot: { ...off, mode: "SetupMode" },
        manager: ["BF-24.10-10", true],
        log: [undefined, 0],
        dpus: [["BlueField-3 SmartNIC Main Card", "MT2423600ANG", "dpu", true]],
      },
    ],
    [
      "dmtf-public-rackmount1",
      {
        temperatures: 2,
        fans: 2,
        watts: [344],
        supplies: ["1Z0000001"],
        tpms: ["TPM 1.2"],
        secureBoot: { ...off, mode: "UserMode" },
        manager: ["1.45.455b66-rev4", true],
        log: ["2012-03-07T14:45:00.000Z", 2],
        dpus: [],
      },
    ],
  ])("%s", async (name, told) => {
    for (const expands of [false, true]) {
      const { server, controller } = await controllerOf(captured(name), undefined, expands);
      const inventory = await controller.inventory();
      expect(rest(inventory)).toEqual(told);
      expect(server.gets()).toBeLessThan(150);
      expect(server.maxInFlight()).toBeLessThanOrEqual(2);
      const asked = server.seen.map(({ method, path }) => `${method} ${path}`);
      expect(new Set(asked).size).toBe(asked.length);
    }
  });

  // Guarantee: of each part one can look up where it was read. Goes red when a reader leaves it out.
  test.each([
    ...["nvidia-dgx-h100", "dell-idrac", "lenovo-xcc", "hpe-ilo-dl380a"],
    ...["nvidia-bluefield-dpu", "dmtf-public-rackmount1"],
  ])("%s: where each part was read", async (name) => {
    const resources = captured(name);
    const { controller } = await controllerOf(resources, undefined, true);
    const { cpus, memory, gpus, drives, nics, dpus, pcieDevices, powerSupplies } =
      await controller.inventory();
    const devices = [...(gpus ?? []), ...(dpus ?? []), ...(pcieDevices ?? [])];
    const parts = [...cpus, ...memory.modules, ...drives, ...nics, ...(powerSupplies ?? [])];
    const paths = [...devices, ...parts].map(({ path }) => path?.replace(/#.*/, "") ?? "none");
    expect(paths.length).toBeGreaterThan(3);
    const isThere = (path: string) => path in resources || `${path}/` in resources;
    expect(paths.filter((path) => !isThere(path))).toEqual([]);
  });

  // Guarantee: a host that came without its DPU is not what its type says. Goes red when the type of a
  // golden node leaves its DPUs out, or their absence is no difference.
  test("a DPU that is missing is a difference from the type of a host that has it", async () => {
    const { controller } = await controllerOf(captured("dell-idrac"));
    const type = nodeTypeFromInventory(await controller.inventory());
    expect(type.dpus).toEqual({ count: 1 });
    const resources = captured("dell-idrac");
    const isOfDpu = (body: unknown) => /bluefield/i.test((body as { Model?: string })?.Model ?? "");
    const gone = Object.keys(resources).filter((path) => isOfDpu(resources[path]));
    expect(gone.length).toBeGreaterThan(0);
    for (const path of Object.keys(resources)) {
      const members = (resources[path] as { Members?: { "@odata.id": string }[] })?.Members;
      const kept = members?.filter((member) => !gone.includes(member["@odata.id"]));
      if (kept) resources[path] = { ...(resources[path] as object), Members: kept };
    }
    const { controller: without } = await controllerOf(resources);
    const differences = compareInventory({ dpus: { count: 1 } }, await without.inventory());
    expect(differences).toMatchObject([
      { field: "dpu.count", severity: "mismatch", words: "DPUs: expected at least 1, found none" },
    ]);
  });

  test("GUIDs, part numbers and ids of single parts", async () => {
    const { controller: dell } = await controllerOf(captured("dell-idrac"));
    const { drives, memory, pcieDevices } = await dell.inventory();
    expect(drives[0]).toMatchObject({ lifeLeftPercent: 100, failurePredicted: false });
    expect(memory.modules[0]).toMatchObject({
      partNumber: "18ASF4G72PDZ-3G2E1",
      errorCorrection: "MultiBitECC",
    });
    expect(pcieDevices).toHaveLength(13);
    expect(pcieDevices?.find(({ slot }) => slot === "202-0")).toMatchObject({
      name: "MT28908 Family [ConnectX-6]",
      vendorId: "15b3",
      deviceId: "101b",
      deviceClass: "NetworkController",
    });
    const { controller: blueField } = await controllerOf(captured("nvidia-bluefield-dpu"));
    expect((await blueField.inventory()).dpus).toMatchObject([
      { baseMac: "5c:25:73:08:f3:52", baseGuid: "5c2573030008f352" },
    ]);
  });
});

// Its `Power` tells volts alone: these are the sensors `PWR_*` of its chassis, less one that says 0 W.
const dgxWatts = [
  ...[200, 200], // CPUs
  ...[759, 100, 72, 72, 72, 76, 68, 76, 76, 72, 96, 26], // the GPU baseboard and its controllers
  ...[68, 32, 72, 36, 72, 44, 72, 40, 72, 32, 72, 44, 72, 48, 72, 36], // GPUs, and their memory
  ...[22.96, 806, 264, 228, 156, 92, 140], // boards
  ...[351, 351, 312, 312, 351, 312], // power supplies
  1950, // the node
];

describe("a captured NVIDIA DGX H100 with 4,680 resources", () => {
  test("tells all that matters in fewer than 150 requests", async () => {
    const { server, controller } = await controllerOf(captured("nvidia-dgx-h100"));
    const inventory = await controller.inventory();

    expect(server.gets()).toBeLessThan(150);
    expect(new Set(server.seen.map(({ path }) => path)).size).toBe(server.seen.length);
    expect(server.maxInFlight()).toBeLessThanOrEqual(2);
    expect(inventory.system).toMatchObject({
      manufacturer: "NVIDIA",
      model: "DGXH100",
      serial: "1662923610124",
    });
    expect(inventory.gpus?.map(({ serial }) => serial)).toEqual([
      "1652923003067",
      "1652923004435",
      "1652923004252",
      "1652923004442",
      "1652923003447",
      "1652923003973",
      "1652923003348",
      "1652923001497",
    ]);
    expect(inventory.gpus?.[0]).toMatchObject({
      slot: "SXM1",
      model: "H100 80GB HBM3",
      memoryGib: 80,
      firmwareVersion: "96.00.89.00.01",
    });
    expect(brief(inventory)).toMatchObject({
      cpus: [56, 56],
      memory: [2048, 32],
      // Two to boot from, eight for data; the five that the controller emulates are left out.
      drives: [1920, 1920, ...Array(8).fill(3841)],
      ethernet: 5,
      infiniband: 9,
    });
    expect(inventory.firmware).toHaveLength(66);
    expect(inventory.firmware.find(({ id }) => id === "HGX_FW_GPU_SXM_1")?.version).not.toBeNull();
    // What a limit left out is named, so that a missing version is not taken for an absent one.
    const leftOut = inventory.firmware.filter(({ version }) => version === null);
    expect(leftOut.length).toBeGreaterThan(0);
    expect(inventory.unread?.filter(({ path }) => path.includes("FirmwareInventory"))).toHaveLength(
      leftOut.length,
    );
    const complete = inventory.sources?.filter((source) => !source.complete);
    expect(complete?.map(({ section }) => section)).toEqual(["firmware", "pcieDevices"]);
  });

  test("takes fewer than 150 for a whole discovery, with who it is and whether it is on", async () => {
    for (const expands of [false, true]) {
      const { server, controller } = await controllerOf(
        captured("nvidia-dgx-h100"),
        undefined,
        expands,
      );
      await controller.identity();
      await controller.powerState();
      await controller.inventory();
      expect(server.gets()).toBeLessThan(expands ? 90 : 150);
    }
  });

  test("tells the rest too, in fewer requests, where it puts members into their collections", async () => {
    const { server, controller } = await controllerOf(captured("nvidia-dgx-h100"), undefined, true);
    const inventory = await controller.inventory();

    expect(server.gets()).toBeLessThan(87);
    expect(inventory.unread).toEqual([]);
    expect(inventory.readings?.find(({ value }) => value === 1950)).toMatchObject({
      ...{ kind: "power", name: "PWR_SYSTEM", unit: "W", criticalAt: 19_890, health: "OK" },
    });
    expect(inventory.firmware.every(({ version }) => version !== null)).toBe(true);
    expect(inventory.gpus?.map(({ nvlinks, pcie }) => [nvlinks, pcie])).toEqual(
      Array(8).fill([18, "Gen5 x16"]),
    );
    // 134 are listed and one of them is absent; the list's last page leads back to its first.
    expect(inventory.pcieDevices).toHaveLength(133);
    expect(rest(inventory)).toEqual({
      temperatures: 107,
      fans: 36,
      watts: dgxWatts,
      supplies: [
        "DTHTCT23070SP",
        "DTHTCT23070YY",
        "DTHTCT23070SR",
        "DTHTCT23070YT",
        "DTHTCT23070T2",
        "DTHTCT23070TQ",
      ],
      tpms: ["TPM 2.0"],
      secureBoot: { enabled: false, inForce: false, mode: "UserMode" },
      manager: ["23.11.20", true],
      log: ["2024-07-08T17:50:04.000Z", 20],
      dpus: [],
    });
  });

  test("has the DGX as host even when its GPU tray is listed first", async () => {
    const resources = captured("nvidia-dgx-h100");
    const systems = resources["/redfish/v1/Systems"] as { Members: unknown[] };
    systems.Members.reverse();
    const { controller } = await controllerOf(resources);
    expect((await controller.inventory()).system.model).toBe("DGXH100");
  });

  test("has unknown GPUs, not none, while its tray answers 503", async () => {
    const { controller } = await controllerOf(captured("nvidia-dgx-h100"), ({ path }) =>
      path.includes("HGX_Baseboard_0") ? { status: 503 } : undefined,
    );
    const inventory = await controller.inventory();
    expect(inventory.gpus).toBeNull();
    expect(inventory.system.model).toBe("DGXH100");
    expect(inventory.unread?.map(({ path }) => path)).toContain(
      "/redfish/v1/Systems/HGX_Baseboard_0",
    );
  });

  test("has unknown GPUs when one of them fails to answer", async () => {
    const { controller } = await controllerOf(captured("nvidia-dgx-h100"), ({ path }) =>
      path.endsWith("/Processors/GPU_SXM_5") ? { status: 500 } : undefined,
    );
    expect((await controller.inventory()).gpus).toBeNull();
  });

  test("has seven GPUs when the eighth is listed and gone", async () => {
    const resources = captured("nvidia-dgx-h100");
    delete resources["/redfish/v1/Systems/HGX_Baseboard_0/Processors/GPU_SXM_5"];
    const { controller } = await controllerOf(resources);
    expect((await controller.inventory()).gpus).toHaveLength(7);
  });
});

describe("other captured controllers", () => {
  test("a Dell R750 with one H100 PCIe and two InfiniBand ports", async () => {
    const { server, controller } = await controllerOf(captured("dell-idrac"));
    expect(brief(await controller.inventory())).toEqual({
      cpus: [18, 18],
      memory: [512, 16],
      gpus: ["NVIDIA H100 PCIe"],
      drives: [1920, 1920, 1920],
      ethernet: 5,
      infiniband: 2,
      unread: 0,
    });
    expect(server.gets()).toBeLessThan(150);
  });

  test("a Lenovo SR670 V2, whose GPUs are named only by their PCIe devices", async () => {
    const { server, controller } = await controllerOf(captured("lenovo-xcc"));
    const inventory = await controller.inventory();
    expect(brief(inventory)).toEqual({
      cpus: [32, 32],
      memory: [1024, 16],
      gpus: Array(8).fill("NVIDIA L40"),
      drives: [960, 960, 7680, 7680],
      // The interface to the manager is no port of the host.
      ethernet: 4,
      infiniband: 0,
      // Two of its PCIe slots are left out to spare the controller: it lists all one by one.
      unread: 12,
    });
    expect(inventory.gpus?.[7]?.serial).toBe("1325222038061");
    expect(server.gets()).toBeLessThan(150);
  });

  test("an HPE DL380a, which puts part numbers where GPU models belong", async () => {
    const { server, controller } = await controllerOf(captured("hpe-ilo-dl380a"));
    const inventory = await controller.inventory();
    expect(brief(inventory)).toMatchObject({
      cpus: [32, 32],
      memory: [512, 16],
      gpus: ["NVIDIA H100 NVL", "NVIDIA H100 NVL"],
      drives: [6401, 6401, 6401, 6401, 6401, 1600, 1600],
    });
    expect(inventory.nics.map(({ slot, mac }) => [slot, mac])).toEqual([
      ["DE081000/0", "58:a2:e1:03:96:f2"],
      ["DE081000/1", "58:a2:e1:03:96:f3"],
    ]);
    expect(server.gets()).toBeLessThan(150);
  });

  test("the DMTF's sample server, which has an FPGA and no GPU", async () => {
    const { controller } = await controllerOf(captured("dmtf-public-rackmount1"));
    expect(brief(await controller.inventory())).toMatchObject({
      // The second socket is told as absent, as is the fourth memory slot.
      cpus: [8],
      memory: [96, 3],
      gpus: [],
      drives: [8000, 4000],
      unread: 0,
    });
  });

  test("a BlueField-3, whose ports tell no MAC and whose empty collections tell no members", async () => {
    const { controller } = await controllerOf(captured("nvidia-bluefield-dpu"));
    const inventory = await controller.inventory();
    expect(inventory.nics.map(({ slot, mac }) => [slot, mac])).toEqual([
      ["NvidiaNetworkAdapter/eth0", "5c:25:73:08:f3:62"],
      ["NvidiaNetworkAdapter/eth1", "5c:25:73:08:f3:63"],
      ["NvidiaNetworkAdapter/oob0", "5c:25:73:08:f3:76"],
    ]);
    // Its log services are linked and not there.
    expect(inventory.unread?.every(({ path }) => path.includes("LogServices"))).toBe(true);
  });
});

const small: Resources = {
  "/redfish/v1": {
    Vendor: "Contoso",
    RedfishVersion: "1.15.0",
    Systems: { "@odata.id": "/redfish/v1/Systems" },
    Links: { Sessions: { "@odata.id": "/redfish/v1/SessionService/Sessions" } },
  },
  "/redfish/v1/Systems": { Members: [{ "@odata.id": "/redfish/v1/Systems/1" }] },
  "/redfish/v1/Systems/1": {
    Id: "1",
    Model: "3500",
    Actions: { "#ComputerSystem.Reset": { target: "/reset" } },
    Processors: { "@odata.id": "/redfish/v1/Systems/1/Processors" },
    Memory: { "@odata.id": "/redfish/v1/Systems/1/Memory" },
  },
  "/redfish/v1/Systems/1/Processors": { Members: [] },
  "/redfish/v1/Systems/1/Memory": {
    Members: [1, 2, 3].map((n) => ({ "@odata.id": `/redfish/v1/Systems/1/Memory/${n}` })),
  },
  "/redfish/v1/Systems/1/Memory/1": { Id: "1", CapacityMiB: 65_536 },
  "/redfish/v1/Systems/1/Memory/2": { Id: "2", CapacityMiB: 65_536 },
  "/redfish/v1/Systems/1/Memory/3": { Id: "3", CapacityMiB: 65_536 },
};

describe("a controller with faults", () => {
  test("a broken link, a resource that is no JSON and a fact of the wrong type cost only themselves", async () => {
    const { controller } = await controllerOf({
      ...small,
      "/redfish/v1/Systems/1/Memory/2": '{"Id": "2", "Capaci',
      "/redfish/v1/Systems/1/Memory/3": { Id: "3", CapacityMiB: "64 GB", SerialNumber: 7 },
      "/redfish/v1/Systems/1": {
        ...(small["/redfish/v1/Systems/1"] as object),
        EthernetInterfaces: { "@odata.id": "/redfish/v1/Systems/1/Nowhere" },
      },
    });
    const inventory = await controller.inventory();
    expect(inventory.memory).toMatchObject({
      totalGib: null,
      modules: [
        { slot: "1", sizeGib: 64, type: null, speedMhz: null, serial: null },
        { slot: "3", sizeGib: null, type: null, speedMhz: null, serial: null },
      ],
    });
    expect(inventory.unread?.map(({ path }) => path).sort()).toEqual([
      "/redfish/v1/Systems/1/Memory/2",
      "/redfish/v1/Systems/1/Nowhere",
    ]);
  });

  // Guarantee: what a controller refuses under a status of success is told as refused. Goes red when the
  // error is read as a module that tells nothing of itself, and the total as that of what is left.
  test("captured errors that come with 200 are no parts without facts, and are named", async () => {
    const hpe = "/redfish/v1/Chassis/1/NetworkAdapters/Ports/0";
    const dell = "/redfish/v1/AccountService/ExternalAccountProviders";
    const { controller } = await controllerOf({
      ...small,
      "/redfish/v1/Systems/1/Memory/2": captured("hpe-ilo-dl380a")[hpe],
      "/redfish/v1/Systems/1/Memory/3": captured("dell-idrac")[dell],
    });
    const inventory = await controller.inventory();
    expect(inventory.memory.modules.map(({ slot }) => slot)).toEqual(["1"]);
    const byPath = inventory.unread?.toSorted((a, b) => a.path.localeCompare(b.path));
    expect(byPath).toEqual([
      {
        path: "/redfish/v1/Systems/1/Memory/2",
        reason: "200 to GET /redfish/v1/Systems/1/Memory/2: Base.1.18.ResourceMissingAtURI",
      },
      {
        path: "/redfish/v1/Systems/1/Memory/3",
        reason:
          "200 to GET /redfish/v1/Systems/1/Memory/3: A required license is missing or expired.",
      },
    ]);
    expect(inventory.sources?.find(({ section }) => section === "memory")?.complete).toBe(false);
  });

  test("words padded with NUL, or cut in the middle of a character, can be stored", async () => {
    const { controller } = await controllerOf({
      ...small,
      "/redfish/v1/Systems/1/Memory/3": {
        Id: "3\u0000",
        SerialNumber: "S\u00007\u0000\u0000",
        MemoryDeviceType: "DDR\ud83d",
      },
    });
    const { modules } = (await controller.inventory()).memory;
    expect(modules.at(-1)).toMatchObject({ slot: "3", serial: "S7", type: "DDR\ufffd" });
  });

  test("a part that is busy for a moment is read again", async () => {
    let turnedAway = 0;
    const { controller } = await controllerOf(small, ({ path }) => {
      if (!path.endsWith("/Memory") || turnedAway++ > 0) return undefined;
      return { status: 503, headers: { "retry-after": "0" } };
    });
    expect((await controller.inventory()).memory.totalGib).toBe(192);
  });

  test("a part of the host that stays busy ends the inventory: a later one will have it", async () => {
    const { controller } = await controllerOf(small, ({ path }) =>
      path.endsWith("/Memory") ? { status: 503, headers: { "retry-after": "30" } } : undefined,
    );
    await expect(controller.inventory()).rejects.toMatchObject({
      failure: "busy",
      retryable: true,
      retryAfterMs: 30_000,
    });
  });

  test.each([
    ["30", 30_000],
    ["0", 0],
    ["99999999", 600_000],
    [new Date(Date.now() + 3_600_000).toUTCString(), 600_000],
    ["Wed, 21 Oct 2015 07:28:00 GMT", 0],
    ["soon", undefined],
  ])("a Retry-After of %s is %s ms of wait", async (header, retryAfterMs) => {
    const { controller } = await controllerOf(small, ({ path }) =>
      path.endsWith("/Memory") ? { status: 503, headers: { "retry-after": header } } : undefined,
    );
    await expect(controller.inventory()).rejects.toMatchObject({ failure: "busy", retryAfterMs });
  });

  test("a part beside the host's own that does not answer in time costs only itself", async () => {
    const never = new Promise<undefined>(() => {});
    const { controller } = await controllerOf(
      withSecureBoot(),
      ({ path }) => (path.endsWith("/SecureBoot") ? never : undefined),
      false,
      { requestTimeoutMs: 1_000 },
    );
    const inventory = await controller.inventory();
    expect(inventory.secureBoot).toBeNull();
    expect(inventory.memory.totalGib).toBe(192);
    expect(inventory.conformance?.rows.find(({ id }) => id === "secure_boot")?.verdict).toBe(
      "unknown",
    );
  });

  test("a controller that goes on being silent is not waited for part by part", async () => {
    const never = new Promise<undefined>(() => {});
    const { server, controller } = await controllerOf(
      captured("dmtf-public-rackmount1"),
      ({ path }) => (/SecureBoot|Managers|Thermal|Power|Log/.test(path) ? never : undefined),
      false,
      { requestTimeoutMs: 1_000 },
    );
    await expect(controller.inventory()).rejects.toMatchObject({
      failure: "timeout",
      retryable: true,
    });
    const asked = server.seen.filter(({ path }) =>
      /SecureBoot|Managers|Thermal|Power|Log/.test(path),
    );
    expect(asked).toHaveLength(3);
  });

  test("an inventory ends at its deadline with what it has, and names what it left out", async () => {
    const { server, controller } = await controllerOf(
      captured("dell-idrac"),
      async ({ path }) => {
        if (path.includes("FirmwareInventory/")) await new Promise((done) => setTimeout(done, 200));
        return undefined;
      },
      false,
      { inventoryDeadlineMs: 2_000 },
    );
    const inventory = await controller.inventory();
    expect(inventory.gpus).toHaveLength(1);
    expect(inventory.unread?.some(({ reason }) => reason.includes("left out"))).toBe(true);
    expect(server.gets()).toBeLessThan(117);
  });

  test("a host that does not answer is busy, and the GPU tray is not taken for it", async () => {
    const { controller } = await controllerOf(captured("nvidia-dgx-h100"), ({ path }) =>
      path.endsWith("/Systems/DGX") ? { status: 503 } : undefined,
    );
    await expect(controller.powerState()).rejects.toMatchObject({ failure: "busy" });
  });
});

function withSecureBoot(): Resources {
  return {
    ...small,
    "/redfish/v1/Systems/1": {
      ...(small["/redfish/v1/Systems/1"] as object),
      SecureBoot: { "@odata.id": "/redfish/v1/Systems/1/SecureBoot" },
    },
  };
}

describe("large collections", () => {
  test("are followed from page to page", async () => {
    const { controller } = await controllerOf({
      ...small,
      "/redfish/v1/Systems/1/Memory": {
        Members: [{ "@odata.id": "/redfish/v1/Systems/1/Memory/1" }],
        "Members@odata.nextLink": "/redfish/v1/Systems/1/Memory/page2",
      },
      "/redfish/v1/Systems/1/Memory/page2": {
        Members: [{ "@odata.id": "/redfish/v1/Systems/1/Memory/2" }],
      },
    });
    expect((await controller.inventory()).memory.modules).toHaveLength(2);
  });

  test("come in one request where the service expands them", async () => {
    const { server, controller } = await controllerOf(withExpand(), ({ path }) =>
      path === "/redfish/v1/Systems/1/Memory?$expand=.($levels=1)"
        ? {
            status: 200,
            body: {
              Members: [1, 2, 3].map((n) => ({
                "@odata.id": `/redfish/v1/Systems/1/Memory/${n}`,
                ...(small[`/redfish/v1/Systems/1/Memory/${n}`] as object),
              })),
            },
          }
        : undefined,
    );
    expect((await controller.inventory()).memory.totalGib).toBe(192);
    expect(server.seen.filter(({ path }) => /\/Memory\/\d$/.test(path))).toEqual([]);
  });

  test("are read one by one where expansion is offered and fails, and it is not asked again", async () => {
    const { server, controller } = await controllerOf(withExpand(), ({ path }) =>
      path.includes("$expand") ? { status: 501 } : undefined,
    );
    expect((await controller.inventory()).memory.totalGib).toBe(192);
    expect(server.seen.filter(({ path }) => path.includes("$expand"))).toHaveLength(1);
  });

  function withExpand(): Resources {
    return {
      ...small,
      "/redfish/v1": {
        ...(small["/redfish/v1"] as object),
        ProtocolFeaturesSupported: { ExpandQuery: { NoLinks: true } },
      },
    };
  }
});

test("GPUs that are PCIe devices and no processors are found", async () => {
  const { controller } = await controllerOf({
    ...small,
    "/redfish/v1/Systems/1": {
      ...(small["/redfish/v1/Systems/1"] as object),
      PCIeDevices: ["GPU1", "NIC1", "SW1"].map((id) => ({ "@odata.id": `/pcie/${id}` })),
    },
    "/pcie/GPU1": { Id: "GPU1", Manufacturer: "NVIDIA", Model: "H200", SerialNumber: "1655" },
    "/pcie/NIC1": { Id: "NIC1", Manufacturer: "NVIDIA", Model: "ConnectX-7" },
    "/pcie/SW1": { Id: "SW1", Manufacturer: "NVIDIA", Model: "NVSwitch H100" },
  });
  expect((await controller.inventory()).gpus).toMatchObject([
    { slot: "GPU1", model: "H200", serial: "1655" },
  ]);
});

// Trees made by hand after NVIDIA's bmcweb: GPUs of a GB200 tray, and a cable cartridge's chassis.
describe("where a tray lies in a rack of NVLink is told", () => {
  const link = (path: string) => ({ "@odata.id": path });
  const tray = (gpu: object, cartridge: object = {}): Resources => ({
    ...small,
    "/redfish/v1/Systems/1": {
      ...(small["/redfish/v1/Systems/1"] as object),
      Processors: link("/cpus"),
      Links: { Chassis: [link("/chassis")] },
    },
    "/cpus": { Members: [link("/cpus/gpu")] },
    "/cpus/gpu": {
      ...{ Id: "GPU_0", ProcessorType: "GPU", Model: "GB200", PartNumber: "P1" },
      MemorySummary: { TotalMemorySizeMiB: 189_440 },
      ...gpu,
    },
    "/chassis": { Id: "CBC_0", SerialNumber: "1821220000000", ...cartridge },
  });
  const topology = (told: unknown) => ({ Oem: { Nvidia: { MNNVLinkTopology: told } } });
  const cbc = { Oem: { Nvidia: { ChassisPhysicalSlotNumber: 24, ComputeTrayIndex: 14 } } };

  test.each<[string, object, object | undefined, Inventory["nvlinkPlace"]]>([
    [
      "by a GPU",
      topology({ ChassisSerialNumber: "182X", TraySlotNumber: 26, TraySlotIndex: 0 }),
      cbc,
      { chassisSerial: "182X", slot: 26, tray: 0 },
    ],
    [
      "in part, and the rest is of another type",
      topology({ ChassisSerialNumber: "N/A", TraySlotNumber: -1, TraySlotIndex: 3, DeviceID: 1 }),
      undefined,
      { chassisSerial: null, slot: null, tray: 3 },
    ],
    ["by a cartridge", {}, cbc, { chassisSerial: "1821220000000", slot: 24, tray: 14 }],
    ["by nobody", topology(null), { Oem: [] }, null],
  ])("%s", async (_, gpu, cartridge, expected) => {
    const { server, controller } = await controllerOf(tray(gpu, cartridge));
    const { nvlinkPlace, unread } = await controller.inventory();
    expect(nvlinkPlace).toEqual(expected);
    expect(unread).toEqual([]);
    // Nothing is asked for that a tray which tells nothing is not asked for.
    const plain = await controllerOf(tray({}));
    await plain.controller.inventory();
    expect(server.gets()).toBe(plain.server.gets());
  });
});

test("the GUIDs of InfiniBand ports come from the port, or else from its function, however written", async () => {
  const link = (path: string) => ({ "@odata.id": path });
  const adapter = (n: number) => ({
    Id: `IB${n}`,
    SerialNumber: `MT${n}`,
    Controllers: [
      {
        FirmwarePackageVersion: "28.39.1002",
        Links: { Ports: [link(`/ib/${n}/port`)], NetworkDeviceFunctions: [link(`/ib/${n}/f`)] },
      },
    ],
  });
  const { controller } = await controllerOf({
    ...small,
    "/redfish/v1/Systems/1": {
      ...(small["/redfish/v1/Systems/1"] as object),
      Links: { Chassis: [link("/chassis")] },
    },
    "/chassis": { NetworkAdapters: link("/adapters") },
    "/adapters": { Members: [link("/ib/1"), link("/ib/2")] },
    "/ib/1": adapter(1),
    "/ib/2": adapter(2),
    "/ib/1/port": {
      Id: "1",
      PortProtocol: "InfiniBand",
      CurrentSpeedGbps: 400,
      LinkStatus: "LinkUp",
      InfiniBand: { AssociatedPortGUIDs: ["0x5C25730300A1B2C3"], AssociatedNodeGUIDs: ["0"] },
    },
    "/ib/2/port": { Id: "1", PortProtocol: "InfiniBand" },
    "/ib/2/f": { InfiniBand: { PortGUID: "5c25:7303:00a1:b2c4", NodeGUID: "5c25:7303:00a1:b2c5" } },
  });
  expect((await controller.inventory()).nics).toMatchObject([
    {
      kind: "infiniband",
      portGuid: "5c25730300a1b2c3",
      nodeGuid: null,
      speedGbps: 400,
      linkUp: true,
      serial: "MT1",
      firmwareVersion: "28.39.1002",
    },
    { portGuid: "5c25730300a1b2c4", nodeGuid: "5c25730300a1b2c5", serial: "MT2" },
  ]);
});

describe("a look at the sensors and the logs tells what the inventory does, in a few requests:", () => {
  test.each([
    ["dell-idrac", 2],
    ["lenovo-xcc", 1],
    ["hpe-ilo-dl380a", 2],
  ])("%s", async (name, logReads) => {
    const { server, controller } = await controllerOf(captured(name));
    const inventory = await controller.inventory();
    const reads = async <T>(look: () => Promise<T>): Promise<[T, number]> => {
      const before = server.seen.length;
      const told = await look();
      return [told, server.seen.length - before];
    };
    const [, first] = await reads(controller.sensors);
    const [sensors, again] = await reads(controller.sensors);
    expect(sensors.supplies).toEqual(inventory.powerSupplies);
    expect(sensors.readings).toEqual(inventory.readings);
    await controller.logs();
    const [logs, logsAgain] = await reads(controller.logs);
    const told = logs.find(({ entries }) => entries.length > 0);
    expect(told?.entries.slice(0, 5).map(({ id: _, ...entry }) => entry)).toEqual(
      inventory.log?.slice(0, 5),
    );
    // The systems and the chassis are found once; then its thermal and its power resource are read.
    expect({ first, again, logsAgain }).toEqual({ first: 6, again: 2, logsAgain: logReads });
  });
});
