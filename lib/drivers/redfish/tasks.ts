import { setTimeout as wait } from "node:timers/promises";
import { failureOf, isNotThere, isSuccess } from "#lib/drivers/redfish/failure";
import type { Limits } from "#lib/drivers/redfish/limits";
import { task } from "#lib/drivers/redfish/resource-schemas";
import type { Session } from "#lib/drivers/redfish/session";
import type { Answer } from "#lib/drivers/redfish/transport";
import { ControllerError } from "#lib/ports/controller";

const failed = ["Exception", "Killed", "Cancelled"];
const ended = ["Completed", ...failed];

/**
 * Waits until an accepted change (202, DSP0266 7.11) is over; any other answer is over already.
 * Throws `rejected` with the controller's words when its task failed, and a retryable `busy` when
 * it takes longer than the limit. That a task ended well proves nothing: the caller reads back.
 */
export async function followTask(session: Session, answer: Answer, limits: Limits): Promise<void> {
  if (answer.status !== 202) return;
  const { behaviour } = await session.root();
  const monitor = answer.headers.location ?? taskOf(answer)?.TaskMonitor ?? null;
  if (monitor === null) return;
  const untilMs = Date.now() + limits.taskWaitMs;
  let latest = answer;
  for (;;) {
    const told = taskOf(latest);
    const state = told?.TaskState ?? null;
    if (told && state !== null && failed.includes(state)) {
      const words = told.Messages.map((each) => each.Message).find((each) => each !== null);
      throw new ControllerError(
        "rejected",
        `the controller's task ended as ${state}${words ? `: ${words.slice(0, 300)}` : ""}`,
        { retryable: false },
      );
    }
    // A monitor answers 202 until the task is over; some give the task itself, with 200.
    const isOver = latest.status !== 202 && (state === null || ended.includes(state));
    if (isOver || state === "Completed") return;
    if (Date.now() >= untilMs) {
      throw new ControllerError("busy", `the controller's task ${monitor} has not ended`, {
        retryable: true,
      });
    }
    await wait(pauseMs(latest, limits));
    latest = await session.send({ method: "GET", path: monitor });
    // Some take the monitor away as soon as the task is over.
    if (isNotThere(latest)) return;
    if (!isSuccess(latest)) {
      const failure = failureOf(latest, behaviour.busyMessages);
      if (failure.failure !== "busy") throw failure;
    }
  }
}

function pauseMs(answer: Answer, limits: Limits): number {
  const asked = Number(answer.headers["retry-after"]);
  return Number.isFinite(asked) && asked > 0
    ? Math.min(asked * 1_000, limits.longestTaskPauseMs)
    : limits.settleMs;
}

/** Read from what is kept as evidence: a task's words may repeat a secret of the order. */
function taskOf(answer: Answer) {
  if (answer.evidence.trim() === "") return null;
  try {
    const parsed = task.safeParse(JSON.parse(answer.evidence));
    return parsed.success ? parsed.data : null;
  } catch {
    // What a task came to may be anything, also no JSON.
    return null;
  }
}
