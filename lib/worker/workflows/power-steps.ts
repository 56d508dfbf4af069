import { findBootWindow } from "#db/queries/boot-windows";
import { listSteps, stepAgeMs } from "#db/queries/operations";
import type { NodeContext } from "#lib/worker/context";
import type { Step, StepOutcome } from "#lib/worker/workflow";

/** How long an operating system gets to shut down by itself before the power is cut. */
const gracefulMs = 90_000;

/** What is waited for once the operating system has been asked; by it the next try knows that it was. */
const shuttingDown = "the operating system is shutting down";

/** Asks the operating system to end; cuts the power when it does not within its time. */
export const shutDown: Step<NodeContext> = {
  name: "shut_down",
  run: async (context) => {
    if ((await context.observePower("shut_down")) === "off") {
      return { kind: "done", detail: "The node is off" };
    }
    const asked = await stepAgeMs(context.db, context.operation.id);
    const controller = await context.controller("shut_down");
    if (asked > gracefulMs) {
      await context.hold.confirm();
      await controller.power("force_off");
      return waitFor(context, "the operating system did not shut down; the power is being cut");
    }
    // Not by the number of tries: the first may have met a controller that was busy.
    if (context.operation.waitReason !== shuttingDown) {
      await context.hold.confirm();
      await controller.power("graceful_off");
    }
    return waitFor(context, shuttingDown);
  },
};

/** Makes sure that the node is off, without asking its operating system. */
export const powerOff: Step<NodeContext> = {
  name: "power_off",
  run: (context) => makeOff(context, "power_off"),
};

/** The node ends off, after a wipe; an enrolment leaves it as it was found. */
export const powerDown: Step<NodeContext> = {
  name: "power_down",
  run: async (context) => {
    const journal = await listSteps(context.db, context.operation.id);
    // An inspection has turned it off for its own boot, whatever it was before.
    const booted = journal.find((step) => step.name === "inspection")?.output;
    if (booted) return makeOff(context, "power_down");
    const found = journal.find((step) => step.name === "connect")?.output?.power;
    if (found !== undefined && found !== "off") {
      return { kind: "done", detail: "Its power was left as it was found" };
    }
    return makeOff(context, "power_down");
  },
};

/** Makes sure that the node is on. Undone by turning it off. */
export const powerOn: Step<NodeContext> = {
  name: "power_on",
  run: async (context) => {
    const state = await context.observePower("power_on");
    if (state === "on") return { kind: "done", detail: "The node is on" };
    if (state === "turning_on") return waitFor(context, "the node is turning on");
    // Seen late, as after a worker's absence: wipe and installation turn their node off at their end.
    const window = await findBootWindow(context.db, context.operation.id);
    if (window?.reportedAt) return { kind: "done", detail: "The node was on, and has reported" };
    if (isToOrder(context, stillOff)) {
      await context.hold.confirm();
      await (await context.controller("power_on")).power("on");
    }
    return waitFor(context, stillOff);
  },
  undo: (context) => makeOff(context, "power_on"),
};

/** Makes sure that the node is off; for a step, and for taking one back. */
export async function makeOff(context: NodeContext, step: string): Promise<Off> {
  const state = await context.observePower(step);
  if (state === "off") return { kind: "done", detail: "The node is off" };
  if (state === "turning_off") return waitFor(context, "the node is turning off");
  if (isToOrder(context, stillOn)) {
    await context.hold.confirm();
    await (await context.controller(step)).power("force_off");
  }
  return waitFor(context, stillOn);
}

const stillOff = "the controller has taken the order; the node is still off";
const stillOn = "the controller has taken the order; the node is still on";

/**
 * Whether to order now. An order that was taken is given again at every tenth look alone: some are
 * lost, and none comes true sooner for being repeated.
 */
export function isToOrder({ operation }: NodeContext, taken: string): boolean {
  // Going back, the engine puts the step's name before what it waits for.
  return !operation.waitReason?.endsWith(taken) || operation.attempt % 10 === 0;
}

type Off = Exclude<StepOutcome, { kind: "give_up" }>;

function waitFor(context: NodeContext, reason: string): Extract<StepOutcome, { kind: "wait" }> {
  return { kind: "wait", reason, retryAfterMs: context.settings.pollMs };
}
