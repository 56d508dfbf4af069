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
const megabytesPerMibit = 2 ** 20 / 8 / 1e6;

/** A switch of which nothing is known yet. */
export function emptySwitch(nvswitch: number): SwitchReading {
  const unknown = { temperature: null, fatal: null, nonFatal: null };
  return { nvswitch, ...unknown, sentMibit: null, receivedMibit: null, linkErrors: null };
}

/** Readings of one moment, and when that was. */
export type SwitchLook = { readings: readonly SwitchReading[]; atMs: number };

/**
 * What a look at the switches says, with the one before it. Throughput is the rate between the two:
 * absent without a look before or when that was long ago, when a counter went back, and when it is
 * beyond what a switch can do, as where an exporter counts in another unit.
 */
export function switchSamples(before: SwitchLook | null, now: SwitchLook): SwitchSample[] {
  const elapsedMs = before ? now.atMs - before.atMs : 0;
  const rate = (was: number | null | undefined, is: number | null) => {
    if (was == null || is === null || is < was) return null;
    if (elapsedMs <= 0 || elapsedMs > longestGapMs) return null;
    const megabytes = ((is - was) * megabytesPerMibit) / (elapsedMs / 1_000);
    return megabytes <= switchLimits.throughput ? Math.round(megabytes) : null;
  };
  return now.readings.map(({ sentMibit, receivedMibit, ...reading }) => {
    const was = before?.readings.find(({ nvswitch }) => nvswitch === reading.nvswitch);
    return {
      ...reading,
      tx: rate(was?.sentMibit, sentMibit),
      rx: rate(was?.receivedMibit, receivedMibit),
    };
  });
}
