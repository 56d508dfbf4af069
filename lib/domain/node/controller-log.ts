import type { InventoryLogEntry } from "#lib/domain/node/inventory";
import { storable } from "#lib/domain/storable";

export type ControllerLogEntry = InventoryLogEntry & {
  /** The controller's own; it starts again when the log is cleared. */
  id: string | null;
};

/** The newest entries of one log of a controller. */
export type ControllerLog = { path: string; entries: ControllerLogEntry[] };

/** Up to where each log was read, by its path: what tells every entry of that page from any other. */
export type LogCursor = Readonly<Record<string, readonly string[]>>;

/**
 * Tells the entries that are new since a look from those that were there, and gives what the next
 * look is compared with. Of a log that was never read before, nothing is new: what it tells is the
 * node's past. A log that was cleared counts its entries from one again; all of what it tells then
 * is new, but for what it told before.
 */
export function newEntries(
  cursor: LogCursor,
  logs: readonly ControllerLog[],
): { fresh: ControllerLogEntry[]; cursor: LogCursor } {
  const fresh: ControllerLogEntry[] = [];
  const next: Record<string, readonly string[]> = { ...cursor };
  for (const { path, entries } of logs) {
    const before = cursor[path];
    // An empty page says what a cleared log says: whatever comes next is new.
    next[path] = entries.map(keyOf);
    if (before) fresh.push(...freshOf(before, entries));
  }
  return { fresh, cursor: next };
}

function freshOf(before: readonly string[], entries: readonly ControllerLogEntry[]) {
  const known = new Set(before);
  const unknown = entries.filter((entry) => !known.has(keyOf(entry)));
  const last = before.reduce((greatest, key) => Math.max(greatest, numberIn(key)), -1);
  const isCleared = !entries.some((entry) => numberIn(keyOf(entry)) === last && isKnown(entry));
  function isKnown(entry: ControllerLogEntry): boolean {
    return known.has(keyOf(entry));
  }
  // What had slid out of sight comes back when others are removed, and is not new.
  return isCleared ? unknown : unknown.filter((entry) => numberIn(keyOf(entry)) > last);
}

/**
 * Words are not needed whole to tell two entries of one id and moment apart. It is kept, and the cut may
 * go through a character.
 */
function keyOf({ id, at, message }: ControllerLogEntry): string {
  return storable(`${id ?? ""}|${at ?? ""}|${message.slice(0, 40)}`);
}

/** The number at the end of an id, or its moment where it has none. */
function numberIn(key: string): number {
  const [id = "", at = ""] = key.split("|");
  const digits = /(\d+)\D*$/.exec(id)?.[1];
  return digits === undefined ? Date.parse(at) || 0 : Number(digits);
}
