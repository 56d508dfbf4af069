import { asc, eq, getTableColumns } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { isDryRunning } from "#db/queries/dry-runs";
import { offerInDryRun } from "#db/queries/input-offer";
import { profileFacts, versionOffered } from "#db/queries/profile-terms";
import {
  profiles,
  profileVersions,
  templateGroups,
  templates,
  templateVersions,
} from "#db/schema/catalogue";
import type { TemplateHook } from "#lib/domain/hook/hook";
import { actionsPlan, askedInDryRun, lifePlan } from "#lib/domain/hook/plan";
import { newId } from "#lib/domain/id";
import type { EnvironmentOperation } from "#lib/domain/operation/operation";
import type { ProfileFacts } from "#lib/domain/profile/facts";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import { inputsProblems } from "#lib/domain/template/check-inputs";
import { dryInput } from "#lib/domain/template/dry-run";
import { checkInputs } from "#lib/domain/template/input-values";
import type { InputValues } from "#lib/domain/template/inputs";
import type { StartDryRunInput } from "#lib/schemas/dry-run";

type Planned = {
  version: typeof templateVersions.$inferSelect;
  template: typeof templates.$inferSelect;
  groups: (typeof templateGroups.$inferSelect & { facts: ProfileFacts })[];
  values: InputValues;
  calls: {
    hook: TemplateHook;
    operation: EnvironmentOperation;
    skipped: string | null;
    input: Record<string, unknown>;
  }[];
};

/**
 * What a dry run of a version, or of one of its hooks, does with the values that an operator entered;
 * with the version's row held until the transaction ends, so that of two at once the second sees the
 * first. Values of secrets are checked and not kept. Refused for a version that is retired, values that
 * a launch would not take, and while one of it is under way.
 */
export async function planDryRun(
  tx: Transaction,
  input: StartDryRunInput,
  { isLent }: { isLent: boolean },
): Promise<Result<Planned, RefusalOf<"not_found" | "not_now" | "invalid_input">>> {
  const [found] = await tx
    .select({ version: templateVersions, template: templates })
    .from(templateVersions)
    .innerJoin(templates, eq(templates.id, templateVersions.templateId))
    .where(eq(templateVersions.id, input.templateVersionId))
    .for("no key update", { of: templateVersions });
  if (!found) return refuse({ kind: "not_found", resource: "template" });
  const { version, template } = found;
  if (version.state === "retired") {
    return refuse({
      kind: "not_now",
      reason: `Version ${version.version} is retired: nobody launches it any more.`,
      advice: "Dry-run a draft or a published version.",
    });
  }
  if (inputsProblems(version.inputs).length > 0) {
    return refuse({
      kind: "not_now",
      reason: "Its inputs contradict themselves, so no value can be checked.",
      advice: "Make a version without that: the checks name it.",
    });
  }
  const checked = checkInputs(await offerInDryRun(tx, version), input.inputs ?? {});
  if (!checked.ok) return checked;
  const groups = await tx
    .select({ ...getTableColumns(templateGroups), facts: profileFacts })
    .from(templateGroups)
    .innerJoin(profiles, eq(profiles.id, templateGroups.profileId))
    .innerJoin(profileVersions, versionOffered)
    .where(eq(templateGroups.templateVersionId, version.id))
    .orderBy(asc(templateGroups.position));
  const fields = wrongCounts(groups, input.counts);
  if (Object.keys(fields).length > 0) return refuse({ kind: "invalid_input", fields });
  if (await isDryRunning(tx, version.id)) {
    return refuse({
      kind: "not_now",
      reason: "A dry run of this version is under way.",
      advice: "Wait for its end: it has one.",
    });
  }
  const { values } = checked.value;
  const environmentId = newId("environment");
  const about = {
    environmentId,
    definitions: version.inputs,
    groups,
    values,
    counts: input.counts,
  };
  const plan = [
    ...lifePlan(version.hooks, values),
    ...actionsPlan(version.hooks, version.actions, values),
  ];
  const calls = askedInDryRun(plan, { isLent })
    .filter(({ hook }) => input.hook === null || hook.name === input.hook)
    .map(({ hook, operation: kind, skipped, action }) => ({
      ...{ hook, operation: kind, skipped },
      input: dryInput({ id: newId("operation"), kind, hook, action }, about),
    }));
  return ok({ version, template, groups, values, calls });
}

function wrongCounts(
  groups: readonly { name: string; minCount: number; maxCount: number }[],
  counts: Readonly<Record<string, number>>,
): Record<string, string> {
  const strange = Object.keys(counts).filter(
    (name) => !groups.some((group) => group.name === name),
  );
  const outside = groups.filter(({ name, minCount, maxCount }) => {
    const count = counts[name];
    return count !== undefined && (count < minCount || count > maxCount);
  });
  return Object.fromEntries([
    ...strange.map((name) => [`counts.${name}`, `It has no group named ${name}.`]),
    ...outside.map(({ name, minCount, maxCount }) => [
      `counts.${name}`,
      `Group ${name} has ${minCount} to ${maxCount} nodes.`,
    ]),
  ]);
}
