import type { Inventory, InventorySection } from "#lib/domain/node/inventory";

/** One difference between what a node was made of and what it is made of now. */
export type InventoryChange = {
  kind: "added" | "removed" | "replaced" | "changed";
  section: InventorySection;
  /** Where in the node; null when it is the node itself. */
  slot: string | null;
  words: string;
};

type Part = {
  slot: string;
  serial: string | null;
  /** What it is, in words. */
  name: string;
  /** What else may change on the same part, by what it is called. */
  facts: Record<string, string | number | boolean | null | undefined>;
};

/**
 * What changed between two inventories of a node, in the order of its worth. A part that was not
 * read this time is no change: nobody knows. Parts are known again by their serial number, or by
 * their slot where a controller tells none.
 */
export function inventoryChanges(before: Inventory, after: Inventory): InventoryChange[] {
  return [
    ...identityChanges(before, after),
    ...partChanges("gpus", "GPU", gpuParts(before), gpuParts(after), isComplete(after, "gpus")),
    ...partChanges("cpus", "CPU", cpuParts(before), cpuParts(after), isComplete(after, "cpus")),
    ...partChanges(
      "memory",
      "memory module",
      memoryParts(before),
      memoryParts(after),
      isComplete(after, "memory"),
    ),
    ...totalMemory(before, after),
    ...partChanges(
      "drives",
      "drive",
      driveParts(before),
      driveParts(after),
      isComplete(after, "drives"),
    ),
    ...partChanges(
      "nics",
      "network port",
      nicParts(before),
      nicParts(after),
      isComplete(after, "nics"),
    ),
    ...partChanges("dpus", "DPU", dpuParts(before), dpuParts(after), isComplete(after, "dpus")),
    ...partChanges(
      "powerSupplies",
      "power supply",
      supplyParts(before),
      supplyParts(after),
      isComplete(after, "readings"),
    ),
    ...firmwareChanges(before, after),
    ...platformChanges(before, after),
  ];
}

/**
 * Why the machine that answers is not the one that was enrolled; null when it is. A mainboard
 * carries the UUID, so another one in the same case is another machine, too: whatever was
 * confirmed of the old one says nothing of it.
 */
export function otherMachine(
  known: { serial: string | null; uuid: string | null },
  found: { serial: string | null; uuid: string | null },
): string | null {
  if (known.serial !== null && found.serial !== null && known.serial !== found.serial) {
    return `Another machine answers at this address: serial number ${found.serial}, where ${known.serial} was enrolled. If it was exchanged on purpose, retire this node and enrol the new one.`;
  }
  if (known.uuid !== null && found.uuid !== null && !isSameUuid(known.uuid, found.uuid)) {
    return `The mainboard was exchanged: its UUID is ${found.uuid} and was ${known.uuid}, under the same serial number ${found.serial ?? "of none"}. If that was on purpose, retire this node and enrol it again.`;
  }
  return null;
}

/** Firmware has been seen to turn the first three groups of a UUID around (SMBIOS 2.6, 7.2.1). */
function isSameUuid(one: string, other: string): boolean {
  const plain = (uuid: string) => uuid.toLowerCase().replace(/[^0-9a-f]/g, "");
  const a = plain(one);
  const b = plain(other);
  const reversed = (from: number, to: number) =>
    a.slice(from, to).match(/../g)?.reverse().join("") ?? "";
  return a === b || reversed(0, 8) + reversed(8, 12) + reversed(12, 16) + a.slice(16) === b;
}

function identityChanges({ system: before }: Inventory, { system: after }: Inventory) {
  const fields = { serial: "serial number", uuid: "UUID", model: "model", biosVersion: "BIOS" };
  return (Object.keys(fields) as (keyof typeof fields)[]).flatMap((field) => {
    const [was, is] = [before[field], after[field]];
    if (was === null || is === null || was === is) return [];
    if (field === "uuid" && isSameUuid(was, is)) return [];
    return [
      change("changed", "system", null, `The node's ${fields[field]} is ${is} and was ${was}`),
    ];
  });
}

/** True when every part of a section was read, so that one that is missing is gone. */
function isComplete(inventory: Inventory, section: InventorySection): boolean {
  const source = inventory.sources?.find((each) => each.section === section);
  return source?.complete !== false;
}

function partChanges(
  section: InventorySection,
  noun: string,
  before: Part[] | null,
  after: Part[] | null,
  complete: boolean,
): InventoryChange[] {
  if (before === null || after === null) return [];
  const pairs: [Part, Part][] = [];
  const gone = new Set(before);
  const come = new Set(after);
  const pair = (matches: (was: Part, is: Part) => boolean) => {
    for (const is of come) {
      const was = [...gone].find((each) => matches(each, is));
      if (!was) continue;
      pairs.push([was, is]);
      gone.delete(was);
      come.delete(is);
    }
  };
  pair((was, is) => is.serial !== null && was.serial === is.serial && was.slot === is.slot);
  pair((was, is) => is.serial !== null && was.serial === is.serial);
  pair((was, is) => was.slot === is.slot && (was.serial === null || is.serial === null));
  const changed = pairs.flatMap(([was, is]) => differencesOf(section, noun, was, is));
  const replaced: InventoryChange[] = [];
  pair((was, is) => {
    if (was.slot !== is.slot) return false;
    const words = `The ${noun} in ${is.slot} was replaced: ${called(is)} in the place of ${called(was)}`;
    replaced.push(change("replaced", section, is.slot, words));
    return true;
  });
  const removed = complete
    ? [...gone].map((was) =>
        change("removed", section, was.slot, `The ${noun} in ${was.slot} is gone: ${called(was)}`),
      )
    : [];
  const added = [...come].map((is) =>
    change("added", section, is.slot, `A ${noun} was added in ${is.slot}: ${called(is)}`),
  );
  return [...replaced, ...removed, ...added, ...changed];
}

