import { formatQuantity } from "#lib/client/format";
import { textOf } from "#lib/domain/boot/launch-values";
import { hasHookEnded, hookPointWords } from "#lib/domain/hook/hook";
import { secondsWords } from "#lib/domain/hook/words";
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

/** How many nodes, and where there are several groups of which: `3 nodes (workers 2, head 1)`. */
export function countWords(counts: Readonly<Record<string, number>>): string {
  const groups = Object.entries(counts).filter(([, nodes]) => nodes > 0);
  const all = formatQuantity(
    groups.reduce((sum, [, nodes]) => sum + nodes, 0),
    "node",
  );
  if (groups.length < 2) return all;
  return `${all} (${groups.map(([name, nodes]) => `${name} ${nodes}`).join(", ")})`;
}

/** How long an environment stays, to be read after what it is. @param leaseHours Null: it has no end. */
export function lastsWords(leaseHours: number | null): string {
  return leaseHours === null ? "until it is released" : `for ${secondsWords(leaseHours * 3_600)}`;
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
