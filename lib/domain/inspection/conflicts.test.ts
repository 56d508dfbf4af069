import { expect, test } from "vitest";
import { compareHost, hostConflicts } from "#lib/domain/inspection/conflicts";
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

// What captured controllers say (shared/fixtures/redfish), and what SMBIOS, the kernel and
// nvidia-smi say of the same parts.
const dgxGpus = [
  ["1652923003067", "9dad5bfd-a732-23fe-40ad-465d0cbe5f95"],
  ["1652923004435", "f6153554-91a8-1097-9a40-e1f352682d0b"],
] as const;
const toldGpus = dgxGpus.map(([serial, uuid], n) => ({ ...gpu(`SXM${n + 1}`), serial, uuid }));
const seenGpus = (...parts: (readonly [string, string])[]) =>
  parts.map(([serial, uuid]) => ({ ...{ model: null, memoryMib: null }, serial, uuid }));
const ibPort = (portGuid: string | null, more: Partial<Inventory["nics"][number]> = {}) => ({
  ...nic("00:00:00:00:00:00"),
  ...{ kind: "infiniband" as const, mac: null, portGuid, speedGbps: 400, linkUp: true },
  ...more,
});
const seenPort = (guid: string | null, rate = "400 Gb/sec (4X NDR)", state = "ACTIVE") => ({
  ...{ device: "mlx5_0", port: 1, guid, rate, state },
});
const ethernet = inventory.nics;
const bios = (biosVersion: string) => ({ system: { ...inventory.system, biosVersion } });
const cpus = (model: string | null, cores: number | null = 56) => ({
  cpus: ["CPU0", "CPU1"].map((socket) => ({ socket, model, cores, threads: null })),
});
const cpu = (model: string | null, cores = 112) => ({ cpu: { ...facts.cpu, model, cores } });
const [guidA, guidB] = ["5c25730300a1b2c3", "5c25730300a1b2c4"] as const;
const tpms = (enabled: boolean) => [{ kind: "TPM 2.0", firmwareVersion: null, enabled }];
const secureBoot = (inForce: boolean | null) => ({
  secureBoot: { enabled: inForce, inForce, mode: null },
});

test.each<[string, string, Partial<Inventory>, Partial<HostFacts>]>([
  ["Dell's BIOS", "bios", bios("1.8.2"), system({ biosVersion: "1.8.2 " })],
  ["HPE's with its date", "bios", bios("U58 v2.44 (01/17/2025)"), system({ biosVersion: "U58" })],
  ["Lenovo's in other case", "bios", bios("U8E122J"), system({ biosVersion: "u8e122j-1.53" })],
  ["one with other zeros", "bios", bios("1.01.03"), system({ biosVersion: "V1.1.3" })],
  [
    "one by its maker's name",
    "bios",
    bios("SeaBIOS"),
    system({ biosVendor: "SeaBIOS", biosVersion: "1.16.2-debian-1.16.2-1" }),
  ],
  [
    "a CPU without its clock",
    "cpu.model",
    cpus("Intel(R) Xeon(R) Gold 6354 CPU @ 3.00GHz"),
    cpu("Intel Xeon Gold 6354"),
  ],
  [
    "a CPU in capitals",
    "cpu.model",
    cpus("INTEL(R) XEON(R) GOLD 6530"),
    cpu("Intel(R) Xeon(R) Gold 6530"),
  ],
  ["the cores of two CPUs", "cpu.cores", cpus(null, 18), cpu(null, 36)],
  [
    "GPUs in another order",
    "gpu.serial",
    { gpus: toldGpus },
    { gpus: seenGpus(...[...dgxGpus].reverse()) },
  ],
  [
    "UUIDs as nvidia-smi writes them",
    "gpu.uuid",
    { gpus: toldGpus },
    {
      gpus: seenGpus(
        ...dgxGpus.map(([serial, id]) => [serial, `GPU-${id.toUpperCase()}`] as const),
      ),
    },
  ],
  ["a TPM", "tpm", { tpms: tpms(true) }, { tpm: true }],
  ["Secure Boot that is off", "secureBoot", secureBoot(false), { secureBoot: false }],
  [
    "GUIDs in capitals and another order",
    "infiniband",
    { nics: [...ethernet, ibPort(guidA), ibPort(guidB)] },
    { infiniband: [seenPort(guidB.toUpperCase()), seenPort(guidA)] },
  ],
  [
    "a rate that is told as on the wire",
    "infiniband",
    { nics: [...ethernet, ibPort(guidA, { speedGbps: 103.125 })] },
    { infiniband: [seenPort(guidA, "100 Gb/sec (4X EDR)")] },
  ],
  [
    "a port that was down while the host was off",
    "infiniband",
    { nics: [...ethernet, ibPort(guidA, { linkUp: false, speedGbps: null })] },
    { infiniband: [seenPort(guidA)] },
  ],
])("%s is compared, and the same", (_, field, inventoryMore, factsMore) => {
  const told = { ...inventory, ...inventoryMore };
  const compared = compareHost(told, { ...facts, ...factsMore });
  expect(compared.filter(({ conflict }) => conflict)).toEqual([]);
  expect(compared.map((each) => each.field)).toContain(field);
});

