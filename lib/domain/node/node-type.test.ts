import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Inventory } from "#lib/domain/node/inventory";
import {
  compareInventory,
  type NodeTypeSpec,
  nodeTypeFromInventory,
} from "#lib/domain/node/node-type";

const gpu = (slot: number, model: string | null = "NVIDIA H200 141GB HBM3e") => ({
  slot: `SXM${slot}`,
  model,
  memoryGib: 140,
  serial: null,
  uuid: null,
  firmwareVersion: null,
});
const drive = (sizeGb: number | null) => ({
  slot: "bay",
  model: null,
  serial: null,
  sizeGb,
  media: null,
  protocol: null,
});
const nic = (kind: "ethernet" | "infiniband" | "unknown") => ({
  slot: "nic",
  mac: null,
  model: null,
  kind,
  speedGbps: null,
  linkUp: null,
});
const cpu = (cores: number | null, model: string | null = "Intel(R) Xeon(R) Platinum 8480C") => ({
  socket: "CPU0",
  model,
  cores,
  threads: null,
});

const dpu = (slot: string, isSelf = false) => ({
  ...{ slot, model: "BlueField-3 SmartNIC Main Card", serial: null, partNumber: null },
  ...{ firmwareVersion: null, mode: null, isSelf, baseMac: null, baseGuid: null },
});
const readInPart = (section: "dpus" | "nics") => ({
  sources: [{ section, path: null, readAt: "2026-01-01T00:00:00Z", complete: false }],
});

const node: Inventory = {
  system: {
    manufacturer: "NVIDIA",
    model: "DGXH200",
    serial: "1",
    uuid: null,
    sku: null,
    biosVersion: null,
  },
  cpus: [cpu(56), cpu(56)],
  memory: { totalGib: 2048, modules: [] },
  gpus: [1, 2, 3, 4, 5, 6, 7, 8].map((slot) => gpu(slot)),
  drives: [drive(1920), drive(1920), drive(3841), drive(3841)],
  nics: [nic("ethernet"), nic("ethernet"), nic("infiniband"), nic("infiniband")],
  firmware: [],
};

const h200: NodeTypeSpec = {
  manufacturer: "NVIDIA Corporation",
  model: "DGXH200",
  cpu: { sockets: 2, coresPerSocket: 56, model: "Xeon Platinum 8480C" },
  memory: { gib: 2048, tolerancePercent: 2 },
  gpu: { model: "H200", count: 8, memoryGib: 141 },
  drives: { count: 4, minSizeGb: 1900 },
  nics: { ethernet: 2, infiniband: 2 },
};

test("a node that is what its type says has no difference", () => {
  expect(compareInventory(h200, node)).toEqual([]);
});

test("a type that says nothing fits every node", () => {
  expect(compareInventory({}, node)).toEqual([]);
});

const none = { serial: null, uuid: null, sku: null, biosVersion: null };

