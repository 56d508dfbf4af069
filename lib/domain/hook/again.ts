import type { EnvironmentState } from "#lib/domain/environment/state";
import type { HookKind, HookPoint, HookRunState } from "#lib/domain/hook/hook";
import { isStandingPoint } from "#lib/domain/hook/script";
import { hasEnded, type OperationKind, type OperationState } from "#lib/domain/operation/operation";
import { actionStandsStill } from "#lib/domain/template/actions";

/** A run of a hook and what it is of, as far as it decides whether it can be run again alone. */
export type RunToRepeat = {
  kind: HookKind;
  point: HookPoint;
  state: HookRunState;
  operation: { kind: OperationKind; state: OperationState };
  environment: EnvironmentState;
  /** The label of the action that is under way on its environment; null: none is. */
  acting: string | null;
  /** Whether it has been run again since. */
  hasNewer: boolean;
};

/**
 * Why nobody can run a hook again alone now, and what to do about it; null when it can be. What a person
 * decides cannot; a script that nodes wait for can while they do; what an
 * action does only when the action could be pressed; what makes something only while there is a release
 * to come that takes it back. What takes something back always can.
 */
export function whyNotAgain(run: RunToRepeat): { reason: string; advice: string } | null {
  const { kind, point, state, operation, environment, acting } = run;
  if (kind !== "http" && kind !== "script") return onlyFailed;
  if (run.hasNewer)
    return { reason: "It has been run again already.", advice: "See the newer run." };
  if (state !== "failed") return onlyFailed;
  if (kind === "script" && !isStandingPoint(point) && hasEnded(operation.state)) {
    return {
      reason:
        "A script that nodes wait for is run again alone while they wait, and they do no more.",
      advice: "Try the whole operation again instead.",
    };
  }
  if (operation.kind === "environment.act") return actionStandsStill(environment, acting);
  if (operation.kind === "environment.release") return null;
  if (environment !== "releasing" && environment !== "released") return null;
  return {
    reason: `The environment is ${environment === "released" ? "released" : "being released"}: what this hook made now, nothing would take back.`,
    advice: "Launch another environment instead.",
  };
}

const onlyFailed = {
  reason: "Only a script or a provider's hook that has failed is run again alone.",
  advice: "Try the whole operation again instead.",
};
