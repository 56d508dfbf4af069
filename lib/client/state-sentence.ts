import { formatDuration } from "#lib/client/format";
import type { Progress } from "#lib/domain/environment/progress";
import type { EnvironmentState } from "#lib/domain/environment/state";
import { stateLabels, whatNext } from "#lib/domain/environment/words";

export type ToldEnvironment = {
  state: EnvironmentState;
  stateSince: string;
  stateReason: string | null;
  degraded: readonly string[];
  progress: Progress | null;
};

/**
 * Says where an environment is, part by part: state, since when, step n of m, what it waits for
 * and what comes next. Without a clock (on the server) the parts that need one are left out.
 */
export function stateParts(environment: ToldEnvironment, nowMs: number | null): string[] {
  const { state, stateSince, stateReason, degraded, progress } = environment;
  const parts: string[] = [stateLabels[state]];
  if (nowMs !== null) parts.push(formatDuration(nowMs - Date.parse(stateSince)));
  if (progress) {
    const { step, steps, nodes, behind, goingBack, stuck } = progress;
    const way = goingBack ? "taking back, " : "";
    parts.push(`${way}step ${step} of ${steps} on ${nodes} ${nodes === 1 ? "node" : "nodes"}`);
    const next = nextLook(behind.nextTryAt, nowMs);
    const waits = /^(until|for) /.test(behind.waitsFor)
      ? `${behind.hostname} waits ${behind.waitsFor}`
      : `${behind.hostname}: ${behind.waitsFor}`;
    parts.push(next ? `${waits}, ${next}` : waits);
    if (stuck) parts.push("we are taking this back by hand");
  } else {
    if (stateReason) parts.push(withoutFullStop(stateReason));
    if (degraded.length > 0) parts.push(`degraded: ${degraded.join("; ")}`);
    // What it waits for is no worker.
    if (!(state === "queued" && stateReason)) parts.push(whatNext[state]);
  }
  return parts;
}

/** The parts as one line: "Ready · 3 h 5 min · sign in by SSH". */
export function stateSentence(environment: ToldEnvironment, nowMs: number | null): string {
  return stateParts(environment, nowMs).join(" · ");
}

/** "next look in 4 s", or nothing while a worker is at it or the clock is not known. */
export function nextLook(at: string | null, nowMs: number | null): string | undefined {
  if (!at || nowMs === null) return undefined;
  const leftMs = Date.parse(at) - nowMs;
  return leftMs > 0 ? `next look in ${formatDuration(leftMs)}` : "looking now";
}

/** A reason as a part of a longer line. */
function withoutFullStop(reason: string): string {
  return reason.replace(/\.$/, "");
}