describe("each difference is one sentence", () => {
  const cases: [string, NodeTypeSpec, Partial<Inventory>, "mismatch" | "unknown"][] = [
    [
      "GPUs: expected 8 × H200, found 7",
      { gpu: h200.gpu ?? null },
      { gpus: [1, 2, 3, 4, 5, 6, 7].map((slot) => gpu(slot)) },
      "mismatch",
    ],
    [
      "GPUs: expected 8 × H200, found none",
      { gpu: { model: "H200", count: 8 } },
      { gpus: [] },
      "mismatch",
    ],
    ["GPUs: expected none, found 8", { gpu: null }, {}, "mismatch"],
    [
      "GPUs: expected 8 × H200; they could not be read",
      { gpu: h200.gpu ?? null },
      { gpus: null },
      "unknown",
    ],
    ["GPUs: expected none; they could not be read", { gpu: null }, { gpus: null }, "unknown"],
    [
      "GPU model: expected H200, found NVIDIA H100 in SXM2",
      { gpu: { model: "H200", count: 2 } },
      { gpus: [gpu(1), gpu(2, "NVIDIA H100")] },
      "mismatch",
    ],
    [
      "GPU model: expected H200; the controller does not say for SXM2",
      { gpu: { model: "H200", count: 2 } },
      { gpus: [gpu(1), gpu(2, null)] },
      "unknown",
    ],
    [
      "GPU memory: expected 80 GiB, found 140 GiB",
      { gpu: { count: 8, memoryGib: 80 } },
      {},
      "mismatch",
    ],
    ["CPUs: expected 2, found 1", { cpu: { sockets: 2 } }, { cpus: [cpu(56)] }, "mismatch"],
    [
      "CPUs: expected 2; the controller does not say",
      { cpu: { sockets: 2 } },
      { cpus: [] },
      "unknown",
    ],
    [
      "Cores per CPU: expected 64, found 56",
      { cpu: { sockets: 2, coresPerSocket: 64 } },
      {},
      "mismatch",
    ],
    [
      "CPU model: expected Xeon Platinum 8480C; the controller does not say",
      { cpu: { sockets: 1, model: "Xeon Platinum 8480C" } },
      { cpus: [cpu(56, null)] },
      "unknown",
    ],
    [
      "Memory: expected 2,048 GiB, found 1,984 GiB",
      { memory: { gib: 2048, tolerancePercent: 2 } },
      { memory: { totalGib: 1984, modules: [] } },
      "mismatch",
    ],
    [
      "Memory: expected 2,048 GiB; the controller does not say",
      { memory: { gib: 2048, tolerancePercent: 2 } },
      { memory: { totalGib: null, modules: [] } },
      "unknown",
    ],
    [
      "Drives: expected at least 3 of 3,800 GB or more, found 2",
      { drives: { count: 3, minSizeGb: 3800 } },
      {},
      "mismatch",
    ],
    [
      "Drives: expected at least 2 of 3,800 GB or more, found 1 and 1 of unknown size",
      { drives: { count: 2, minSizeGb: 3800 } },
      { drives: [drive(3841), drive(null)] },
      "unknown",
    ],
    ["Ethernet ports: expected at least 3, found 2", { nics: { ethernet: 3 } }, {}, "mismatch"],
    [
      "InfiniBand rate: expected at least 400 Gb/s, found 200 Gb/s in nic",
      { nics: { infinibandGbps: 400 } },
      {
        nics: [
          { ...nic("infiniband"), speedGbps: 200 },
          { ...nic("infiniband"), speedGbps: 400 },
          nic("infiniband"),
        ],
      },
      "mismatch",
    ],
    [
      "InfiniBand ports: expected at least 2, found 1 and 1 of unknown kind",
      { nics: { infiniband: 2 } },
      { nics: [nic("infiniband"), nic("unknown")] },
      "unknown",
    ],
    [
      "DPUs: expected at least 2, found 1 in NIC.Slot.7",
      { dpus: { count: 2 } },
      { dpus: [dpu("NIC.Slot.7")] },
      "mismatch",
    ],
    ["DPUs: expected at least 1, found none", { dpus: { count: 1 } }, { dpus: [] }, "mismatch"],
    [
      "DPUs: expected at least 1, found none",
      { dpus: { count: 1 } },
      { dpus: [dpu("its own controller", true)] },
      "mismatch",
    ],
    [
      "DPUs: expected at least 1; the controller does not say",
      { dpus: { count: 1 } },
      {},
      "unknown",
    ],
    [
      "DPUs: expected at least 2; the controller does not say",
      { dpus: { count: 2 } },
      { dpus: [dpu("NIC.Slot.7")], ...readInPart("nics") },
      "unknown",
    ],
    [
      "DPUs: expected at least 1; the controller does not say",
      { dpus: { count: 1 } },
      { dpus: [], untold: ["nics"] },
      "unknown",
    ],
    [
      "Model: expected DGXH200, found DGXH100",
      { model: "DGXH200" },
      { system: { ...none, manufacturer: null, model: "DGXH100" } },
      "mismatch",
    ],
    [
      "Manufacturer: expected NVIDIA; the controller does not say",
      { manufacturer: "NVIDIA" },
      { system: { ...none, manufacturer: null, model: null } },
      "unknown",
    ],
  ];

  test.each(cases)("%s", (words, spec, change, severity) => {
    const differences = compareInventory(spec, { ...node, ...change });
    expect(differences.map((each) => [each.words, each.severity])).toEqual([[words, severity]]);
  });
});

