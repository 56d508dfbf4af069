import type { ProviderAnswer } from "#lib/domain/hook/answer";

// A question to a provider that changes nothing, and what is made of the answer. It is asked once:
// whatever would be asked again at a launch is told, and ends here.

export const dryCallStates = ["ready", "running", "ended", "skipped"] as const;
export type DryCallState = (typeof dryCallStates)[number];

/** What a provider answered; `none`: no answer that makes sense; `not_asked`: it was not asked. */
export const dryAnswers = ["done", "again", "failed", "transient", "none", "not_asked"] as const;
export type DryAnswer = (typeof dryAnswers)[number];

/** How long a dry run may take before what is left of it is not asked any more, in seconds. */
export function dryRunSeconds(calls: number): number {
  return 300 + 40 * calls;
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
