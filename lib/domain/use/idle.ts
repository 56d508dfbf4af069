/**
 * When a GPU is idle. Activity alone does not say it (a kernel that waits for another node is
 * "active"), and neither does power (a GPU that holds memory draws some): both must be low, for a
 * while. What was not measured is unknown, and never idle.
 */

/** Windows begin at whole multiples since the epoch, so that none crosses midnight UTC. */
export const idleWindowMs = 30 * 60_000;

/** A window is judged in cells of so long: exporters that are asked less often leave time unknown. */
export const cellMs = 2 * 60_000;

/**
 * At or above this activity (percent, mean of a cell) something runs. A GPU whose graphics
 * engine is active for less than 1 % of 30 minutes while it is held is the field's "allocated but
 * idle"; GPU utilization, SM and tensor activity are taken alike, the highest counts. Of a GPU that is split
 * (MIG) it is that of the busiest of its parts, its graphics engine's included.
 */
export const activePercent = 1;

/**
 * At or above this share of its power limit a GPU works, whatever its counters say. An idle A100
 * reads about 60 of 400 W in nvidia-smi, an idle H100 about 70 of 700 W; held memory adds some.
 */
export const activePowerShare = 0.25;

/** Watts of a board, from NVIDIA's data sheets, for exporters that do not tell the limit. */
const boardWatts: readonly (readonly [model: string, watts: number])[] = [
  ["GB200", 1_200],
  ["B200", 1_000],
  ["H200", 700],
  ["H100", 700],
  ["H800", 700],
  ["A100", 400],
  ["A800", 400],
  ["L40S", 350],
  ["L40", 300],
  ["A40", 300],
  ["V100", 300],
  ["A10", 150],
  ["L4", 72],
  ["T4", 70],
];

/**
 * The watts from which on a GPU works: of its own limit or, where that is not told, of its model's.
 * `null` when neither is known: then low activity proves nothing.
 */
export function activeWatts(limitWatts: number | null, gpuModel: string | null): number | null {
  const words = new Set((gpuModel ?? "").toUpperCase().split(/[^A-Z0-9]+/));
  const watts = limitWatts || (boardWatts.find(([model]) => words.has(model))?.[1] ?? null);
  return watts === null ? null : watts * activePowerShare;
}

/**
 * Whether a GPU did something in a cell: true when activity or power says so, false when both
 * say that it did not, `null` when that is not known.
 */
export function wasActive(cell: {
  activityPercent: number | null;
  powerWatts: number | null;
  activeWatts: number | null;
}): boolean | null {
  const { activityPercent, powerWatts, activeWatts: from } = cell;
  const byActivity = activityPercent === null ? null : activityPercent >= activePercent;
  const byPower = powerWatts === null || from === null ? null : powerWatts >= from;
  if (byActivity || byPower) return true;
  return byActivity === null || byPower === null ? null : false;
}

/** What a window says of one GPU: seconds of it that count as busy and as idle. */
export type Judged = { busySeconds: number; idleSeconds: number };

/**
 * Judges one GPU over one window. Anything done in it makes its observed seconds busy: a pause
 * between two steps is no idleness. Nothing done makes them idle, if at least half of the window was
 * observed. All the rest, not observed or too short to tell, is in neither figure: unknown.
 */
export function judgeWindow(window: { observedSeconds: number; active: boolean }): Judged {
  const { observedSeconds, active } = window;
  if (active) return { busySeconds: observedSeconds, idleSeconds: 0 };
  const enough = observedSeconds * 2_000 >= idleWindowMs;
  return { busySeconds: 0, idleSeconds: enough ? observedSeconds : 0 };
}
