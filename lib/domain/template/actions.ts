import type { ProjectRole } from "#lib/domain/access/role";
import { type EnvironmentState, isInMotion } from "#lib/domain/environment/state";
import { stateLabels } from "#lib/domain/environment/words";
import type { TemplateInput } from "#lib/domain/template/inputs";

// What a template lets people do to an environment that runs: a button with questions of its own, and
// hooks behind it. An action never changes the environment's state.

/** The least role in the project that may press one. */
export const actionRoles = ["member", "admin"] as const satisfies ProjectRole[];
export type ActionRole = (typeof actionRoles)[number];

export type TemplateAction = {
  /** As it is called by programs. */
  name: string;
  /** What stands on the button. */
  label: string;
  help: string;
  role: ActionRole;
  /** What is asked before it is done; empty: nothing. */
  confirmation: string;
  /** What is asked of whoever presses it; never a secret. */
  inputs: TemplateInput[];
  /** The hooks behind it by name, in the order in which they run. */
  hooks: string[];
};

export const actionNamePattern = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;
export const mostActions = 10;
export const mostActionInputs = 20;

/** Whether a role in the project is the one that an action asks for, or a greater one. */
export function mayPress(role: ProjectRole, { role: least }: Pick<TemplateAction, "role">) {
  return role === "admin" || (role === "member" && least === "member");
}

/** Why nobody can press an action now, and what to do about it; null when it can be pressed. */
export function actionStandsStill(
  state: EnvironmentState,
  /** The label of the action that is under way. */
  acting: string | null,
): { reason: string; advice: string } | null {
  if (state !== "ready") {
    return {
      reason: `The environment is ${stateLabels[state].toLowerCase()}: actions are for one that is ready.`,
      advice: isInMotion(state) ? "Wait until it is." : "",
    };
  }
  if (acting !== null) return whileActing(acting);
  return null;
}

/** Why something else has to wait for an action, in words. */
export function whileActing(label: string): { reason: string; advice: string } {
  return { reason: `"${label}" is under way.`, advice: "Wait for its end, or abort it." };
}
