import { expect, test } from "vitest";
import { hostConflicts } from "#lib/domain/inspection/conflicts";
import type { HostFacts, HostPciDevice } from "#lib/domain/inspection/host-facts";
import type { Inventory } from "#lib/domain/node/inventory";

const uuid = "00112233-4455-6677-8899-aabbccddeeff";

const inventory: Inventory = {
  system: {
    manufacturer: "Maker",
    model: "8U",
    serial: "S1",
    uuid,
    sku: null,
    biosVersion: null,
  },
  cpus: [
    { socket: "CPU0", model: null, cores: 56, threads: 112 },
    { socket: "CPU1", model: null, cores: 56, threads: 112 },
  ],
  memory: { totalGib: 2048, modules: [] },
  gpus: [gpu("SXM1"), gpu("SXM2")],
  drives: [drive("Bay 0", "D0"), drive("Bay 1", "D1")],
  nics: [nic("5c:ff:35:00:00:01")],
  firmware: [],
};

const facts: HostFacts = {
  kernel: "6.1.0",
  firmware: "uefi",
  system: {
    manufacturer: "Maker",
    model: "8U",
    serial: "s1 ",
    uuid,
    boardSerial: null,
    biosVendor: null,
    biosVersion: null,
    biosDate: null,
  },
  cpu: { model: null, sockets: 2, cores: 112, threads: 224 },
  memory: { totalMib: 2_064_000, modules: null },
  drives: ["D0", "D1"].map((serial, n) => ({
    name: `nvme${n}n1`,
    model: null,
    serial,
    sizeBytes: null,
    rotational: false,
  })),
  nics: [{ name: "eth0", mac: "5c:ff:35:00:00:01", driver: null, speedMbps: null, linkUp: null }],
  infiniband: [],
  pci: [
    pci("0000:1b:00.0", "030200"),
    pci("0000:43:00.0", "030200"),
    pci("0000:02:00.0", "030000", "1a03"),
  ],
  gpus: null,
  tpm: null,
  secureBoot: null,
};

function gpu(slot: string) {
  return { slot, model: null, memoryGib: null, serial: null, uuid: null, firmwareVersion: null };
}
function drive(slot: string, serial: string | null) {
  return { slot, model: null, serial, sizeGb: null, media: null, protocol: null };
}
function nic(mac: string) {
  return {
    slot: "NIC1",
    mac,
    model: null,
    kind: "ethernet" as const,
    speedGbps: null,
    linkUp: null,
  };
}
function pci(address: string, classId: string, vendorId = "10de"): HostPciDevice {
  return {
    address,
    vendorId,
    deviceId: "2330",
    classId,
    width: 16,
    maxWidth: 16,
    speed: null,
    maxSpeed: null,
  };
}
const system = (more: Partial<HostFacts["system"]>) => ({ system: { ...facts.system, ...more } });
const withDrives = (...serials: (string | null)[]) => ({
  drives: serials.map((serial, n) => ({
    ...facts.drives[0],
    name: `sd${n}`,
    serial,
  })) as HostFacts["drives"],
});

test("a host that is what its controller says has no conflict; a console's picture is no GPU", () => {
  expect(hostConflicts(inventory, facts)).toEqual([]);
});

test.each<[string, Partial<HostFacts>, string, string]>([
  [
    "another serial number",
    system({ serial: "S2" }),
    "identity",
    "Serial number: the controller says S1, the host says S2",
  ],
  [
    "another UUID",
    system({ uuid: uuid.replace("00", "99") }),
    "identity",
    `UUID: the controller says ${uuid}, the host says ${uuid.replace("00", "99")}`,
  ],
  [
    "a CPU that is missing",
    { cpu: { ...facts.cpu, sockets: 1 } },
    "hardware",
    "CPUs: the controller says 2, the host says 1",
  ],
  [
    "a module that is missing",
    {
      memory: {
        totalMib: 1_996_000,
        modules: Array.from({ length: 31 }, (_, n) => ({
          slot: `${n}`,
          sizeMib: 65_536,
          serial: null,
          partNumber: null,
          speedMhz: null,
        })),
      },
    },
    "hardware",
    "Memory: the controller says 2048 GiB, the host says 1984 GiB",
  ],
  [
    "half of the memory",
    { memory: { totalMib: 1_030_000, modules: null } },
    "hardware",
    "Memory: the controller says 2048 GiB, the host says 1005.9 GiB",
  ],
  [
    "another drive",
    withDrives("D0", "D9"),
    "hardware",
    "Drives not seen by the host: Bay 1 (D1); not listed by the controller: sd1 (D9)",
  ],
  [
    "a port that is missing",
    { nics: [] },
    "hardware",
    "Network ports that the controller lists and the host does not have: 5c:ff:35:00:00:01",
  ],
  [
    "a GPU that is missing",
    { pci: facts.pci.slice(1) },
    "hardware",
    "GPUs: the controller says 2, the host says 1",
  ],
  [
    "a GPU that its driver does not see",
    { gpus: [{ model: null, serial: null, uuid: null, memoryMib: null }] },
    "hardware",
    "GPUs: 2 on the PCI bus, and the driver answers for 1",
  ],
  [
    "a device with half of its lanes",
    { pci: [{ ...pci("0000:1b:00.0", "030200"), width: 8 }, ...facts.pci.slice(1)] },
    "link",
    "PCIe device 0000:1b:00.0 runs at x8 and could at x16",
  ],
])("%s is a conflict, in words", (_, more, kind, words) => {
  const found = hostConflicts(inventory, { ...facts, ...more });
  expect(found.map((each) => [each.kind, each.words])).toEqual([[kind, words]]);
});

test.each<[string, Partial<Inventory>, Partial<HostFacts>]>([
  [
    "what mainboards say before anyone wrote into them",
    {},
    system({ serial: "To Be Filled By O.E.M." }),
  ],
  ["a serial number that one does not tell", {}, system({ serial: null, uuid: null })],
  [
    "a UUID read in the other order of bytes",
    {},
    system({ uuid: "33221100-5544-7766-8899-aabbccddeeff" }),
  ],
  ["memory that firmware and kernel keep", {}, { memory: { totalMib: 1_980_000, modules: null } }],
  [
    "a serial number that virtio cut off",
    { drives: [drive("0", "ABCDEFGHIJKLMNOPQRSTUVWX")] },
    withDrives("ABCDEFGHIJKLMNOPQRST"),
  ],
  [
    "drives that the controller lists without serial numbers",
    { drives: [drive("0", "D0"), drive("1", null)] },
    {},
  ],
  ["GPUs of a tray that did not answer", { gpus: null }, {}],
  [
    "a link that is down",
    {},
    { pci: [...facts.pci, { ...pci("0000:05:00.0", "010802"), width: null }] },
  ],
  [
    "parts that this kind of controller knows nothing of",
    { untold: ["cpus", "gpus", "drives", "nics"], cpus: [], gpus: [], drives: [], nics: [] },
    {},
  ],
])("%s is none", (_, inventoryMore, factsMore) => {
  expect(hostConflicts({ ...inventory, ...inventoryMore }, { ...facts, ...factsMore })).toEqual([]);
});