test("wrong parts are named with their slots, the first four of many", () => {
  const gpus = [1, 2, 3, 4, 5, 6].map((slot) => gpu(slot, slot === 1 ? "H200" : "H100"));
  const [difference] = compareInventory({ gpu: { model: "H200", count: 6 } }, { ...node, gpus });
  expect(difference).toMatchObject({
    field: "gpu.model",
    found: "H100",
    words: "GPU model: expected H200, found H100 in SXM2, SXM3, SXM4, SXM5 and 1 more",
  });
});

test("the type of a golden node is what it is made of", () => {
  expect(nodeTypeFromInventory(node)).toEqual({
    manufacturer: "NVIDIA",
    model: "DGXH200",
    cpu: { sockets: 2, coresPerSocket: 56, model: "Intel(R) Xeon(R) Platinum 8480C" },
    memory: { gib: 2048, tolerancePercent: 2 },
    gpu: { model: "NVIDIA H200 141GB HBM3e", count: 8, memoryGib: 140 },
    drives: { count: 4, minSizeGb: 1920 },
    nics: { ethernet: 2, infiniband: 2 },
  });
});

test("the DPUs of a golden node are expected of the next, and those of a type that names none are not", () => {
  const golden = { ...node, dpus: [dpu("NIC.Slot.5"), dpu("NIC.Slot.7"), dpu("itself", true)] };
  const type = nodeTypeFromInventory(golden);
  expect(type.dpus).toEqual({ count: 2 });
  expect(compareInventory(type, golden)).toEqual([]);
  expect(compareInventory({ dpus: { count: 1 } }, { ...golden, ...readInPart("dpus") })).toEqual(
    [],
  );
  expect("dpus" in nodeTypeFromInventory({ ...node, dpus: [dpu("itself", true)] })).toBe(false);
  expect(compareInventory(h200, golden)).toEqual([]);
});

test("a golden node without GPUs makes a type that must have none, one whose GPUs are unknown does not", () => {
  expect(nodeTypeFromInventory({ ...node, gpus: [] }).gpu).toBeNull();
  expect("gpu" in nodeTypeFromInventory({ ...node, gpus: null })).toBe(false);
});

describe("of any inventory", () => {
  const text = fc.option(fc.string({ minLength: 1, maxLength: 24 }), { nil: null });
  const size = fc.option(fc.integer({ min: 1, max: 20_000 }), { nil: null });
  const inventory: fc.Arbitrary<Inventory> = fc.record({
    system: fc.record({
      manufacturer: text,
      model: text,
      serial: text,
      uuid: text,
      sku: text,
      biosVersion: text,
    }),
    cpus: fc.array(fc.record({ socket: fc.string(), model: text, cores: size, threads: size }), {
      maxLength: 4,
    }),
    memory: fc.record({ totalGib: size, modules: fc.constant([]) }),
    gpus: fc.option(
      fc.array(
        fc.record({
          slot: fc.string(),
          model: text,
          memoryGib: size,
          serial: text,
          uuid: text,
          firmwareVersion: text,
        }),
        { maxLength: 8 },
      ),
      { nil: null },
    ),
    drives: fc.array(
      fc.record({
        slot: fc.string(),
        model: text,
        serial: text,
        sizeGb: size,
        media: text,
        protocol: text,
      }),
      { maxLength: 10 },
    ),
    nics: fc.array(
      fc.record({
        slot: fc.string(),
        mac: text,
        model: text,
        kind: fc.constantFrom("ethernet", "infiniband", "unknown"),
        speedGbps: size,
        linkUp: fc.option(fc.boolean(), { nil: null }),
      }),
      { maxLength: 10 },
    ),
    firmware: fc.constant([]),
  });

  test("the type made from it fits it", () => {
    fc.assert(
      fc.property(inventory, (each) => {
        expect(compareInventory(nodeTypeFromInventory(each), each)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test("one GPU less is seen", () => {
    fc.assert(
      fc.property(inventory, (each) => {
        fc.pre(each.gpus !== null && each.gpus.length > 0);
        const less = { ...each, gpus: each.gpus?.slice(1) ?? null };
        const fields = compareInventory(nodeTypeFromInventory(each), less).map(
          ({ field }) => field,
        );
        expect(fields).toContain("gpu.count");
      }),
    );
  });
});
