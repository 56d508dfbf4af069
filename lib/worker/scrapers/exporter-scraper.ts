import { setInterval as every } from "node:timers";
import type { Log } from "#lib/config/log";
import type { Id } from "#lib/domain/id";
import { ExporterError, type ExporterTarget, type Patience } from "#lib/ports/exporter";
import type { ScrapeMeter } from "#lib/worker/meter";
import { roundsToSkip, slotOf } from "#lib/worker/scrapers/schedule";

export type ScrapeTarget = ExporterTarget & { nodeId: Id<"node"> };

/** That telemetry of a node is unknown since a moment and why, or (`null`) that it is known again. */
export type Outage = { nodeId: Id<"node">; outage: { reason: string; since: Date } | null };

/** What is made of an answer: something to store, or why it says nothing of the present, in words. */
export type Judged<Stored, Memory> = { memory: Memory | null } & (
  | { stored: Stored }
  | { reason: string }
);

export type ExporterScraperOptions<Answer, Stored, Memory> = {
  /**
   * Whether this process is the one that asks: null while the database, which decides that, is away.
   * Then who was asked before is asked on, and what they say is held until it is known again.
   */
  leads?: () => boolean | null;
  /** The nodes to ask now; read again every `refreshMs`. */
  targets: () => Promise<ScrapeTarget[]>;
  /** Told after each reading which nodes are asked. */
  onTargets?: (nodeIds: ReadonlySet<string>) => void;
  scrape: (target: ScrapeTarget, signal: AbortSignal, patience: Patience) => Promise<Answer>;
  /**
   * What an answer of a node comes to, stamped when it was whole. `memory` is what the judgement of its
   * answer before left, as long as it is the same target at the same address.
   */
  judge: (
    answer: Answer,
    of: { nodeId: Id<"node">; at: Date },
    memory: Memory | null,
  ) => Judged<Stored, Memory>;
  store: {
    /** `again`: some of them were given before, and whether they were stored is not known. */
    samples: (scrapes: Stored[], again: boolean) => Promise<void>;
    outages: (outages: Outage[]) => Promise<void>;
  };
  /** How often a node is asked. The exporter's own collection interval is the sensible least. */
  intervalMs: number;
  log: Log;
  meter?: ScrapeMeter;
  /** How many rows one scrape is stored as, for the meter. */
  rowsOf?: (stored: Stored) => number;
  /** What answers are stamped by; the schedule itself keeps to a clock that never jumps. */
  now?: () => number;
  /** How many nodes that answer promptly are asked at once; of those that answer slowly, twice as many. */
  concurrency?: number;
  /** How often what came in is stored. */
  flushMs?: number;
  /** How often the targets are read. */
  refreshMs?: number;
};

export type ExporterScraper = {
  /** Ends every scrape under way, stores what is at hand and settles when all is done. */
  stop: () => Promise<void>;
};

/** Slots are this wide: fine enough to spread load, coarse enough to cost nothing. */
const slotMs = 100;
/** What is kept while the database is away, oldest given up first: some minutes of 1,000 nodes. */
const maxHeldScrapes = 20_000;

type Track<Memory> = {
  target: ScrapeTarget;
  slot: number;
  /** Waiting for its turn, or asked and not done: it is not asked twice. */
  busy: boolean;
  failures: number;
  resting: number;
  /** How long it has taken of late: the last time, or half of what was remembered before it. */
  tookMs: number;
  /** What was last reported; `undefined` before the first report of this process. */
  reported: string | null | undefined;
  /** Since when nothing usable has come, whatever the reasons were. */
  silentSinceMs: number | null;
  memory: Memory | null;
};

/** A line of nodes that wait their turn, of which so many are asked at once. */
type Lane<Memory> = { waiting: Track<Memory>[]; running: number; width: number };

/** A node that takes more of the interval than this would keep prompt ones waiting. */
const slowShare = 0.1;

/**
 * Asks every target once per interval, spread evenly, and stores what they say in one insert per
 * `flushMs`.
 *
 * One request per target is in flight at most: a node slower than the interval is asked as often as
 * it answers, at its next slot after each. Nodes wait in four lines, so that however many are in one,
 * those in another have their turn on time: those that answer promptly; those that take more than a tenth
 * of the interval, for which there is more room and more time; those that failed at once; and those that
 * failed after a long while, of which every other try has more time as well, since they may be slow. What
 * fails rests for longer the longer it does.
 *
 * Errors of a target never throw; they become its outage. Starts at once; runs until stopped. While the
 * database is away it goes on, and holds what it is told: some minutes of a large fleet.
 */
