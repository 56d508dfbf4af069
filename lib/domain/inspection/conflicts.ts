import {
  gpusOnPci,
  type HostDrive,
  type HostFacts,
  narrowLinks,
} from "#lib/domain/inspection/host-facts";
import type { Inventory } from "#lib/domain/node/inventory";
import { isSameUuid } from "#lib/domain/node/system-uuid";

export const conflictFields = [
  "serial",
  "uuid",
  "cpu.sockets",
  "memory",
  "drives",
  "nics",
  "gpus",
  "pcie",
] as const;
export type ConflictField = (typeof conflictFields)[number];

/** One way in which the host and its controller, or a device and its slot, do not agree. */
export type HostConflict = {
  field: ConflictField;
  /**
   * `identity`: it may not be the machine that the controller speaks for; the node is kept back.
   * `hardware`: they count or name a part differently. `link`: a device has fewer lanes than it can use.
   */
  kind: "identity" | "hardware" | "link";
  controller: string | null;
  host: string | null;
  words: string;
};

/**
 * What the host says held against what its controller says. A fact that one of the two does not
 * tell is no conflict. Order: as a person would read them.
 */
export function hostConflicts(inventory: Inventory, facts: HostFacts): HostConflict[] {
  return [
    ...identityConflicts(inventory, facts),
    ...countConflicts(inventory, facts),
    ...memoryConflicts(inventory, facts),
    ...driveConflicts(inventory, facts),
    ...nicConflicts(inventory, facts),
    ...linkConflicts(facts),
  ];
}

function identityConflicts({ system }: Inventory, facts: HostFacts): HostConflict[] {
  const found: HostConflict[] = [];
  const serials = [realSerial(system.serial), realSerial(facts.system.serial)] as const;
  if (serials[0] && serials[1] && serials[0] !== serials[1]) {
    found.push(conflict("serial", "identity", "Serial number", serials[0], serials[1]));
  }
  const uuids = [realUuid(system.uuid), realUuid(facts.system.uuid)] as const;
  if (uuids[0] && uuids[1] && isSameUuid(uuids[0], uuids[1]) === false) {
    found.push(conflict("uuid", "identity", "UUID", uuids[0], uuids[1]));
  }
  return found;
}

function countConflicts(inventory: Inventory, facts: HostFacts): HostConflict[] {
  const found: HostConflict[] = [];
  const { sockets } = facts.cpu;
  if (inventory.cpus.length > 0 && sockets !== null && inventory.cpus.length !== sockets) {
    const told = [String(inventory.cpus.length), String(sockets)] as const;
    found.push(conflict("cpu.sockets", "hardware", "CPUs", ...told));
  }
  const gpus = gpusOnPci(facts.pci).length;
  const listed = inventory.untold?.includes("gpus") ? null : inventory.gpus;
  if (listed !== null && listed.length !== gpus) {
    found.push(conflict("gpus", "hardware", "GPUs", String(listed.length), String(gpus)));
  }
  if (facts.gpus !== null && facts.gpus.length !== gpus) {
    found.push({
      field: "gpus",
      kind: "hardware",
      controller: listed === null ? null : String(listed.length),
      host: String(facts.gpus.length),
      words: `GPUs: ${gpus} on the PCI bus, and the driver answers for ${facts.gpus.length}`,
    });
  }
  return found;
}

/** Firmware and kernel keep some memory for themselves: up to a sixteenth and half a GiB of it. */
function memoryConflicts({ memory }: Inventory, facts: HostFacts): HostConflict[] {
  const { totalMib, modules } = facts.memory;
  if (memory.totalGib === null) return [];
  const told = memory.totalGib * 1024;
  const sizes = modules?.map(({ sizeMib }) => sizeMib ?? 0) ?? [];
  const installed = sizes.reduce((sum, size) => sum + size, 0);
  const differs =
    installed > 0
      ? Math.abs(installed - told) > told / 100
      : totalMib !== null && (totalMib > told * 1.01 || totalMib < told * (15 / 16) - 512);
  if (!differs) return [];
  const seen = Math.round(((installed || totalMib) ?? 0) / 102.4) / 10;
  return [conflict("memory", "hardware", "Memory", `${memory.totalGib} GiB`, `${seen} GiB`)];
}

