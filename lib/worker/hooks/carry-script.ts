import type { Database } from "#db/client";
import {
  forgetAttempts,
  giveUpScripts,
  listDoneBefore,
  listScriptRuns,
  offerScripts,
  readLogEnds,
  type ScriptOwner,
  type ScriptPlace,
  type ScriptRunRow,
  scriptsOf,
} from "#db/queries/script-runs";
import { backoffMs } from "#lib/domain/hook/answer";
import type { TemplateHook } from "#lib/domain/hook/hook";
import { mayBeDone, scriptLimits } from "#lib/domain/hook/script";
import { lastWritten } from "#lib/domain/hook/script-log";
import { secondsWords } from "#lib/domain/hook/words";
import type { Id } from "#lib/domain/id";
import type { Turn } from "#lib/worker/hooks/turn";

/** The end of a script wakes its run; this is for a node that is never heard of again. */
const lookMs = 5_000;

/** Of a script on nodes that are their tenant's by now: what is to be hidden in what they send. */
export type LaterScript = { secrets: () => Promise<Secrets> };
/** Seals values for one attempt; null where there are none. */
type Secrets = (id: Id<"scriptRun">) => string | null;

/**
 * One look at the script of a hook: orders it on every node that goes on, waits until each has
 * reported, and orders it once more where it failed while there are retries left. A node that has done
 * it is not asked again, of what runs once in no later run either; nor is one that may have done what runs
 * once, whatever broke it off, in this run. An order is a row that is there once for each attempt, so a worker
 * that dies after it and one that comes twice change nothing. Of a wait it is the question: it is ordered once
 * more as long as the wait has time, and what stays of its attempts is the last that has ended.
 * @param later Where its nodes were handed over: one that is off, and one that begins it in no time, has
 * failed at it; a wait fails with the first that is off.
 */
export async function carryScript(
  db: Database,
  run: {
    definition: Pick<
      TemplateHook,
      "kind" | "seconds" | "retries" | "backoffSeconds" | "executeOnce"
    >;
    /** Attempts that came to nothing. */
    attempt: number;
    /** What it was found to wait for last. */
    words?: string;
    isExpired: boolean;
  },
  owner: ScriptOwner,
  places: readonly ScriptPlace[],
  later?: LaterScript,
): Promise<Turn> {
  const { definition } = run;
  const isQuestion = definition.kind === "wait";
  if (places.length === 0 && later) {
    if ((await listScriptRuns(db, scriptsOf(owner))).length > 0) {
      const words = "Its nodes were given back or went on before it was done.";
      return { kind: "ended", state: "failed", words };
    }
    const words = "None of its nodes is up, or waits for it any more.";
    return { kind: "ended", state: "skipped", words };
  }
  if (places.length === 0) {
    const words = "None of its nodes is waiting for it: a script runs while its node boots.";
    return { kind: "ended", state: "failed", words };
  }
  if (later) await giveUp(db, owner, places);
  const isOnce = !isQuestion && definition.executeOnce;
  const latest = latestOf([
    ...(isOnce ? await listDoneBefore(db, owner) : []),
    ...(await listScriptRuns(db, scriptsOf(owner))),
  ]);
  const of = (place: ScriptPlace) => latest.get(keyOf(place));
  const open = places.filter((place) => isOpen(of(place)));
  const failed = places.filter((place) => of(place)?.state === "failed");
  const reason = firstOf(failed.map((place) => `${place.hostname}: ${of(place)?.words}`));
  const attempt = run.attempt + 1;
  const mayHaveRun = (place: ScriptPlace) => {
    const row = of(place);
    return isOnce && row !== undefined && mayBeDone(row);
  };
  const doubtful = places.filter(mayHaveRun);
  const once = doubtful.length > 0 ? ` ${onceWords(doubtful)}` : "";
  const missing = places.filter((place) => {
    const last = of(place);
    return !last || (last.state === "failed" && last.attempt < attempt && !mayHaveRun(place));
  });
  const isLast = !isQuestion && (attempt > definition.retries || failed.every(mayHaveRun));
  // What is decided stays so, however late a worker comes to look at it.
  const isDecided = open.length + missing.length === 0 && (failed.length === 0 || isLast);
  if (run.isExpired && !isDecided && isQuestion) {
    const words = `It did not say yes within ${secondsWords(definition.seconds)}. Last: ${await lastAnswers(db, owner, places)}`;
    return { kind: "ended", state: "failed", words };
  }
  if (run.isExpired && !isDecided) {
    const names = firstOf(open.map((place) => `${nameOf(place, of(place))}.`));
    const why = names ? `: ${names}` : reason ? `. Last: ${reason}` : ".";
    const words = `It was not done within ${definition.seconds} seconds${why}${once}`;
    return { kind: "ended", state: "failed", words };
  }
  const off = places.filter((place) => place.isOff && of(place)?.state !== "succeeded");
  if (isQuestion && later && off.length > 0) {
    // Asked again, it would be off still; and without its yes those of the others are of no use.
    const words = firstOf(off.map(({ hostname }) => `${hostname}: ${offWords}`));
    return { kind: "ended", state: "failed", words };
  }
  // Asked once more, a wait says what it was told last: its words change when the answer does.
  const looking = (words: string) =>
    waits(isQuestion && run.attempt > 0 && run.words ? run.words : words);
  if (missing.length > 0) {
    if (isQuestion) await forgetAttempts(db, owner, attempt - 1);
    await offerScripts(db, owner, missing, attempt, await later?.secrets());
    // One that is off is not waited for.
    const isHopeless = later !== undefined && missing.every((place) => place.isOff);
    return { ...looking(`ordered on ${namesOf(missing)}`), ...(isHopeless ? { ms: 0 } : {}) };
  }
  if (open.length > 0) {
    const running = open.filter((place) => of(place)?.state === "running");
    return looking(
      running.length > 0 ? `runs on ${namesOf(running)}` : `ordered on ${namesOf(open)}`,
    );
  }
  if (failed.length === 0) {
    const outputs = Object.fromEntries(
      places.map((place) => [place.hostname, of(place)?.outputs ?? {}]),
    );
    const words = isQuestion ? `It said yes on ${namesOf(places)}.` : "done";
    return { kind: "ended", state: "succeeded", words, change: { outputs } };
  }
  if (isQuestion) {
    const ms = definition.backoffSeconds * 1_000;
    return { kind: "waits", words: `Not yet. ${reason}`, ms, change: { attempt } };
  }
  if (isLast) {
    const words = `${firstOf(failed.map((place) => triedWords(place, of(place))))}${once}`;
    return { kind: "ended", state: "failed", words, change: { attempt } };
  }
  const ms = backoffMs(definition.backoffSeconds, attempt);
  const where = once && ` on ${namesOf(failed.filter((place) => !mayHaveRun(place)))}`;
  const words = `${reason}${once} Tried again soon${where}`;
  return { kind: "waits", words, ms, change: { attempt } };
}

