import { and, eq, inArray } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { contextsToApply } from "#db/queries/contexts";
import { findPublishFacts, listCheckedGroups, listHookAnswers } from "#db/queries/publish-facts";
import { templates, templateVersions } from "#db/schema/catalogue";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { syntaxOfVersions } from "#lib/access/shell-syntax";
import { withGrant } from "#lib/access/with-grant";
import type { SyntaxFinding } from "#lib/domain/hook/shell-text";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import { whyNotPublish } from "#lib/domain/template/publish";
import type { MoveTemplateVersionInput } from "#lib/schemas/template";

/**
 * Publishes a draft or retires a version. Tenants launch the newest published version, so publishing
 * one changes what they get; it is refused as `whyNotPublish` says: while a check of it fails, and while
 * it has not passed a dry run.
 */
export async function moveTemplateVersion(
  db: Database,
  grant: Grant<"catalogue.edit">,
  input: MoveTemplateVersionInput,
): Promise<Result<void, RefusalOf<"not_found" | "not_now">>> {
  // A version never changes, so that nothing is held while a shell reads its scripts.
  const syntax =
    input.to === "published"
      ? await syntaxOfVersions(db, grant, eq(templateVersions.id, input.templateVersionId))
      : new Map<Id<"templateVersion">, SyntaxFinding[]>();
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
    const reason =
      input.to === "published" ? await whyNot(tx, version, syntax.get(version.id) ?? []) : null;
    if (reason) return refuse({ kind: "not_now", ...reason });
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

async function whyNot(
  tx: Transaction,
  version: typeof templateVersions.$inferSelect,
  syntax: readonly SyntaxFinding[],
) {
  const groups = await listCheckedGroups(tx, eq(templateVersions.id, version.id));
  const contexts = await contextsToApply(tx, version.templateId);
  const facts = await findPublishFacts(tx, version.hooks, "held");
  const answers = await listHookAnswers(tx, [version.id]);
  return whyNotPublish({ ...version, groups, contexts }, { ...facts, answers, syntax });
}
