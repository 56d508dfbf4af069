import {
  type EnvironmentCommand,
  type EnvironmentState,
  nextState,
} from "#lib/domain/environment/state";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

/** The state a command leads to, or the refusal that says in which states it is allowed. */
export function applyCommand(
  state: EnvironmentState,
  command: EnvironmentCommand,
): Result<EnvironmentState, RefusalOf<"wrong_state">> {
  const next = nextState(state, command);
  return next ? ok(next) : refuse({ kind: "wrong_state", command, state });
}
