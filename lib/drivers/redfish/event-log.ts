import type { ControllerLog, ControllerLogEntry } from "#lib/domain/node/controller-log";
import { storable } from "#lib/domain/storable";
import type { LogNames } from "#lib/drivers/redfish/quirks";
import type { Answered, Reader } from "#lib/drivers/redfish/reader";
import {
  isRecord,
  type LogEntry,
  logEntries,
  logEntry,
  logService,
} from "#lib/drivers/redfish/resource-schemas";

const optional = { busyIsUnread: true } as const;

/** Logs that are looked into when the first ones are empty. */
const maxLogs = 2;

/** Newest entries: of a log that comes with its entries, and of one where each is a request. */
const maxEntries = 20;
const maxSingleEntries = 5;
/** Of a log that is watched: between two looks more may have been added than a person reads. */
const maxWatchedEntries = 50;

/**
 * The newest entries of the log that tells most about the hardware.
 * @param places Log service collections of the host and of its manager.
 * @param names What this controller calls its logs.
 */
export async function readEventLog(
  reader: Reader,
  places: readonly (string | null)[],
  names: LogNames,
): Promise<{ path: string | null; entries: ControllerLogEntry[] }> {
  const ranked = await findLogs(reader, places, names);
  for (const path of ranked) {
    const entries = await newestOf(reader, await entriesOf(reader, path), maxEntries);
    if (entries && entries.length > 0) return { path, entries };
  }
  return { path: ranked[0] ?? null, entries: [] };
}

/** Where the entries are of the logs that tell most: what `readLogs` takes. */
export async function findEntries(
  reader: Reader,
  places: readonly (string | null)[],
  names: LogNames,
): Promise<string[]> {
  const ranked = await findLogs(reader, places, names);
  const found = await Promise.all(ranked.map((path) => entriesOf(reader, path)));
  return found.filter((path) => path !== null);
}

/** The newest entries of logs, each with a request where it has no pages; what cannot be read is left out. */
export async function readLogs(reader: Reader, paths: readonly string[]): Promise<ControllerLog[]> {
  const logs: ControllerLog[] = [];
  for (const path of paths) {
    const entries = await newestOf(reader, path, maxWatchedEntries);
    if (entries) logs.push({ path, entries });
  }
  return logs;
}

async function findLogs(
  reader: Reader,
  places: readonly (string | null)[],
  { telling, others }: LogNames,
): Promise<string[]> {
  const paths = new Set<string>();
  for (const place of places) {
    const listed = await reader.find(place, logEntries, optional);
    for (const member of listed?.Members ?? []) {
      const path = isRecord(member) ? member["@odata.id"] : null;
      const isTold = typeof path === "string" && !others.some((name) => name.test(lastPart(path)));
      if (isTold) paths.add(path);
    }
  }
  const rankOf = (path: string) => telling.findIndex((name) => name.test(lastPart(path)));
  return [...paths].toSorted((a, b) => rankOf(a) - rankOf(b)).slice(0, maxLogs);
}

async function entriesOf(reader: Reader, path: string): Promise<string | null> {
  return (await reader.find(path, logService, optional))?.Entries ?? null;
}

/**
 * Some list the newest first, some last, and some only a page of many: so the entries with the
 * highest numbers are taken, from the last page where the first says that there are more.
 */
async function newestOf(
  reader: Reader,
  path: string | null,
  most: number,
): Promise<ControllerLogEntry[] | null> {
  let page = await reader.find(path, logEntries, optional);
  if (path === null || page === null) return null;
  const count = page["Members@odata.count"];
  if (page["Members@odata.nextLink"] !== null && count !== null && isAscending(page.Members)) {
    const lastPath = `${path}?$skip=${Math.max(0, count - most)}`;
    const last = await reader.find(lastPath, logEntries, optional);
    if (last && last.Members.length > 0) page = last;
    // The first page in the place of the last would tell old entries for new ones.
    else if (reader.left() === 0 || isPutOff(reader.answered(lastPath))) return null;
  }
  const given: LogEntry[] = [];
  const listed: string[] = [];
  for (const member of page.Members) {
    if (!isRecord(member)) continue;
    if (typeof member.Id === "string") {
      const parsed = logEntry.safeParse(member);
      if (parsed.success) given.push(parsed.data);
    } else if (typeof member["@odata.id"] === "string") {
      listed.push(member["@odata.id"]);
    }
  }
  if (given.length === 0) {
    const newest = listed.toSorted((a, b) => numberOf(b) - numberOf(a)).slice(0, maxSingleEntries);
    const found = await Promise.all(newest.map((each) => reader.find(each, logEntry, optional)));
    given.push(...found.filter((each) => each !== null));
  }
  return given
    .map(toEntry)
    .filter((entry) => entry !== null)
    .toSorted((a, b) => (b.at ?? "").localeCompare(a.at ?? ""))
    .slice(0, most);
}

const severities = { ok: "ok", warning: "warning", critical: "critical" } as const;

function toEntry(entry: LogEntry): ControllerLogEntry | null {
  const { Id, Created, Severity, Message, Name } = entry;
  const words = Message ?? Name;
  if (words === null) return null;
  const severity = (Severity ?? "").toLowerCase();
  const at = Created === null || Number.isNaN(Date.parse(Created)) ? null : new Date(Created);
  return {
    id: Id,
    at: at?.toISOString() ?? null,
    severity: severity in severities ? severities[severity as keyof typeof severities] : null,
    // The cut may go through a character.
    message: storable(words.slice(0, 500)),
  };
}

/** Whether another try may be answered. */
function isPutOff(answered: Answered | undefined): boolean {
  return answered?.kind === "failed" && answered.error.retryable;
}

function isAscending(members: readonly unknown[]): boolean {
  const paths = members.map((each) => (isRecord(each) ? String(each["@odata.id"]) : ""));
  return numberOf(paths[0] ?? "") <= numberOf(paths.at(-1) ?? "");
}

function numberOf(path: string): number {
  return Number(/(\d+)\D*$/.exec(lastPart(path))?.[1] ?? 0);
}

function lastPart(path: string): string {
  return path.replace(/\/$/, "").split("/").at(-1) ?? path;
}
