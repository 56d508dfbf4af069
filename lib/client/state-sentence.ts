import { formatDuration } from "#lib/client/format";
import type { Progress } from "#lib/domain/environment/progress";
import type { EnvironmentState } from "#lib/domain/environment/state";
import { stateLabels, whatNext } from "#lib/domain/environment/words";

/**
 * Says in one line where an environment is: state, since when, step n of m, what it waits for and
 * what comes next. Without a clock (on the server) the parts that need one are left out.
 */
export function stateSentence(
  environment: {
    state: EnvironmentState;
    stateSince: string;
    stateReason: string | null;
    progress: Progress | null;
  },
  nowMs: number | null,
): string {
  const { state, stateSince, stateReason, progress } = environment;
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
    if (stateReason) parts.push(sentenceInside(stateReason));
    parts.push(whatNext[state]);
  }
  return parts.join(" · ");
}

/** "next look in 4 s", or nothing while a worker is at it or the clock is not known. */
export function nextLook(at: string | null, nowMs: number | null): string | undefined {
  if (!at || nowMs === null) return undefined;
  const leftMs = Date.parse(at) - nowMs;
  return leftMs > 0 ? `next look in ${formatDuration(leftMs)}` : "looking now";
}

/** A reason as a part of a longer line: without its full stop. */
function sentenceInside(reason: string): string {
  return reason.replace(/\.$/, "");
}