function differencesOf(
  section: InventorySection,
  noun: string,
  was: Part,
  is: Part,
): InventoryChange[] {
  const moved =
    was.slot === is.slot
      ? []
      : [
          change(
            "changed",
            section,
            is.slot,
            `The ${noun} ${is.serial} moved from ${was.slot} to ${is.slot}`,
          ),
        ];
  const facts = Object.keys(is.facts).flatMap((fact) => {
    const [before, now] = [was.facts[fact] ?? null, is.facts[fact] ?? null];
    if (before === null || now === null || before === now) return [];
    const words = `The ${fact} of the ${noun} in ${is.slot} is ${now} and was ${before}`;
    return [change("changed", section, is.slot, words)];
  });
  return [...moved, ...facts];
}

function gpuParts({ gpus }: Inventory): Part[] | null {
  return (
    gpus?.map(({ slot, serial, model, firmwareVersion: firmware, nvlinks }) => ({
      slot,
      serial,
      name: model ?? "GPU",
      facts: { model, firmware, "number of NVLinks": nvlinks },
    })) ?? null
  );
}

function cpuParts({ cpus }: Inventory): Part[] {
  return cpus.map(({ socket, model, cores }) => ({
    slot: socket,
    serial: null,
    name: model ?? "CPU",
    facts: { model, "number of cores": cores },
  }));
}

function memoryParts({ memory }: Inventory): Part[] {
  return memory.modules.map(({ slot, serial, sizeGib, partNumber }) => ({
    slot,
    serial,
    name: [sizeGib === null ? null : `${sizeGib} GiB`, partNumber].filter(Boolean).join(" "),
    facts: { "size in GiB": sizeGib },
  }));
}

function totalMemory({ memory: before }: Inventory, { memory: after }: Inventory) {
  const [was, is] = [before.totalGib, after.totalGib];
  if (was === null || is === null || was === is) return [];
  const words = `The node has ${is} GiB of memory, ${Math.abs(is - was)} GiB ${is < was ? "less" : "more"} than before`;
  return [change("changed", "memory", null, words)];
}

function driveParts({ drives }: Inventory): Part[] {
  return drives.map(({ slot, serial, model, firmwareVersion: firmware }) => ({
    slot,
    serial,
    name: model ?? "drive",
    facts: { model, firmware },
  }));
}

/** A port is known by its address; what its cable does is no change of the node. */
function nicParts({ nics }: Inventory): Part[] {
  return nics.map(({ slot, mac, portGuid, model, kind, firmwareVersion: firmware }) => ({
    slot,
    serial: mac ?? portGuid ?? null,
    name: model ?? kind,
    facts: { model, firmware, kind: kind === "unknown" ? null : kind },
  }));
}

function dpuParts({ dpus }: Inventory): Part[] | null {
  return (
    dpus?.map(({ slot, serial, model, mode, firmwareVersion: firmware }) => ({
      slot,
      serial,
      name: model ?? "DPU",
      facts: { model, mode, firmware },
    })) ?? null
  );
}

function supplyParts({ powerSupplies }: Inventory): Part[] | null {
  return (
    powerSupplies?.map(({ slot, serial, model, firmwareVersion: firmware, health }) => ({
      slot,
      serial,
      name: model ?? "power supply",
      facts: { firmware, health },
    })) ?? null
  );
}

function firmwareChanges(before: Inventory, after: Inventory): InventoryChange[] {
  const known = new Map(before.firmware.map((each) => [each.id, each.version]));
  return after.firmware.flatMap(({ id, name, version }) => {
    const was = known.get(id) ?? null;
    if (was === null || version === null || was === version) return [];
    return [
      change("changed", "firmware", id, `The firmware of ${name} is ${version} and was ${was}`),
    ];
  });
}

function platformChanges(before: Inventory, after: Inventory): InventoryChange[] {
  const told = [
    ["secureBoot", "Secure Boot", before.secureBoot?.enabled, after.secureBoot?.enabled],
    ["manager", "IPMI over the network", before.manager?.ipmiOverLan, after.manager?.ipmiOverLan],
  ] as const;
  return told.flatMap(([section, name, was, is]) =>
    typeof was === "boolean" && typeof is === "boolean" && was !== is
      ? [
          change(
            "changed",
            section,
            null,
            `${name} is ${is ? "on" : "off"} and was ${was ? "on" : "off"}`,
          ),
        ]
      : [],
  );
}

function called({ name, serial }: Part): string {
  return [name, serial].filter(Boolean).join(" ") || "of unknown kind";
}

function change(
  kind: InventoryChange["kind"],
  section: InventorySection,
  slot: string | null,
  words: string,
): InventoryChange {
  return { kind, section, slot, words };
}
