import { asc, eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { insertDryRun, isDryRunning } from "#db/queries/dry-runs";
import { templateGroups, templates, templateVersions } from "#db/schema/catalogue";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { askedInDryRun, lifePlan } from "#lib/domain/hook/plan";
import { type Id, newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import { inputsProblems } from "#lib/domain/template/check-inputs";
import { dryInput } from "#lib/domain/template/dry-run";
import { checkInputs } from "#lib/domain/template/input-values";
import type { StartDryRunInput } from "#lib/schemas/dry-run";

/**
 * Has the worker ask the providers of a version's hooks, or that of one hook, with the mark of a dry
 * run and the values that an operator entered. Values of secrets are checked and not kept. Refused for
 * a version that is retired, values that a launch would not take, while one of it is under way, and
 * where no provider would be asked.
 */
export async function startDryRun(
  db: Database,
  grant: Grant<"catalogue.edit">,
  input: StartDryRunInput,
): Promise<
  Result<{ dryRunId: Id<"dryRun"> }, RefusalOf<"not_found" | "not_now" | "invalid_input">>
> {
  return withGrant(db, grant, async (tx) => {
    const [found] = await tx
      .select({ version: templateVersions, template: templates })
      .from(templateVersions)
      .innerJoin(templates, eq(templates.id, templateVersions.templateId))
      .where(eq(templateVersions.id, input.templateVersionId))
      // So that of two at once the second sees the first.
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
    const checked = checkInputs(version.inputs, input.inputs ?? {});
    if (!checked.ok) return checked;
    const groups = await tx
      .select()
      .from(templateGroups)
      .where(eq(templateGroups.templateVersionId, version.id))
      .orderBy(asc(templateGroups.position));
    const fields = wrongCounts(groups, input.counts);
    if (Object.keys(fields).length > 0) return refuse({ kind: "invalid_input", fields });

    const { values } = checked.value;
    const plan = lifePlan(version.hooks, values);
    const calls = askedInDryRun(plan).filter(
      ({ hook }) => input.hook === null || hook.name === input.hook,
    );
    if (calls.every((call) => call.skipped !== null)) {
      return refuse({
        kind: "not_now",
        reason: calls[0]?.skipped ?? "It has no hook that asks a provider.",
        advice: "Enter other values, or choose another hook.",
      });
    }
    if (await isDryRunning(tx, version.id)) {
      return refuse({
        kind: "not_now",
        reason: "A dry run of this version is under way.",
        advice: "Wait for its end: it has one.",
      });
    }
    const environmentId = newId("environment");
    const dryRunId = await insertDryRun(tx, {
      templateVersionId: version.id,
      requestedBy: grant.actorId,
      requestedByName: grant.actorName,
      calls: calls.map(({ hook, operation, skipped }) => ({
        ...{ hook, operation, skipped },
        input: dryInput(
          { id: newId("operation"), kind: operation, point: hook.point },
          { environmentId, definitions: version.inputs, groups, values, counts: input.counts },
        ),
      })),
    });
    await recordAudit(tx, grant, {
      action: "template.dry_run",
      object: { kind: "template", id: template.id, name: template.name },
      detail: {
        version: version.version,
        hook: input.hook,
        asks: calls.map(({ hook }) => hook.name),
      },
    });
    return ok({ dryRunId });
  });
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
