import type { ProviderAnswer } from "#lib/domain/hook/answer";
import type { TemplateHook } from "#lib/domain/hook/hook";
import type { OperationState } from "#lib/domain/operation/operation";

// A question to a provider that changes nothing, and what is made of the answer. It is asked once:
// whatever would be asked again at a launch is told, and ends here. So it is with a script, which runs
// on a node only where an operator lends one: a rehearsal.

export const dryCallStates = ["ready", "running", "ended", "skipped"] as const;
export type DryCallState = (typeof dryCallStates)[number];

/**
 * What a provider answered, or how a script ended; `none`: no answer that makes sense; `not_asked`: it
 * was not asked, or the script did not come to its end.
 */
export const dryAnswers = ["done", "again", "failed", "transient", "none", "not_asked"] as const;
export type DryAnswer = (typeof dryAnswers)[number];

/** How long a lent node may take until it runs scripts: longer than all its steps may together. */
const bootSeconds = 6 * 3_600;

/**
 * How long a dry run may take before what is left of it is not asked any more, in seconds.
 * @param scripts How long each of its scripts may run; of a rehearsal alone.
 */
export function dryRunSeconds(calls: number, scripts: readonly number[] = []): number {
  const running = scripts.reduce((sum, seconds) => sum + seconds, 0);
  return 300 + 40 * calls + (scripts.length > 0 ? bootSeconds + running : 0);
}

/** What an answer means for a launch, as a sentence. */
export function dryAnswerWords(answer: ProviderAnswer): string {
  switch (answer.kind) {
    case "done":
      return "The hook would be done.";
    case "again":
      return `It would be asked again after ${Math.round(answer.afterSeconds)} s${answer.reason ? `: ${answer.reason}` : "."}`;
    case "failed":
      return `The hook would fail: ${answer.reason}`;
    case "transient":
      return `It would be tried again as often as the hook says: ${answer.reason}`;
  }
}

/**
 * What the end of a script means for a launch, with a sentence: what a wait asks with, and does not say yes,
 * is asked again as long as the wait has time.
 */
export function dryScriptEnd(
  { kind }: Pick<TemplateHook, "kind">,
  end: { state: "succeeded" | "failed" | "skipped"; words: string; isExpired: boolean },
): { answer: DryAnswer; words: string } {
  if (end.state === "succeeded") return { answer: "done", words: "The hook would be done." };
  return kind === "wait" && !end.isExpired
    ? { answer: "again", words: `It would be asked again: ${end.words}` }
    : { answer: "failed", words: `The hook would fail: ${end.words}` };
}

/** Why a script of a dry run did not come to its end: the work on the node that was lent has ended. */
export function forsakenWords({
  state,
  reason,
}: {
  state: OperationState;
  reason: string | null;
}): string {
  if (state === "aborted" || reason === null) return "The node was taken back before its end.";
  return `The node did not come to its end: ${reason}`;
}

export type Difference = { name: string; recorded: string | null; replayed: string | null };

/**
 * Where what a past run gave and what its replay gave differ, by output; null where one of them gave
 * nothing of that name. Empty: they gave the same.
 */
export function outputDifferences(
  recorded: Readonly<Record<string, unknown>>,
  replayed: Readonly<Record<string, unknown>>,
): Difference[] {
  const names = [...new Set([...Object.keys(recorded), ...Object.keys(replayed)])].sort();
  const textOf = (of: Readonly<Record<string, unknown>>, name: string) =>
    Object.hasOwn(of, name) ? canonical(of[name]) : null;
  return names
    .map((name) => ({
      name,
      recorded: textOf(recorded, name),
      replayed: textOf(replayed, name),
    }))
    .filter((each) => each.recorded !== each.replayed);
}

/** JSON whose keys are in one order, since the database keeps them in its own. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
