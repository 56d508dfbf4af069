import { readGuid } from "#lib/domain/fabric/guid";
import {
  gpusOnPci,
  type HostDrive,
  type HostFacts,
  type HostInfinibandPort,
  narrowLinks,
} from "#lib/domain/inspection/host-facts";
import { sameCpuModel } from "#lib/domain/node/hardware-name";
import type { Inventory, InventoryNic } from "#lib/domain/node/inventory";
import { isSameUuid } from "#lib/domain/node/system-uuid";

export const conflictFields = [
  "serial",
  "uuid",
  "bios",
  "cpu.sockets",
  "cpu.model",
  "cpu.cores",
  "memory",
  "drives",
  "nics",
  "infiniband",
  "gpus",
  "gpu.serial",
  "gpu.uuid",
  "tpm",
  "secureBoot",
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

/** A field that both sides tell, and what is wrong with it; null where they agree. */
export type ComparedField = { field: ConflictField; conflict: HostConflict | null };

/**
 * What the host says held against what its controller says. A fact that one of the two does not
 * tell is no conflict. Order: as a person would read them.
 */
export function hostConflicts(inventory: Inventory, facts: HostFacts): HostConflict[] {
  return compareHost(inventory, facts).flatMap(({ conflict }) => conflict ?? []);
}

/** Every field that could be compared. What is not in the answer was not, so nothing is known of it. */
export function compareHost(inventory: Inventory, facts: HostFacts): ComparedField[] {
  return [
    ...compareIdentity(inventory, facts),
    ...compareFirmware(inventory, facts),
    ...compareCpus(inventory, facts),
    ...compareGpus(inventory, facts),
    ...compareMemory(inventory, facts),
    ...compareDrives(inventory, facts),
    ...compareNics(inventory, facts),
    ...compareInfiniband(inventory, facts),
    ...linkConflicts(facts).map((conflict) => ({ field: conflict.field, conflict })),
  ];
}

function compareIdentity({ system }: Inventory, facts: HostFacts): ComparedField[] {
  const serials = [realSerial(system.serial), realSerial(facts.system.serial)] as const;
  const uuids = [realUuid(system.uuid), realUuid(facts.system.uuid)] as const;
  return [
    ...compared("serial", "identity", "Serial number", serials, (one, other) => one === other),
    ...compared(
      "uuid",
      "identity",
      "UUID",
      uuids,
      (one, other) => isSameUuid(one, other) !== false,
    ),
  ];
}

function compareFirmware(inventory: Inventory, facts: HostFacts): ComparedField[] {
  const { biosVendor, biosVersion } = facts.system;
  const versions = [inventory.system.biosVersion, biosVersion] as const;
  // A controller that lists no TPM may have left it out, and one that is off is hidden from the host.
  const tpm = inventory.tpms?.some(({ enabled }) => enabled) ? "present" : null;
  const { tpm: hostTpm, secureBoot } = facts;
  const ofHost = hostTpm === null ? null : hostTpm ? "present" : "none";
  return [
    ...compared("bios", "hardware", "BIOS version", versions, (one, other) =>
      sameBios(one, other, biosVendor),
    ),
    ...compared("tpm", "hardware", "TPM", [tpm, ofHost], (one, other) => one === other),
    ...compared(
      "secureBoot",
      "hardware",
      "Secure Boot",
      [onOff(inventory.secureBoot?.inForce ?? null), onOff(secureBoot)],
      (one, other) => one === other,
    ),
  ];
}

function compareCpus({ cpus, untold }: Inventory, { cpu }: HostFacts): ComparedField[] {
  if (cpus.length === 0 || untold?.includes("cpus")) return [];
  const same = (one: string, other: string) => one === other;
  const cores = coresOf(cpus);
  const models = [cpus.find(({ model }) => model)?.model ?? null, cpu.model] as const;
  return [
    ...compared("cpu.sockets", "hardware", "CPUs", [text(cpus.length), text(cpu.sockets)], same),
    // Either may say more of it than the other.
    ...compared(
      "cpu.model",
      "hardware",
      "CPU model",
      models,
      (one, other) => sameCpuModel(one, other) || sameCpuModel(other, one),
    ),
    ...compared("cpu.cores", "hardware", "CPU cores", [text(cores), text(cpu.cores)], same),
  ];
}

function compareGpus(inventory: Inventory, facts: HostFacts): ComparedField[] {
  const onPci = gpusOnPci(facts.pci).length;
  const listed = inventory.untold?.includes("gpus") ? null : inventory.gpus;
  const found = compared(
    "gpus",
    "hardware",
    "GPUs",
    [text(listed?.length ?? null), text(onPci)],
    (one, other) => one === other,
  );
  if (facts.gpus === null) return found;
  if (facts.gpus.length !== onPci) {
    const conflict: HostConflict = {
      field: "gpus",
      kind: "hardware",
      controller: text(listed?.length ?? null),
      host: String(facts.gpus.length),
      words: `GPUs: ${onPci} on the PCI bus, and the driver answers for ${facts.gpus.length}`,
    };
    found.push({ field: "gpus", conflict });
  }
  // nvidia-smi writes GPU- before the UUID, and `[N/A]` for a serial number that a card has not.
  const uuid = (each: { uuid: string | null }) =>
    realUuid(each.uuid?.trim().replace(/^GPU-/i, "") ?? null);
  const serial = (each: { serial: string | null }) => realSerial(each.serial);
  return [
    ...found,
    ...comparedSets(
      "gpu.serial",
      "GPU serial numbers",
      listed?.map(serial) ?? [],
      facts.gpus.map(serial),
    ),
    ...comparedSets("gpu.uuid", "GPU UUIDs", listed?.map(uuid) ?? [], facts.gpus.map(uuid)),
  ];
}

/** Firmware and kernel keep some memory for themselves: up to a sixteenth and half a GiB of it. */
function compareMemory({ memory }: Inventory, facts: HostFacts): ComparedField[] {
  const { totalMib, modules } = facts.memory;
  if (memory.totalGib === null) return [];
  const told = memory.totalGib * 1024;
  const sizes = modules?.map(({ sizeMib }) => sizeMib ?? 0) ?? [];
  const installed = sizes.reduce((sum, size) => sum + size, 0);
  if (installed === 0 && totalMib === null) return [];
  const agrees =
    installed > 0
      ? Math.abs(installed - told) <= told / 100
      : totalMib !== null && totalMib <= told * 1.01 && totalMib >= told * (15 / 16) - 512;
  const seen = Math.round(((installed || totalMib) ?? 0) / 102.4) / 10;
  const both = [`${memory.totalGib} GiB`, `${seen} GiB`] as const;
  return compared("memory", "hardware", "Memory", both, () => agrees);
}

function compareDrives(inventory: Inventory, facts: HostFacts): ComparedField[] {
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
  if (missing.length === 0 && unlisted.length === 0) {
    return listed.length > 0 ? [{ field: "drives", conflict: null }] : [];
  }
  const words = [
    missing.length > 0 && `not seen by the host: ${list(missing.map(driveName))}`,
    unlisted.length > 0 && `not listed by the controller: ${list(unlisted.map(hostDriveName))}`,
  ].filter(Boolean);
  const conflict: HostConflict = {
    field: "drives",
    kind: "hardware",
    controller: list(missing.map(({ serial }) => serial ?? "")) || null,
    host: list(unlisted.map(({ serial }) => serial ?? "")) || null,
    words: `Drives ${words.join("; ")}`,
  };
  return [{ field: "drives", conflict }];
}

function compareNics(inventory: Inventory, facts: HostFacts): ComparedField[] {
  const seen = new Set(facts.nics.map((nic) => nic.mac).filter(Boolean));
  const listed = inventory.nics.filter((nic) => nic.kind !== "infiniband" && nic.mac);
  if (listed.length === 0 || inventory.untold?.includes("nics")) return [];
  const missing = listed.filter((nic) => !seen.has(nic.mac));
  if (missing.length === 0) return [{ field: "nics", conflict: null }];
  const macs = list(missing.map(({ mac }) => mac ?? ""));
  const conflict: HostConflict = {
    field: "nics",
    kind: "hardware",
    controller: macs,
    host: null,
    words: `Network ports that the controller lists and the host does not have: ${macs}`,
  };
  return [{ field: "nics", conflict }];
}

/**
 * InfiniBand ports by count, by GUID, and by what they run at. A controller that says a port is down
 * may have been asked while the host was off, so only a port that it saw up is held to be up.
 */
function compareInfiniband({ nics, untold }: Inventory, facts: HostFacts): ComparedField[] {
  const listed = nics.filter(({ kind }) => kind === "infiniband");
  const seen = facts.infiniband;
  // A port of unknown kind may be one of them.
  const unclear = nics.some(({ kind }) => kind === "unknown");
  if (untold?.includes("nics") || (listed.length === 0 && (unclear || nics.length === 0))) {
    return [];
  }
  const counts = unclear
    ? []
    : compared(
        "infiniband",
        "hardware",
        "InfiniBand ports",
        [text(listed.length), text(seen.length)],
        (one, other) => one === other,
      );
  const guids = comparedSets(
    "infiniband",
    "InfiniBand GUIDs",
    listed.map(({ portGuid }) => portGuid ?? null),
    seen.map(guidOf),
  );
  const ports = listed.flatMap((port) => {
    const ofHost = seen.find((each) => port.portGuid && guidOf(each) === port.portGuid);
    return ofHost ? comparePort(port, ofHost) : [];
  });
  return [...counts, ...guids, ...ports];
}

function comparePort(port: InventoryNic, host: HostInfinibandPort): ComparedField[] {
  if (port.linkUp !== true || host.state === null) return [];
  const where = `InfiniBand port ${host.device}/${host.port}`;
  const isDown = /down/i.test(host.state);
  if (isDown) {
    const words = `${where}: the controller says up, the host says ${host.state}`;
    const both = { controller: "up", host: host.state };
    return [
      { field: "infiniband", conflict: { field: "infiniband", kind: "hardware", ...both, words } },
    ];
  }
  // `400 Gb/sec (4X NDR)`; a controller may tell what is on the wire, as 103.125 of EDR's 100.
  const rate = Number(/^\s*([\d.]+)\s*Gb\/s/i.exec(host.rate ?? "")?.[1]);
  if (port.speedGbps === null || !(rate > 0)) return [];
  const both = [`${port.speedGbps} Gb/s`, `${rate} Gb/s`] as const;
  const isNear = Math.abs(port.speedGbps - rate) <= rate * 0.05;
  return compared("infiniband", "hardware", where, both, () => isNear);
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

/** One field as both tell it; nothing where one of them does not. */
function compared(
  field: ConflictField,
  kind: HostConflict["kind"],
  what: string,
  [controller, host]: readonly [string | null, string | null],
  isSame: (controller: string, host: string) => boolean,
): ComparedField[] {
  if (!controller || !host) return [];
  const words = `${what}: the controller says ${controller}, the host says ${host}`;
  const conflict = isSame(controller, host) ? null : { field, kind, controller, host, words };
  return [{ field, conflict }];
}

/** Names of parts as both tell them; nothing where one of them does not tell all of its own. */
function comparedSets(
  field: ConflictField,
  what: string,
  listed: readonly (string | null)[],
  seen: readonly (string | null)[],
): ComparedField[] {
  const all = [...listed, ...seen];
  if (listed.length === 0 || seen.length === 0 || all.includes(null)) return [];
  const missing = listed.flatMap((name) => (name && !seen.includes(name) ? [name] : []));
  const extra = seen.flatMap((name) => (name && !listed.includes(name) ? [name] : []));
  if (missing.length === 0 && extra.length === 0) return [{ field, conflict: null }];
  const words = [
    missing.length > 0 && `not seen by the host: ${list(missing)}`,
    extra.length > 0 && `not listed by the controller: ${list(extra)}`,
  ].filter(Boolean);
  const both = { controller: list(missing) || null, host: list(extra) || null };
  const conflict: HostConflict = {
    field,
    kind: "hardware",
    ...both,
    words: `${what} ${words.join("; ")}`,
  };
  return [{ field, conflict }];
}

/**
 * The cores of all CPUs.
 * @returns null where one of them does not tell its own.
 */
export function coresOf(cpus: Inventory["cpus"]): number | null {
  if (cpus.length === 0) return null;
  return cpus.reduce<number | null>(
    (sum, { cores }) => (sum === null || cores === null ? null : sum + cores),
    0,
  );
}

/**
 * Whether two versions of a BIOS are one: a controller may add the date or the maker to what SMBIOS
 * has (HPE: `U58 v2.44 (01/17/2025)`, and `U58`), or write it with other zeros and case.
 */
function sameBios(controller: string, host: string, vendor: string | null): boolean {
  const [one, other] = [biosWords(controller), biosWords(host)];
  const withVendor = [...other, ...biosWords(vendor ?? "")];
  return (
    one.every((word) => withVendor.includes(word)) || other.every((word) => one.includes(word))
  );
}

function biosWords(text: string): string[] {
  const parts = text.toLowerCase().split(/[^a-z0-9.]+/);
  return parts
    .filter(Boolean)
    .map((part) => part.replace(/^v(?=\d)/, "").replace(/\b0+(?=\d)/g, ""));
}

function guidOf({ guid }: HostInfinibandPort): string | null {
  return guid === null ? null : readGuid(guid);
}

function onOff(value: boolean | null): string | null {
  return value === null ? null : value ? "on" : "off";
}

function text(value: number | null): string | null {
  return value === null ? null : String(value);
}

// What mainboards say before anyone has written a serial number into them.
const blank =
  /^(to be filled.*|default string|not specified|not available|system serial number|unknown|none|\[?n\/?a\]?|0+|x+|\.*)$/i;

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
