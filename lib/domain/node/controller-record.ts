import type { BiosValue } from "#lib/domain/node/bios-settings";
import type { Inventory, InventoryAccount } from "#lib/domain/node/inventory";
import type { Difference } from "#lib/domain/node/node-type";

/** A controller's accounts and a node's firmware as they were when the node was last in order. */
export type ControllerRecord = {
  /** ISO 8601. */
  at: string;
  /** Names of the accounts that were enabled; null when they could not be read. */
  accounts: string[] | null;
  /** Version by component, those that were known. */
  firmware: Record<string, string>;
  /** BIOS settings by name, where its type has them reset in wipes. */
  bios?: Record<string, BiosValue>;
};

/** What is to be remembered of a node that is in order. */
export function recordOf(
  inventory: Inventory,
  accounts: readonly InventoryAccount[] | null,
  at: string,
  bios: Record<string, BiosValue> | null,
): ControllerRecord {
  return {
    at,
    accounts: accounts && enabledNames(accounts),
    firmware: firmwareOf(inventory),
    ...(bios && { bios }),
  };
}

/**
 * How a controller and a node's firmware are not what they were when the node was last in order: an
 * account that was added, enabled, taken away or turned off, a version that is another. What is not
 * known on either side is no difference.
 */
export function differencesFromRecord(
  record: ControllerRecord,
  inventory: Inventory,
  accounts: readonly InventoryAccount[] | null,
): { accounts: Difference[]; firmware: Difference[] } {
  return {
    accounts: accountDifferences(record.accounts, accounts && enabledNames(accounts)),
    firmware: firmwareDifferences(record.firmware, firmwareOf(inventory)),
  };
}

function accountDifferences(before: string[] | null, now: string[] | null): Difference[] {
  if (before === null || now === null) return [];
  const added = now.filter((name) => !before.includes(name));
  const gone = before.filter((name) => !now.includes(name));
  if (added.length + gone.length === 0) return [];
  const expected = before.join(", ");
  const found = now.join(", ");
  const parts = [
    added.length > 0 ? `${added.join(", ")} came` : "",
    gone.length > 0 ? `${gone.join(", ")} went` : "",
  ].filter(Boolean);
  return [
    {
      field: "record.accounts",
      expected,
      found,
      severity: "mismatch",
      words: `Accounts of the controller since it was last in order: ${parts.join(" and ")}`,
    },
  ];
}

function firmwareDifferences(
  before: Record<string, string>,
  now: Record<string, string>,
): Difference[] {
  return Object.entries(now).flatMap(([component, found]): Difference[] => {
    const expected = before[component];
    if (expected === undefined || expected === found) return [];
    const words = `${component} since it was last in order: ${found}, and was ${expected}`;
    return [{ field: "record.firmware", expected, found, severity: "mismatch", words }];
  });
}

/** Ingot's own among them; those that a host's firmware makes for itself change their names. */
function enabledNames(accounts: readonly InventoryAccount[]): string[] {
  return accounts
    .filter(({ enabled, isHosts }) => enabled === true && !isHosts)
    .map(({ username }) => username)
    .sort();
}

/** The version of everything that tells one, by its name. */
function firmwareOf(inventory: Inventory): Record<string, string> {
  const { system, manager, gpus, firmware } = inventory;
  const all: [string, string | null | undefined][] = [
    ...firmware.map(({ id, version }): [string, string | null] => [`Firmware of ${id}`, version]),
    ["BIOS", system.biosVersion],
    ["Controller firmware", manager?.firmwareVersion],
    // A GPU that was replaced is another part, which the inventory's changes tell.
    ...(gpus ?? []).map((gpu): [string, string | null] => [
      `Firmware of the GPU ${gpu.serial ?? gpu.slot}`,
      gpu.firmwareVersion,
    ]),
  ];
  return Object.fromEntries(all.filter((each): each is [string, string] => Boolean(each[1])));
}