function driveConflicts(inventory: Inventory, facts: HostFacts): HostConflict[] {
  if (inventory.untold?.includes("drives") || inventory.drives.length === 0) return [];
  const listed = inventory.drives.filter((drive) => realSerial(drive.serial));
  const missing = listed.filter(
    (drive) => !facts.drives.some((seen) => sameDriveSerial(drive.serial, seen)),
  );
  const extra = facts.drives.filter(
    (seen) =>
      realSerial(seen.serial) && !listed.some((drive) => sameDriveSerial(drive.serial, seen)),
  );
  // Of a controller that leaves serial numbers out, one that it lists may be any.
  const nameless = inventory.drives.length - listed.length;
  const unlisted = extra.length > nameless ? extra : [];
  if (missing.length === 0 && unlisted.length === 0) return [];
  const words = [
    missing.length > 0 && `not seen by the host: ${list(missing.map(driveName))}`,
    unlisted.length > 0 && `not listed by the controller: ${list(unlisted.map(hostDriveName))}`,
  ].filter(Boolean);
  return [
    {
      field: "drives",
      kind: "hardware",
      controller: list(missing.map(({ serial }) => serial ?? "")) || null,
      host: list(unlisted.map(({ serial }) => serial ?? "")) || null,
      words: `Drives ${words.join("; ")}`,
    },
  ];
}

function nicConflicts(inventory: Inventory, facts: HostFacts): HostConflict[] {
  const seen = new Set(facts.nics.map((nic) => nic.mac).filter(Boolean));
  const listed = inventory.nics.filter((nic) => nic.kind !== "infiniband" && nic.mac);
  const missing = listed.filter((nic) => !seen.has(nic.mac));
  if (missing.length === 0 || inventory.untold?.includes("nics")) return [];
  const macs = list(missing.map(({ mac }) => mac ?? ""));
  return [
    {
      field: "nics",
      kind: "hardware",
      controller: macs,
      host: null,
      words: `Network ports that the controller lists and the host does not have: ${macs}`,
    },
  ];
}

function linkConflicts({ pci }: HostFacts): HostConflict[] {
  return narrowLinks(pci).map(({ address, width, maxWidth }) => ({
    field: "pcie",
    kind: "link",
    controller: null,
    host: `x${width}`,
    words: `PCIe device ${address} runs at x${width} and could at x${maxWidth}`,
  }));
}

function conflict(
  field: ConflictField,
  kind: HostConflict["kind"],
  what: string,
  controller: string,
  host: string,
): HostConflict {
  const words = `${what}: the controller says ${controller}, the host says ${host}`;
  return { field, kind, controller, host, words };
}

// What mainboards say before anyone has written a serial number into them.
const blank =
  /^(to be filled.*|default string|not specified|not available|system serial number|unknown|none|n\/?a|0+|x+|\.*)$/i;

function realSerial(serial: string | null): string | null {
  const text = serial?.trim().toUpperCase() ?? "";
  return text === "" || blank.test(text) ? null : text;
}

function realUuid(uuid: string | null): string | null {
  const text = uuid?.trim().toLowerCase() ?? "";
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)) return null;
  return /^[0f-]+$/.test(text) ? null : text;
}

/** virtio cuts a serial number off after twenty characters (VIRTIO_BLK_ID_BYTES). */
function sameDriveSerial(listed: string | null, seen: HostDrive): boolean {
  const one = realSerial(listed);
  const other = realSerial(seen.serial);
  if (!one || !other) return false;
  return one === other || (other.length === 20 && one.startsWith(other));
}

function driveName(drive: Inventory["drives"][number]): string {
  return `${drive.slot} (${drive.serial})`;
}

function hostDriveName(drive: HostDrive): string {
  return `${drive.name} (${drive.serial})`;
}

/** At most three by name; a node can hold 24 drives. */
function list(names: readonly string[]): string {
  const rest = names.length - 3;
  return names.slice(0, 3).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}
