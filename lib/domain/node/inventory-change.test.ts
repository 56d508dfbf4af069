import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Inventory, InventoryGpu } from "#lib/domain/node/inventory";
import { inventoryChanges, otherMachine } from "#lib/domain/node/inventory-change";

const gpu = (n: number, more: Partial<InventoryGpu> = {}): InventoryGpu => ({
  slot: `SXM${n}`,
  model: "H100",
  memoryGib: 80,
  serial: `G${n}`,
  uuid: null,
  firmwareVersion: "96.1",
  ...more,
});

const base: Inventory = {
  system: {
    manufacturer: "Contoso",
    model: "8U",
    serial: "S1",
    uuid: "00112233-4455-6677-8899-aabbccddeeff",
    sku: null,
    biosVersion: "1.0",
  },
  cpus: [{ socket: "CPU0", model: "Xeon", cores: 56, threads: 112 }],
  memory: {
    totalGib: 128,
    modules: ["A", "B"].map((slot) => ({
      slot,
      sizeGib: 64,
      type: "DDR5",
      speedMhz: 4_800,
      serial: `M${slot}`,
    })),
  },
  gpus: [gpu(1), gpu(2)],
  drives: [
    { slot: "0", model: "NVMe", serial: "D0", sizeGb: 3_840, media: "SSD", protocol: "NVMe" },
  ],
  nics: [
    {
      slot: "NIC0/0",
      mac: "5c:ff:35:00:00:01",
      model: "ConnectX-7",
      kind: "ethernet",
      speedGbps: 200,
      linkUp: true,
    },
  ],
  firmware: [{ id: "BMC", name: "Controller", version: "24.1" }],
  secureBoot: { enabled: true, inForce: true, mode: "UserMode" },
};

const words = (after: Partial<Inventory>, before: Inventory = base) =>
  inventoryChanges(before, { ...before, ...after }).map((each) => each.words);

describe("a change since last time", () => {
  test.each<[string, Partial<Inventory>, string[]]>([
    ["nothing", {}, []],
    ["a GPU that is gone", { gpus: [gpu(1)] }, ["The GPU in SXM2 is gone: H100 G2"]],
    [
      "a GPU that was added",
      { gpus: [gpu(1), gpu(2), gpu(3)] },
      ["A GPU was added in SXM3: H100 G3"],
    ],
    [
      "a GPU that was replaced",
      { gpus: [gpu(1), gpu(2, { serial: "G9" })] },
      ["The GPU in SXM2 was replaced: H100 G9 in the place of H100 G2"],
    ],
    [
      "two GPUs that changed places",
      { gpus: [gpu(1, { serial: "G2" }), gpu(2, { serial: "G1" })] },
      ["The GPU G2 moved from SXM2 to SXM1", "The GPU G1 moved from SXM1 to SXM2"],
    ],
    [
      "firmware of a GPU and of the controller",
      {
        gpus: [gpu(1), gpu(2, { firmwareVersion: "96.2" })],
        firmware: [{ id: "BMC", name: "Controller", version: "24.2" }],
      },
      [
        "The firmware of the GPU in SXM2 is 96.2 and was 96.1",
        "The firmware of Controller is 24.2 and was 24.1",
      ],
    ],
    [
      "memory that is less",
      { memory: { totalGib: 64, modules: base.memory.modules.slice(0, 1) } },
      [
        "The memory module in B is gone: 64 GiB MB",
        "The node has 64 GiB of memory, 64 GiB less than before",
      ],
    ],
    [
      "Secure Boot",
      { secureBoot: { enabled: false, inForce: true, mode: "UserMode" } },
      ["Secure Boot is off and was on"],
    ],
    [
      "another BIOS",
      { system: { ...base.system, biosVersion: "1.1" } },
      ["The node's BIOS is 1.1 and was 1.0"],
    ],
    // What was not read this time is not known to have changed.
    ["GPUs that did not answer", { gpus: null }, []],
    [
      "a firmware version that was left out",
      { firmware: [{ id: "BMC", name: "BMC", version: null }] },
      [],
    ],
    [
      "a section that was read in part",
      {
        memory: { totalGib: null, modules: [] },
        sources: [
          { section: "memory", path: "/m", readAt: "2026-01-01T00:00:00Z", complete: false },
        ],
      },
      [],
    ],
    [
      "a cable that was pulled",
      { nics: base.nics.map((nic) => ({ ...nic, linkUp: false, speedGbps: null })) },
      [],
    ],
  ])("%s", (_, after, said) => {
    expect(words(after)).toEqual(said);
  });

  test("is none between an inventory of an earlier version and one with more in it", () => {
    expect(words({ dpus: [], powerSupplies: [], readings: [], tpms: [] })).toEqual([]);
  });

  test("names the DPU that is gone by its slot, and none where DPUs were not all read", () => {
    const dpu = (slot: string, serial: string) => ({
      ...{ slot, serial, model: "BlueField-3 SmartNIC Main Card", partNumber: null },
      ...{ firmwareVersion: null, mode: null, isSelf: false, baseMac: null, baseGuid: null },
    });
    const before = { ...base, dpus: [dpu("NIC.Slot.5", "MT1"), dpu("NIC.Slot.7", "MT2")] };
    const after = { ...base, dpus: before.dpus.slice(0, 1) };
    const said = inventoryChanges(before, after).map((change) => [change.kind, change.slot]);
    expect(said).toEqual([["removed", "NIC.Slot.7"]]);
    expect(inventoryChanges(before, after)[0]?.words).toContain("DPU in NIC.Slot.7");
    const sources = [
      { section: "dpus" as const, path: "/c", readAt: "2026-01-01T00:00:00Z", complete: false },
    ];
    expect(inventoryChanges(before, { ...after, sources })).toEqual([]);
  });

  test("of any GPUs to any others says each part once", () => {
    const some = fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { maxLength: 8 });
    fc.assert(
      fc.property(some, some, (was, is) => {
        const before = { ...base, gpus: was.map((n) => gpu(n)) };
        const changes = inventoryChanges(before, { ...base, gpus: is.map((n) => gpu(n)) });
        const kinds = (kind: string) => changes.filter((each) => each.kind === kind).length;
        expect(kinds("added")).toBe(is.filter((n) => !was.includes(n)).length);
        expect(kinds("removed")).toBe(was.filter((n) => !is.includes(n)).length);
        expect(changes).toHaveLength(kinds("added") + kinds("removed"));
      }),
    );
  });
});

describe("the machine that answers", () => {
  const known = { serial: "S1", uuid: "00112233-4455-6677-8899-aabbccddeeff" };
  test.each([
    ["the same", known, null],
    ["one that tells no serial this time", { ...known, serial: null }, null],
    [
      "one whose firmware turned its UUID around",
      { ...known, uuid: "33221100-5544-7766-8899-AABBCCDDEEFF" },
      null,
    ],
    ["another serial", { ...known, serial: "S2" }, /^Another machine answers .* S2, where S1 /],
    [
      "another mainboard",
      { ...known, uuid: "ffffffff-4455-6677-8899-aabbccddeeff" },
      /^The mainboard was exchanged/,
    ],
  ])("%s", (_, found, said) => {
    const answer = otherMachine(known, found);
    if (said === null) expect(answer).toBeNull();
    else expect(answer).toMatch(said);
  });
});