test.each<[string, Partial<Inventory>, Partial<HostFacts>, string]>([
  [
    "bios",
    bios("1.8.2"),
    system({ biosVersion: "1.9.2" }),
    "BIOS version: the controller says 1.8.2, the host says 1.9.2",
  ],
  [
    "bios",
    bios("U58 v2.44 (01/17/2025)"),
    system({ biosVersion: "U54" }),
    "BIOS version: the controller says U58 v2.44 (01/17/2025), the host says U54",
  ],
  [
    "cpu.model",
    cpus("Intel(R) Xeon(R) Platinum 8480"),
    cpu("Intel(R) Xeon(R) Platinum 8480C"),
    "CPU model: the controller says Intel(R) Xeon(R) Platinum 8480, the host says Intel(R) Xeon(R) Platinum 8480C",
  ],
  [
    "cpu.cores",
    cpus(null),
    cpu(null, 104),
    "CPU cores: the controller says 112, the host says 104",
  ],
  [
    "gpu.serial",
    { gpus: toldGpus },
    { gpus: seenGpus(dgxGpus[0], ["1652923004252", dgxGpus[1][1]]) },
    "GPU serial numbers not seen by the host: 1652923004435; not listed by the controller: 1652923004252",
  ],
  [
    "gpu.uuid",
    { gpus: toldGpus },
    { gpus: seenGpus(dgxGpus[0], [dgxGpus[1][0], "GPU-d0e2acbf-fd40-975b-94c4-22d0765c5677"]) },
    "GPU UUIDs not seen by the host: f6153554-91a8-1097-9a40-e1f352682d0b; not listed by the controller: d0e2acbf-fd40-975b-94c4-22d0765c5677",
  ],
  [
    "tpm",
    { tpms: tpms(true) },
    { tpm: false },
    "TPM: the controller says present, the host says none",
  ],
  [
    "secureBoot",
    secureBoot(true),
    { secureBoot: false },
    "Secure Boot: the controller says on, the host says off",
  ],
  [
    "infiniband",
    { nics: [...ethernet, ibPort(null), ibPort(null)] },
    { infiniband: [seenPort(guidA)] },
    "InfiniBand ports: the controller says 2, the host says 1",
  ],
  [
    "infiniband",
    { nics: [...ethernet, ibPort(guidA)] },
    { infiniband: [seenPort(guidB)] },
    `InfiniBand GUIDs not seen by the host: ${guidA}; not listed by the controller: ${guidB}`,
  ],
  [
    "infiniband",
    { nics: [...ethernet, ibPort(guidA)] },
    { infiniband: [seenPort(guidA, "200 Gb/sec (4X HDR)")] },
    "InfiniBand port mlx5_0/1: the controller says 400 Gb/s, the host says 200 Gb/s",
  ],
  [
    "infiniband",
    { nics: [...ethernet, ibPort(guidA)] },
    { infiniband: [seenPort(guidA, "10 Gb/sec (4X SDR)", "DOWN")] },
    "InfiniBand port mlx5_0/1: the controller says up, the host says DOWN",
  ],
])("%s that differs is a conflict, in words", (field, inventoryMore, factsMore, words) => {
  const found = hostConflicts({ ...inventory, ...inventoryMore }, { ...facts, ...factsMore });
  expect(found).toMatchObject([{ field, kind: "hardware", words }]);
});

test.each<[string, string, Partial<Inventory>, Partial<HostFacts>]>([
  ["a BIOS that the host does not tell", "bios", bios("1.8.2"), {}],
  [
    "CPUs of which one tells no cores",
    "cpu.cores",
    {
      cpus: [
        { socket: "CPU0", model: null, cores: 56, threads: null },
        { socket: "CPU1", model: null, cores: null, threads: null },
      ],
    },
    {},
  ],
  [
    "a card without a serial number",
    "gpu.serial",
    { gpus: toldGpus },
    { gpus: seenGpus(dgxGpus[0], ["[N/A]", dgxGpus[1][1]]) },
  ],
  ["a TPM that is hidden from the host", "tpm", { tpms: tpms(false) }, { tpm: false }],
  ["a TPM that the controller leaves out", "tpm", { tpms: [] }, { tpm: true }],
  ["Secure Boot of a host that tells none", "secureBoot", secureBoot(true), { secureBoot: null }],
  [
    "ports of a kind that the controller does not tell",
    "infiniband",
    { nics: [{ ...nic("5c:ff:35:00:00:01"), kind: "unknown" }] },
    { infiniband: [seenPort(guidA)] },
  ],
])("%s is not compared", (_, field, inventoryMore, factsMore) => {
  const told = { ...inventory, ...inventoryMore };
  const fields = compareHost(told, { ...facts, ...factsMore }).map((each) => each.field);
  expect(fields).not.toContain(field);
});
