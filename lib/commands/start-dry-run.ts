import type { Database } from "#db/client";
import { insertDryRun } from "#db/queries/dry-runs";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { planDryRun } from "#lib/commands/plan-dry-run";
import type { TemplateHook } from "#lib/domain/hook/hook";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { StartDryRunInput } from "#lib/schemas/dry-run";

/**
 * Has the worker ask the providers of a version's hooks, or that of one hook, with the mark of a dry
 * run. Refused as `planDryRun` says, and where no provider would be asked.
 */
export async function startDryRun(
  db: Database,
  grant: Grant<"catalogue.edit">,
  input: StartDryRunInput,
): Promise<
  Result<{ dryRunId: Id<"dryRun"> }, RefusalOf<"not_found" | "not_now" | "invalid_input">>
> {
  return withGrant(db, grant, async (tx) => {
    const planned = await planDryRun(tx, input, { isLent: false });
    if (!planned.ok) return planned;
    const { version, template, calls } = planned.value;
    if (calls.every((call) => call.skipped !== null)) {
      return refuse({
        kind: "not_now",
        reason: calls[0]?.skipped ?? whyNone(version.hooks, input.hook),
        advice: "Enter other values, or choose another hook.",
      });
    }
    const dryRunId = await insertDryRun(tx, {
      templateVersionId: version.id,
      requestedBy: grant.actorId,
      requestedByName: grant.actorName,
      calls,
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

/** Why no provider would be asked, of a version or of the one hook that was named. */
function whyNone(hooks: readonly TemplateHook[], name: string | null): string {
  if (name === null) return "It has no hook that asks a provider.";
  const hook = hooks.find((each) => each.name === name);
  if (!hook) return `It has no hook named ${name}.`;
  if (hook.kind !== "http") return `Hook ${name} asks no provider.`;
  return `Hook ${name} would never run: no action names it.`;
}
