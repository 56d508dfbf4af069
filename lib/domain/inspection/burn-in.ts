/** What a burn-in can put to the test. */
export const burnInTests = ["cpu", "memory", "disk", "drive_health", "gpu", "fabric"] as const;
export type BurnInTest = (typeof burnInTests)[number];

/** The figure of the fabric test that says how many InfiniBand ports were in use by the fabric. */
export const activePorts = "InfiniBand ports active";

/** `not_run` says that it was not done, and why: it is never counted as passed. */
export const burnInResults = ["pass", "warn", "fail", "not_run"] as const;
export type BurnInResult = (typeof burnInResults)[number];

/** One test as the host tells it. */
export type BurnInOutcome = {
  test: BurnInTest;
  result: BurnInResult;
  /** Seconds since the host was started: its clock may be wrong, this is not. */
  startedAt: number;
  endedAt: number;
  /** What was measured: name, value and unit, in the order to be read. */
  figures: { name: string; value: number; unit: string }[];
  /** Why it is not a pass; empty when it is. */
  words: string;
  /** The end of what the test wrote. */
  log: string;
};

export const burnInWords: Record<BurnInTest, string> = {
  cpu: "CPU",
  memory: "memory",
  disk: "drives",
  drive_health: "drive health",
  gpu: "GPU",
  fabric: "fabric",
};

export const burnInResultWords: Record<BurnInResult, string> = {
  pass: "passed",
  warn: "passed with a warning",
  fail: "failed",
  not_run: "not run",
};

/** `CPU passed; memory failed: 3 blocks read back wrong`. */
export function outcomeWords(outcome: BurnInOutcome): string {
  const { test, result, words } = outcome;
  return `${burnInWords[test]} ${burnInResultWords[result]}${words ? `: ${words}` : ""}`;
}