export function exporterScraper<Answer, Stored, Memory>(
  options: ExporterScraperOptions<Answer, Stored, Memory>,
): ExporterScraper {
  const {
    scrape,
    judge,
    store,
    intervalMs,
    log,
    meter,
    now = Date.now,
    concurrency = 64,
    leads = () => true,
  } = options;
  // Half a second: open pages wait for it, half of that on the average. Twice as often takes worker and database
  // a twelfth more processor time.
  const { flushMs = 500, refreshMs = 5_000 } = options;
  const slotCount = Math.max(1, Math.floor(intervalMs / slotMs));
  const tracks = new Map<string, Track<Memory>>();
  const slots = Array.from({ length: slotCount }, () => new Set<Track<Memory>>());
  const lane = (width: number): Lane<Memory> => ({ waiting: [], running: 0, width });
  const few = Math.max(1, concurrency / 4);
  const answering = { prompt: lane(concurrency), slow: lane(concurrency * 2) };
  const failing = { prompt: lane(few), slow: lane(few) };
  const stopping = new AbortController();

  let scrapes: Stored[] = [];
  let outages = new Map<string, Outage>();
  /** Whether storing what is at hand has failed: it may be there nevertheless. */
  let again = false;
  let flushing: Promise<void> | null = null;
  let refreshing: Promise<void> | null = null;

  function due(track: Track<Memory>): void {
    if (track.busy) {
      meter?.due();
      meter?.late();
      return;
    }
    if (track.resting > 0) {
      track.resting -= 1;
      return;
    }
    meter?.due();
    track.busy = true;
    const line = (track.failures > 0 ? failing : answering)[paceOf(track)];
    line.waiting.push(track);
    advance(line);
  }

  function paceOf({ tookMs }: Track<Memory>): "prompt" | "slow" {
    return tookMs > intervalMs * slowShare ? "slow" : "prompt";
  }

  function patienceWith(track: Track<Memory>): Patience {
    const hasItsTurn = track.failures === 0 || track.failures % 2 === 1;
    return paceOf(track) === "slow" && hasItsTurn ? "long" : "usual";
  }

  function advance(lane: Lane<Memory>): void {
    while (lane.running < lane.width && !stopping.signal.aborted) {
      const track = lane.waiting.shift();
      if (!track) return;
      if (tracks.get(track.target.nodeId) !== track) continue;
      lane.running += 1;
      void ask(track).finally(() => {
        lane.running -= 1;
        track.busy = false;
        advance(lane);
      });
    }
  }

  async function ask(track: Track<Memory>): Promise<void> {
    const { target } = track;
    const beganMs = performance.now();
    let outcome: { answer: Answer } | { reason: string };
    try {
      outcome = { answer: await scrape(target, stopping.signal, patienceWith(track)) };
    } catch (error) {
      if (stopping.signal.aborted) return;
      if (!(error instanceof ExporterError)) {
        log.error({ error, nodeId: target.nodeId }, "a scrape failed in an unforeseen way");
      }
      outcome = { reason: error instanceof ExporterError ? error.message : "The scrape failed." };
    }
    const tookMs = performance.now() - beganMs;
    if ("answer" in outcome) meter?.done(tookMs / 1_000);
    else meter?.failed(tookMs / 1_000);
    // Asked for a node that has since left, or moved: not to be taken for the present one's word.
    if (tracks.get(target.nodeId) !== track || track.target !== target) return;

    // One that is prompt now and then would hold a prompt one's place the other times.
    track.tookMs = Math.max(tookMs, track.tookMs / 2);
    const atMs = now();
    if ("answer" in outcome) {
      const of = { nodeId: target.nodeId, at: new Date(atMs) };
      const judged = judge(outcome.answer, of, track.memory);
      track.memory = judged.memory;
      if ("stored" in judged) {
        track.failures = 0;
        scrapes.push(judged.stored);
        report(track, null, atMs);
        return;
      }
      outcome = { reason: judged.reason };
    }
    track.failures += 1;
    track.resting = roundsToSkip(track.failures, intervalMs);
    report(track, outcome.reason, atMs);
  }

  function report(track: Track<Memory>, reason: string | null, atMs: number): void {
    track.silentSinceMs = reason === null ? null : (track.silentSinceMs ?? atMs);
    if (track.reported === reason) return;
    track.reported = reason;
    const { nodeId } = track.target;
    outages.set(nodeId, {
      nodeId,
      outage: reason === null ? null : { reason, since: new Date(track.silentSinceMs ?? atMs) },
    });
  }

  async function refresh(): Promise<void> {
    const isLeading = leads();
    if (isLeading === null) return;
    if (!isLeading) return standDown();
    const present = new Set<string>();
    for (const target of await options.targets()) {
      present.add(target.nodeId);
      const track = tracks.get(target.nodeId);
      if (!track) {
        const slot = slotOf(target.nodeId, slotCount);
        const fresh: Track<Memory> = {
          target,
          slot,
          busy: false,
          failures: 0,
          resting: 0,
          tookMs: 0,
          reported: undefined,
          silentSinceMs: null,
          memory: null,
        };
        tracks.set(target.nodeId, fresh);
        slots[slot]?.add(fresh);
      } else if (track.target.address !== target.address || track.target.port !== target.port) {
        Object.assign(track, {
          target,
          failures: 0,
          resting: 0,
          tookMs: 0,
          silentSinceMs: null,
          memory: null,
        });
      }
    }
    for (const [nodeId, track] of tracks) {
      if (present.has(nodeId)) continue;
      tracks.delete(nodeId);
      slots[track.slot]?.delete(track);
      // Nobody asks any more, so nothing is failing.
      outages.set(nodeId, { nodeId: track.target.nodeId, outage: null });
    }
    options.onTargets?.(present);
  }

  /**
   * Another process asks, and says what fails. What is held goes: of the time since that one began, it
   * has its own.
   */
  function standDown(): void {
    tracks.clear();
    for (const slot of slots) slot.clear();
    outages.clear();
    giveUp(scrapes.length);
    again = false;
    options.onTargets?.(new Set());
  }

  /** Gives up so many of the oldest. */
  function giveUp(count: number): void {
    if (count <= 0) return;
    scrapes.splice(0, count);
    log.error({ scrapes: count }, "telemetry was given up");
  }

  async function flush(): Promise<void> {
    const isLeading = leads();
    if (isLeading === null) return giveUp(scrapes.length - maxHeldScrapes);
    if (!isLeading) return standDown();
    const held = scrapes;
    const changed = outages;
    scrapes = [];
    outages = new Map();
    try {
      if (held.length > 0) {
        await store.samples(held, again);
        again = false;
        meter?.stored(held.reduce((rows, stored) => rows + (options.rowsOf?.(stored) ?? 1), 0));
      }
      held.length = 0;
      if (changed.size > 0) await store.outages([...changed.values()]);
    } catch (error) {
      log.error({ error, scrapes: held.length }, "telemetry could not be stored");
      again ||= held.length > 0;
      scrapes = [...held, ...scrapes];
      outages = new Map([...changed, ...outages]);
      giveUp(scrapes.length - maxHeldScrapes);
    }
  }

  function startRefresh(): void {
    refreshing ??= refresh()
      .catch((error) => log.error({ error }, "telemetry targets could not be read"))
      .finally(() => {
        refreshing = null;
      });
  }

  function startFlush(): Promise<void> {
    flushing ??= flush().finally(() => {
      flushing = null;
    });
    return flushing;
  }

  let slotsPassed = Math.floor(performance.now() / slotMs);
  function tick(): void {
    const slotNow = Math.floor(performance.now() / slotMs);
    // A process that stood still for long asks everyone once, not once per interval missed.
    for (let slot = Math.max(slotsPassed, slotNow - slotCount) + 1; slot <= slotNow; slot++) {
      for (const track of slots[slot % slotCount] ?? []) due(track);
    }
    slotsPassed = slotNow;
  }

  startRefresh();
  const timers = [every(tick, slotMs), every(startFlush, flushMs), every(startRefresh, refreshMs)];

  return {
    async stop() {
      for (const timer of timers) clearInterval(timer);
      stopping.abort(new Error("the scraper stops"));
      await refreshing;
      await startFlush();
      // What came in while an earlier flush was under way.
      await startFlush();
      giveUp(scrapes.length);
    },
  };
}
