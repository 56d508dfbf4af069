import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { findMissingProfiles, insertTemplateVersion } from "#db/queries/template-versions";
import { templates } from "#db/schema/catalogue";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { AddTemplateVersionInput } from "#lib/schemas/template";

/**
 * Adds the next version of a template as a draft. A version is never changed: an environment keeps
 * the one it was launched from.
 */
export async function addTemplateVersion(
  db: Database,
  grant: Grant<"catalogue.edit">,
  input: AddTemplateVersionInput,
): Promise<
  Result<{ templateVersionId: Id<"templateVersion">; version: number }, RefusalOf<"not_found">>
> {
  return withGrant(db, grant, async (tx) => {
    const [template] = await tx
      .select()
      .from(templates)
      .where(eq(templates.id, input.templateId))
      .for("no key update");
    if (!template) return refuse({ kind: "not_found", resource: "template" });
    const missing = await findMissingProfiles(
      tx,
      input.groups.map((group) => group.profileId),
    );
    if (missing.length > 0) return refuse({ kind: "not_found", resource: "profile" });
    const { id, version } = await insertTemplateVersion(tx, input);
    await recordAudit(tx, grant, {
      action: "template.add_version",
      object: { kind: "template", id: template.id, name: template.name },
      detail: { version },
    });
    return ok({ templateVersionId: id, version });
  });
}
