import { setTimeout as wait } from "node:timers/promises";
import { failureOf, isSuccess } from "#lib/drivers/redfish/failure";
import type { Limits } from "#lib/drivers/redfish/limits";
import type { Reader } from "#lib/drivers/redfish/reader";
import { actionInfo, type ComputerSystem } from "#lib/drivers/redfish/resource-schemas";
import type { Session } from "#lib/drivers/redfish/session";
import { ControllerError, type PowerOrder, type PowerState } from "#lib/ports/controller";

const powerStates: Record<string, PowerState> = {
  On: "on",
  Off: "off",
  PoweringOn: "turning_on",
  PoweringOff: "turning_off",
};

/**
 * Reset types that carry out an order, best first (ComputerSystem.Reset, DMTF DSP2046), as the driver
 * goes down them and the conformance report asks for them.
 * A graceful end has no substitute: PushPowerButton means what the operating system makes of it,
 * and to cut the power is for the caller to decide. A forced restart has one: an off and an on.
 */
export const resetLadders = {
  on: ["On", "ForceOn", "PushPowerButton"],
  force_off: ["ForceOff"],
  graceful_off: ["GracefulShutdown"],
  force_restart: ["ForceRestart", "PowerCycle"],
} as const satisfies Record<PowerOrder, readonly string[]>;

/** What a system's power is; anything not in the specification is unknown. */
export function powerStateOf(system: ComputerSystem): PowerState {
  return powerStates[system.PowerState ?? ""] ?? "unknown";
}

/**
 * Orders the power of a system. `current` reads the system afresh. Throws `ControllerError`.
 * An answer of 202 counts as accepted: whether it comes true shows in the power state, which the
 * caller reads anyway, and not in a task, which says only that the controller has tried.
 */
export async function orderPower(input: {
  session: Session;
  limits: Limits;
  reader: Reader;
  order: PowerOrder;
  current: () => Promise<ComputerSystem>;
}): Promise<void> {
  const { session, reader, order, current } = input;
  const system = await current();
  const state = powerStateOf(system);
  if (holds(order, state)) return;
  const action = system.Actions["#ComputerSystem.Reset"];
  if (action.target === null) {
    throw unsupported("the controller offers no reset of its host");
  }
  // A host that is off has nothing to restart; several controllers refuse to.
  const wanted = order === "force_restart" && state === "off" ? "on" : order;
  const allowed = await allowedResets(reader, system);
  const rungs = resetLadders[wanted].filter((type) => allowed === null || allowed.includes(type));
  const { behaviour } = await session.root();
  let failure = unsupported(`the controller offers no way to ${wanted.replace("_", " ")}`);
  for (const type of rungs) {
    // The button toggles: pressed on a host that runs, it turns it off.
    if (type === "PushPowerButton" && state !== "off") continue;
    const answer = await session.send({
      method: "POST",
      path: action.target,
      body: { ResetType: type },
    });
    if (isSuccess(answer)) return;
    failure = failureOf(answer, behaviour.busyMessages);
    // Several controllers refuse an order that already holds, instead of accepting it.
    if ([200, 400, 409].includes(answer.status) && holds(order, powerStateOf(await current())))
      return;
    if (failure.retryable) break;
  }
  const isCut = allowed === null || allowed.includes("ForceOff");
  if (wanted !== "force_restart" || failure.retryable || !isCut) throw failure;
  await orderPower({ ...input, order: "force_off" });
  await untilOff(input);
  await orderPower({ ...input, order: "on" });
}

/** Looks until the host is off. Throws a retryable `busy` when it takes longer than the limit. */
async function untilOff(input: {
  limits: Limits;
  current: () => Promise<ComputerSystem>;
}): Promise<void> {
  const { limits, current } = input;
  const untilMs = Date.now() + limits.taskWaitMs;
  while (powerStateOf(await current()) !== "off") {
    if (Date.now() >= untilMs) {
      throw new ControllerError(
        "busy",
        "the host was to be off before it is turned on, and is not",
        {
          retryable: true,
        },
      );
    }
    await wait(limits.settleMs);
  }
}

/**
 * Whether there is nothing left to order. A host that is turning off may hang on its way, so
 * cutting the power is still an order then; asking it to turn off is not.
 */
function holds(order: PowerOrder, state: PowerState): boolean {
  switch (order) {
    case "on":
      return state === "on" || state === "turning_on";
    case "force_off":
      return state === "off";
    case "graceful_off":
      return state === "off" || state === "turning_off";
    case "force_restart":
      return state === "turning_on";
  }
}

/** The reset types that a system says it takes; null when it does not say. */
export async function allowedResets(
  reader: Reader,
  { Actions }: ComputerSystem,
): Promise<string[] | null> {
  const action = Actions["#ComputerSystem.Reset"];
  const told = action["ResetType@Redfish.AllowableValues"];
  if (told !== null) return told;
  const info = await reader.find(action["@Redfish.ActionInfo"], actionInfo);
  return info?.Parameters.find((each) => each.Name === "ResetType")?.AllowableValues ?? null;
}

function unsupported(message: string): ControllerError {
  return new ControllerError("unsupported", message, { retryable: false });
}
