import type { DryAnswer } from "#lib/domain/hook/dry-run";
import { actionsPlan, askedInDryRun, lifePlan } from "#lib/domain/hook/plan";
import type { SyntaxFinding } from "#lib/domain/hook/shell-text";
import type { KnownProvider } from "#lib/domain/template/check-template";
import {
  type CheckedVersion,
  type DryCheck,
  type DryFacts,
  dryChecks,
} from "#lib/domain/template/dry-run";
import { exampleValues } from "#lib/domain/template/example-values";
import { exampleOffer, offeredInputs } from "#lib/domain/template/offered-inputs";

/** What a hook of a version was answered when a dry run of it asked last. */
export type HookAnswer = { hook: string; answer: DryAnswer; words: string };

/** What a version is held against when it is published. */
export type PublishFacts = {
  providers: readonly KnownProvider[];
  /** Addresses of its approvers that nobody has. */
  strangers: readonly string[];
  answers: readonly HookAnswer[];
  syntax: readonly SyntaxFinding[];
};

/**
 * Why a draft cannot be published and what would change that; null when it can: each check that a dry
 * run makes without asking anybody passes with example values, with which cloud-init's part is rendered for
 * each group, and each of its hooks that asks a provider
 * was asked in a dry run of this version and answered well when it was asked last.
 */
export function whyNotPublish(
  version: CheckedVersion,
  facts: PublishFacts,
): { reason: string; advice: string } | null {
  const failed = exampleChecks(version, facts).filter(({ verdict }) => verdict === "no");
  if (failed.length > 0) {
    const words = failed.flatMap((check) => check.words);
    return {
      reason: words.slice(0, 5).join(" "),
      advice: failed.every(({ id }) => id === "profiles")
        ? "Make that profile active first, or make a version without it."
        : "Make a version without that, and publish it.",
    };
  }
  return whyNotTried(version, facts.answers);
}

/**
 * The checks of a dry run with example values. A pattern is not held against them: what it asks for is
 * known to who wrote it alone, and that it is one at all is checked with the inputs.
 */
function exampleChecks(version: CheckedVersion, facts: PublishFacts): DryCheck[] {
  const known: DryFacts = {
    strangers: facts.strangers,
    syntax: facts.syntax,
    providers: facts.providers.map((provider) => ({ ...provider, health: "unknown" })),
  };
  const offered = offeredInputs(version.inputs, exampleOffer(version.inputs));
  const inputs = offered.map((input) => ({ ...input, pattern: null }));
  const tried = dryChecks({ ...version, inputs }, known, exampleValues(offered));
  const ofValues = ({ id }: DryCheck) => id === "values" || id === "user-data";
  return [
    ...dryChecks(version, known, {}).filter((check) => !ofValues(check)),
    ...tried.filter(ofValues),
  ];
}

/** A version that asks no provider is tried by publishing itself: nothing of it would answer otherwise. */
function whyNotTried({ hooks, actions }: CheckedVersion, answers: readonly HookAnswer[]) {
  const hasNot = "This version has not passed a dry run";
  const plan = [...lifePlan(hooks, {}), ...actionsPlan(hooks, actions, {})];
  const asked = askedInDryRun(plan).map(({ hook }) => {
    return { name: hook.name, got: answers.find((each) => each.hook === hook.name) };
  });
  if (asked.length === 0) return null;
  if (asked.every(({ got }) => !got)) {
    return {
      reason: `${hasNot}.`,
      advice: "Open Dry run beside it, and have its providers called.",
    };
  }
  const bad = asked.find(({ got }) => got && got.answer !== "done" && got.answer !== "again");
  if (bad) {
    return {
      reason: `${hasNot}: hook ${bad.name} was asked last and came to this: ${bad.got?.words}`,
      advice: "Have its provider called in a dry run again when that is mended.",
    };
  }
  const unasked = asked.find(({ got }) => !got);
  if (!unasked) return null;
  return {
    reason: `${hasNot}: hook ${unasked.name} was not asked.`,
    advice: "Dry-run it with values with which that hook is not skipped.",
  };
}
