import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { setShares } from "#db/queries/shares";
import { templates } from "#db/schema/catalogue";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { ShareTemplateInput } from "#lib/schemas/template";

/** Says which projects may launch a template. What runs by now is not touched. */
export async function shareTemplate(
  db: Database,
  grant: Grant<"catalogue.edit">,
  input: ShareTemplateInput,
): Promise<Result<{ projects: number }, RefusalOf<"not_found">>> {
  return withGrant(db, grant, async (tx) => {
    const [template] = await tx
      .select()
      .from(templates)
      .where(eq(templates.id, input.templateId))
      .for("no key update");
    if (!template) return refuse({ kind: "not_found", resource: "template" });
    const shared = await setShares(tx, { kind: "template", id: template.id }, input.projectIds);
    await recordAudit(tx, grant, {
      action: "template.share",
      object: { kind: "template", id: template.id, name: template.name },
      detail: { projects: shared },
    });
    return ok({ projects: shared.length });
  });
}
