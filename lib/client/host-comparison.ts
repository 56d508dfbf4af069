import { formatGibibytes } from "#lib/client/format";
import {
  type ConflictField,
  compareHost,
  coresOf,
  type HostConflict,
} from "#lib/domain/inspection/conflicts";
import { gpusOnPci, type HostFacts } from "#lib/domain/inspection/host-facts";
import type { Inventory } from "#lib/domain/node/inventory";

/** One fact as both sides tell it; null where one does not. */
export type ComparedFact = {
  fact: string;
  controller: string | null;
  host: string | null;
  /** How they conflict, or that they do not; null where nothing compares the two. */
  agreement: HostConflict["kind"] | "same" | null;
};

/** What a controller and its host say of the same machine, side by side. */
export function hostComparison(inventory: Inventory | null, facts: HostFacts): ComparedFact[] {
  const fields = inventory ? compareHost(inventory, facts) : [];
  const agreementOf = (field: ConflictField) => {
    const compared = fields.filter((each) => each.field === field);
    if (compared.length === 0) return null;
    return compared.find(({ conflict }) => conflict)?.conflict?.kind ?? "same";
  };
  const line = (
    fact: string,
    controller: string | null | undefined,
    host: string | null,
    field?: ConflictField,
  ): ComparedFact => ({
    fact,
    controller: controller ?? null,
    host,
    agreement: field ? agreementOf(field) : null,
  });
  const { system, cpu, memory, drives, nics, infiniband, pci, gpus } = facts;
  const told = (part: "cpus" | "gpus" | "drives" | "nics", count: number | undefined) =>
    count === undefined || inventory?.untold?.includes(part) ? null : String(count);
  const ports = (kind: "ethernet" | "infiniband") =>
    told("nics", inventory?.nics.filter((nic) => nic.kind === kind).length);
  return [
    line("Serial number", inventory?.system.serial, system.serial, "serial"),
    line("UUID", inventory?.system.uuid, system.uuid, "uuid"),
    line(
      "Model",
      inventory && joined(inventory.system.manufacturer, inventory.system.model),
      joined(system.manufacturer, system.model),
    ),
    line(
      "BIOS version",
      inventory?.system.biosVersion,
      joined(system.biosVersion, system.biosDate),
      "bios",
    ),
    line("CPUs", told("cpus", inventory?.cpus.length), text(cpu.sockets), "cpu.sockets"),
    line("CPU model", inventory?.cpus.find(({ model }) => model)?.model, cpu.model, "cpu.model"),
    line("Cores", text(coresOf(inventory?.cpus ?? [])), text(cpu.cores), "cpu.cores"),
    line("Memory", gib(inventory?.memory.totalGib ?? null), hostMemory(memory), "memory"),
    line("GPUs", told("gpus", inventory?.gpus?.length), String(gpusOnPci(pci).length), "gpus"),
    line(
      "GPU serial numbers",
      names(inventory?.gpus?.map(({ serial }) => serial)),
      names(gpus?.map(({ serial }) => serial)),
      "gpu.serial",
    ),
    line(
      "GPU UUIDs",
      names(inventory?.gpus?.map(({ uuid }) => uuid)),
      names(gpus?.map(({ uuid }) => uuid)),
      "gpu.uuid",
    ),
    line("Drives", told("drives", inventory?.drives.length), String(drives.length), "drives"),
    line("Ethernet ports", ports("ethernet"), String(nics.length), "nics"),
    line("InfiniBand ports", ports("infiniband"), String(infiniband.length), "infiniband"),
    line("TPM", yesNo(inventory?.tpms && inventory.tpms.length > 0), yesNo(facts.tpm), "tpm"),
    line(
      "Secure Boot",
      onOff(inventory?.secureBoot?.inForce),
      onOff(facts.secureBoot),
      "secureBoot",
    ),
  ];
}

/** All of them: one that is another than its neighbour's must not be hidden. */
function names(told: readonly (string | null)[] | undefined): string | null {
  return told?.filter(Boolean).join(", ") || null;
}

function text(value: number | null): string | null {
  return value === null ? null : String(value);
}

function joined(...parts: (string | null)[]): string | null {
  return parts.filter(Boolean).join(" ") || null;
}

/** The modules where they are known; else what the kernel has of them. */
function hostMemory({ totalMib, modules }: HostFacts["memory"]): string | null {
  const installed = modules?.reduce((sum, each) => sum + (each.sizeMib ?? 0), 0) ?? 0;
  if (installed > 0) return gib(installed / 1024);
  return totalMib === null
    ? null
    : `${gib(Math.round(totalMib / 102.4) / 10)}, as the kernel counts`;
}

function gib(value: number | null): string | null {
  return value === null ? null : formatGibibytes(value);
}

function yesNo(value: boolean | null | undefined): string | null {
  return typeof value === "boolean" ? (value ? "present" : "none") : null;
}

function onOff(value: boolean | null | undefined): string | null {
  return typeof value === "boolean" ? (value ? "on" : "off") : null;
}
