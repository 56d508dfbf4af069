import { textOf } from "#lib/domain/boot/launch-values";
import { hasHookEnded, hookPointWords } from "#lib/domain/hook/hook";
import type { HookRunView } from "#lib/schemas/environment-view";

type Run = Pick<HookRunView, "point" | "input">;

/** When a run comes, in words; of one behind an action, which action. */
export function pointWords({ point, input }: Run): string {
  const { label } = objectOf(input.action);
  return typeof label === "string" ? `Action "${label}"` : hookPointWords[point];
}

/** How often it was tried, as sentences; empty where that says nothing. */
export function triedWords({
  kind,
  state,
  calls,
  attempt,
}: Pick<HookRunView, "kind" | "state" | "calls" | "attempt">): string {
  if (kind !== "http") return attempt > 0 ? `Attempts that came to nothing: ${attempt}.` : "";
  if (calls === 0) return "";
  if (calls === 1) return "Its provider was asked once.";
  // What has ended says in its own words what the last came to.
  const isVain = attempt > 0 && !hasHookEnded(state);
  return `Its provider was asked ${calls} times${isVain ? `, the last ${attempt} for nothing` : ""}.`;
}

/** What was entered for a run, as text: at the launch, or when its action was pressed. */
export function enteredWords({ input }: Pick<Run, "input">): string {
  const entered = objectOf(input.action ? objectOf(input.action).inputs : input.inputs);
  return Object.entries(entered)
    .map(([name, value]) => `${name}: ${textOf(value)}`)
    .join(", ");
}

/** A run's input is kept as it was sent: what is no object has nothing in it. */
function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
