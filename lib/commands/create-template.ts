import type { Database } from "#db/client";
import { findMissingProfiles, insertTemplateVersion } from "#db/queries/template-versions";
import { templates } from "#db/schema/catalogue";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { type Id, newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { CreateTemplateInput } from "#lib/schemas/template";

/** Adds a template with its first version, a draft. */
export async function createTemplate(
  db: Database,
  grant: Grant<"catalogue.edit">,
  input: CreateTemplateInput,
): Promise<
  Result<
    { templateId: Id<"template">; templateVersionId: Id<"templateVersion"> },
    RefusalOf<"not_found" | "name_taken">
  >
> {
  const id = newId("template");
  const { name, ...version } = input;
  return withGrant(db, grant, async (tx) => {
    const missing = await findMissingProfiles(
      tx,
      version.groups.map((group) => group.profileId),
    );
    if (missing.length > 0) return refuse({ kind: "not_found", resource: "profile" });
    const made = await tx
      .insert(templates)
      .values({ id, name })
      .onConflictDoNothing({ target: templates.name })
      .returning({ id: templates.id });
    if (made.length === 0) return refuse({ kind: "name_taken", resource: "template", name });
    const first = await insertTemplateVersion(tx, { templateId: id, ...version });
    await recordAudit(tx, grant, {
      action: "template.create",
      object: { kind: "template", id, name },
    });
    return ok({ templateId: id, templateVersionId: first.id });
  });
}
