import { and, eq, inArray, ne } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { findPublishFacts } from "#db/queries/publish-facts";
import { profiles, templateGroups, templates, templateVersions } from "#db/schema/catalogue";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import { templateProblems } from "#lib/domain/template/check-template";
import type { MoveTemplateVersionInput } from "#lib/schemas/template";

/**
 * Publishes a draft or retires a version. Tenants launch the newest published version, so publishing
 * one changes what they get; it is refused while a group takes nodes of a profile nobody can have, and
 * while its inputs, hooks or actions contradict themselves.
 */
export async function moveTemplateVersion(
  db: Database,
  grant: Grant<"catalogue.edit">,
  input: MoveTemplateVersionInput,
): Promise<Result<void, RefusalOf<"not_found" | "not_now">>> {
  return withGrant(db, grant, async (tx) => {
    const [found] = await tx
      .select({ version: templateVersions, template: templates })
      .from(templateVersions)
      .innerJoin(templates, eq(templates.id, templateVersions.templateId))
      .where(eq(templateVersions.id, input.templateVersionId))
      .for("no key update");
    if (!found) return refuse({ kind: "not_found", resource: "template" });
    const { version, template } = found;
    const from =
      input.to === "published" ? (["draft"] as const) : (["draft", "published"] as const);
    if (!(from as readonly string[]).includes(version.state)) {
      return refuse({
        kind: "not_now",
        reason: `Version ${version.version} is ${version.state}.`,
        advice: "Make a new version to offer it again.",
      });
    }
    if (input.to === "published") {
      const unusable = await tx
        .select({ name: profiles.name, state: profiles.state })
        .from(templateGroups)
        .innerJoin(profiles, eq(profiles.id, templateGroups.profileId))
        .where(and(eq(templateGroups.templateVersionId, version.id), ne(profiles.state, "active")));
      if (unusable.length > 0) {
        const [first] = unusable;
        return refuse({
          kind: "not_now",
          reason: `It takes nodes of ${first?.name}, which is ${first?.state}.`,
          advice: "Make that profile active first, or make a version without it.",
        });
      }
    }
    if (input.to === "published") {
      const problems = await versionProblems(tx, version);
      if (problems.length > 0) {
        return refuse({
          kind: "not_now",
          reason: problems.slice(0, 5).join(" "),
          advice: "Make a version without that, and publish it.",
        });
      }
    }
    await tx
      .update(templateVersions)
      .set({ state: input.to })
      .where(and(eq(templateVersions.id, version.id), inArray(templateVersions.state, [...from])));
    await recordAudit(tx, grant, {
      action: input.to === "published" ? "template.publish" : "template.retire",
      object: { kind: "template", id: template.id, name: template.name },
      detail: { version: version.version, before: version.state },
    });
    return ok(undefined);
  });
}

async function versionProblems(
  tx: Transaction,
  { inputs, hooks, actions }: typeof templateVersions.$inferSelect,
): Promise<string[]> {
  const { providers, strangers } = await findPublishFacts(tx, hooks);
  return [
    ...templateProblems(inputs, hooks, providers, actions),
    ...strangers.map((email) => `Nobody here has the address ${email}.`),
  ];
}
