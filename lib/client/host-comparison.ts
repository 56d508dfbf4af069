import { formatGibibytes } from "#lib/client/format";
import type { HostConflict } from "#lib/domain/inspection/conflicts";
import { gpusOnPci, type HostFacts } from "#lib/domain/inspection/host-facts";
import type { Inventory } from "#lib/domain/node/inventory";

/** One fact as both sides tell it; null where one does not. */
export type ComparedFact = {
  fact: string;
  controller: string | null;
  host: string | null;
  /** Set where they conflict. */
  conflict: HostConflict["kind"] | null;
};

/** What a controller and its host say of the same machine, side by side. */
export function hostComparison(
  inventory: Inventory | null,
  facts: HostFacts,
  conflicts: readonly HostConflict[],
): ComparedFact[] {
  const kindOf = (field: HostConflict["field"]) =>
    conflicts.find((each) => each.field === field)?.kind ?? null;
  const line = (
    fact: string,
    controller: string | null | undefined,
    host: string | null,
    field?: HostConflict["field"],
  ): ComparedFact => ({
    fact,
    controller: controller ?? null,
    host,
    conflict: field ? kindOf(field) : null,
  });
  const { system, cpu, memory, drives, nics, infiniband, pci } = facts;
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
    line("Firmware", inventory?.system.biosVersion, joined(system.biosVersion, system.biosDate)),
    line("CPUs", told("cpus", inventory?.cpus.length), text(cpu.sockets), "cpu.sockets"),
    line("CPU model", inventory?.cpus[0]?.model, cpu.model),
    line("Cores", coresOf(inventory), text(cpu.cores)),
    line("Memory", gib(inventory?.memory.totalGib ?? null), hostMemory(memory), "memory"),
    line("GPUs", told("gpus", inventory?.gpus?.length), String(gpusOnPci(pci).length), "gpus"),
    line("Drives", told("drives", inventory?.drives.length), String(drives.length), "drives"),
    line("Ethernet ports", ports("ethernet"), String(nics.length), "nics"),
    line("InfiniBand ports", ports("infiniband"), String(infiniband.length)),
    line("TPM", yesNo(inventory?.tpms && inventory.tpms.length > 0), yesNo(facts.tpm)),
    line("Secure Boot", onOff(inventory?.secureBoot?.inForce), onOff(facts.secureBoot)),
  ];
}

function text(value: number | null): string | null {
  return value === null ? null : String(value);
}

function joined(...parts: (string | null)[]): string | null {
  return parts.filter(Boolean).join(" ") || null;
}

function coresOf(inventory: Inventory | null): string | null {
  const cores = inventory?.cpus.map((cpu) => cpu.cores) ?? [];
  if (cores.length === 0 || cores.includes(null)) return null;
  return String(cores.reduce<number>((sum, each) => sum + (each ?? 0), 0));
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
