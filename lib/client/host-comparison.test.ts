import { expect, test } from "vitest";
import { hostComparison } from "#lib/client/host-comparison";
import type { HostFacts } from "#lib/domain/inspection/host-facts";
import type { Inventory } from "#lib/domain/node/inventory";

const inventory: Inventory = {
  system: {
    ...{ manufacturer: "Dell Inc.", model: "PowerEdge R750", sku: null },
    ...{ serial: "S1", uuid: null, biosVersion: "1.8.2" },
  },
  cpus: [{ socket: "CPU.Socket.1", model: null, cores: 18, threads: 36 }],
  memory: { totalGib: 512, modules: [] },
  ...{ gpus: [], drives: [], nics: [], firmware: [] },
  tpms: [{ kind: "TPM 2.0", firmwareVersion: null, enabled: true }],
  secureBoot: { enabled: true, inForce: true, mode: null },
};
const facts: HostFacts = {
  ...{ kernel: "6.1.0", firmware: "uefi" },
  system: {
    ...{ manufacturer: "QEMU", model: "Standard PC", boardSerial: null, biosVendor: null },
    ...{ serial: "S1", uuid: "x", biosVersion: "1.9.2", biosDate: "04/01/2014" },
  },
  cpu: { model: null, sockets: 1, cores: 18, threads: 36 },
  memory: { totalMib: null, modules: null },
  ...{ drives: [], nics: [], infiniband: [], pci: [], gpus: null },
  ...{ tpm: true, secureBoot: false },
};

// Guarantee: "no conflict" is said of nothing that was not compared. Goes red when a line without a
// comparison behind it, or one that a side does not tell, is called the same.
test("a line says that both agree only where something compared them", () => {
  const agreements = (told: Inventory | null) =>
    Object.fromEntries(hostComparison(told, facts).map((each) => [each.fact, each.agreement]));
  expect(agreements(inventory)).toEqual({
    "Serial number": "same",
    UUID: null,
    Model: null,
    "BIOS version": "hardware",
    CPUs: "same",
    "CPU model": null,
    Cores: "same",
    Memory: null,
    GPUs: "same",
    "GPU serial numbers": null,
    "GPU UUIDs": null,
    Drives: null,
    "Ethernet ports": null,
    "InfiniBand ports": null,
    TPM: "same",
    "Secure Boot": "hardware",
  });
  expect(new Set(Object.values(agreements(null)))).toEqual(new Set([null]));
});
