/** What one scrape said about one NVSwitch of a node. `null` was not given. */
export type SwitchReading = {
  /** Its number on its node, 0 to `maxSwitch`. */
  nvswitch: number;
  temperature: number | null;
  /** SXIDs of the last fatal and the last other error; 0 is none. They stay until the next. */
  fatal: number | null;
  nonFatal: number | null;
  /** What it has sent and received since the driver was loaded, in Mibit. */
  sentMibit: number | null;
  receivedMibit: number | null;
  /** Errors of all its links together, since then. */
  linkErrors: number | null;
};

/** A reading, with the throughput since the one before in MB/s; null where it cannot be told. */
export type SwitchSample = Omit<SwitchReading, "sentMibit" | "receivedMibit"> & {
  tx: number | null;
  rx: number | null;
};

/** The largest chassis holds eighteen. */
export const maxSwitch = 31;

/** The largest values taken for true; more is absent. */
export const switchLimits = {
  temperature: 200,
  sxid: 99_999,
  counter: Number.MAX_SAFE_INTEGER,
  /** 64 ports of 50 GB/s are 3,200,000 MB/s. */
  throughput: 3_200_000,
} as const;

/** A mean over a longer time says nothing of now. */
const longestGapMs = 120_000;
/** An exporter reads its counters so often unless it is told to otherwise, and is asked more often. */
const collectMs = 30_000;
/** A counter that is the same for so long has not moved. */
const stillMs = 2 * collectMs;
const megabytesPerMibit = 2 ** 20 / 8 / 1e6;

/** A switch of which nothing is known yet. */
export function emptySwitch(nvswitch: number): SwitchReading {
  const unknown = { temperature: null, fatal: null, nonFatal: null };
  return { nvswitch, ...unknown, sentMibit: null, receivedMibit: null, linkErrors: null };
}

/** What a counter said when it moved last, and the rate that it moved at in MB/s. */
type Count = { value: number; atMs: number; rate: number | null };

/** What is remembered of a node's switches between two looks, by their numbers. */
export type SwitchCounts = ReadonlyMap<number, { sent: Count | null; received: Count | null }>;

/**
 * What a look at the switches says, with what is remembered of those before it. Throughput is the rate
 * since the counter moved last: absent without a look before or when that was long ago, when a counter
 * went back, and when it is beyond what a switch can do, as where an exporter counts in another unit.
 */
export function switchSamples(
  before: SwitchCounts | null,
  readings: readonly SwitchReading[],
  atMs: number,
): { samples: SwitchSample[]; counts: SwitchCounts } {
  // One that is left out of a look is not forgotten.
  const counts = new Map(before);
  const samples = readings.map(({ sentMibit, receivedMibit, ...reading }) => {
    const was = before?.get(reading.nvswitch);
    const sent = counted(was?.sent ?? null, sentMibit, atMs);
    const received = counted(was?.received ?? null, receivedMibit, atMs);
    counts.set(reading.nvswitch, { sent, received });
    return { ...reading, tx: sent?.rate ?? null, rx: received?.rate ?? null };
  });
  return { samples, counts };
}

/** A counter that stands still may not have been read anew: what it said before holds for a minute. */
function counted(was: Count | null, value: number | null, atMs: number): Count | null {
  if (value === null) return null;
  const elapsedMs = was ? atMs - was.atMs : 0;
  const first = { value, atMs, rate: null };
  if (!was || value < was.value || elapsedMs <= 0 || elapsedMs > longestGapMs) return first;
  if (value === was.value) {
    // It is the same since then, so that what comes next is not taken for the work of a moment.
    return elapsedMs < stillMs ? was : { value, atMs: atMs - collectMs, rate: 0 };
  }
  const megabytes = ((value - was.value) * megabytesPerMibit) / (elapsedMs / 1_000);
  return megabytes <= switchLimits.throughput ? { ...first, rate: Math.round(megabytes) } : first;
}