/**
 * What nodes that have not said yes answered last, with the end of what they wrote: how each ended by itself
 * last, or else how it is.
 */
async function lastAnswers(
  db: Database,
  owner: ScriptOwner,
  places: readonly ScriptPlace[],
): Promise<string> {
  const rows = await listScriptRuns(db, scriptsOf(owner));
  const asked = places.flatMap((place) => {
    const own = rows.filter((row) => keyOf(row) === keyOf(place));
    if (own.some((row) => row.state === "succeeded")) return [];
    const ended = own.findLast((row) => row.exitCode !== null);
    return [{ place, row: ended ?? own.findLast((row) => row.state === "failed") ?? own.at(-1) }];
  });
  const told = asked.slice(0, mostTold);
  const logs = await readLogEnds(
    db,
    told.flatMap(({ row }) => (row ? [row.id] : [])),
  );
  const answers = told.map(({ place, row }) => {
    const how =
      row?.state === "failed" ? `${place.hostname}: ${row.words}` : `${nameOf(place, row)}.`;
    const wrote = lastWritten((row && logs.get(row.id)) ?? "");
    return wrote ? `${how} It wrote last: "${wrote}".` : how;
  });
  return firstOf(answers, asked.length);
}

/** Of so many nodes it is told how they ended: their scripts stand beside it. */
const mostTold = 4;

/**
 * The first of these sentences, and how many more there are: they are told to each node of the operation, and
 * their number grows with those.
 */
function firstOf(sentences: readonly string[], count = sentences.length): string {
  const told = sentences.slice(0, mostTold);
  const more = count - told.length;
  return [...told, ...(more > 0 ? [`And ${more} more.`] : [])].join(" ");
}

/** Ends what no node is to be waited for any more, since it is off or its runner does not ask. */
async function giveUp(
  db: Database,
  owner: ScriptOwner,
  places: readonly ScriptPlace[],
): Promise<void> {
  const latest = latestOf(await listScriptRuns(db, scriptsOf(owner)));
  const open = places.flatMap((place) => {
    const row = latest.get(keyOf(place));
    return isOpen(row) ? [{ row, place }] : [];
  });
  const off = open.filter(({ place }) => place.isOff);
  const ignored = open.filter(
    ({ row, place }) =>
      !place.isOff && row.state === "offered" && row.ignoredSeconds >= scriptLimits.beginSeconds,
  );
  await giveUpScripts(db, off.map(rowOf), offWords);
  await giveUpScripts(db, ignored.map(rowOf), notBegunWords);
}

const offWords = "The node is off.";
const notBegunWords = `The node did not begin it within ${scriptLimits.beginSeconds / 60} minutes: its service ingot-hooks does not run, or does not reach the portal.`;

function onceWords(places: readonly ScriptPlace[]): string {
  return `It may have done its work on ${namesOf(places)}, and runs once: it is not tried again there by itself before the next operation that comes to it.`;
}

/** How it failed on one node for good. */
function triedWords({ hostname }: ScriptPlace, row: ScriptRunRow | undefined): string {
  const times = row && row.attempt > 1 ? ` (tried ${row.attempt} times)` : "";
  return `${hostname}: ${row?.words}${times}`;
}

function rowOf<T>({ row }: { row: T }): T {
  return row;
}

function waits(words: string): Extract<Turn, { kind: "waits" }> {
  return { kind: "waits", words, ms: lookMs };
}

function latestOf(rows: readonly ScriptRunRow[]): Map<string, ScriptRunRow> {
  // In the order of their attempts: the last of each node stays.
  return new Map(rows.map((row) => [keyOf(row), row]));
}

function keyOf({ allocationId, operationId }: Pick<ScriptPlace, "allocationId" | "operationId">) {
  return allocationId ?? operationId;
}

function isOpen(row: ScriptRunRow | undefined): row is ScriptRunRow {
  return row?.state === "offered" || row?.state === "running";
}

function nameOf({ hostname }: { hostname: string }, row: ScriptRunRow | undefined): string {
  return row?.state === "running"
    ? `${hostname} was still running it`
    : `${hostname} never began it`;
}

/** "gpu-1, gpu-2 and 6 more". */
function namesOf(places: readonly { hostname: string }[]): string {
  const shown = places.slice(0, 2).map((place) => place.hostname);
  const more = places.length - shown.length;
  return more > 0 ? `${shown.join(", ")} and ${more} more` : shown.join(" and ");
}
