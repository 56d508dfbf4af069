import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { countShares, setShares } from "#db/queries/shares";
import { templates } from "#db/schema/catalogue";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { ShareTemplateInput } from "#lib/schemas/template";

/**
 * Says which projects may launch a template. What runs by now is not touched.
 * A tenant has it for all its projects, later ones too. Gives how many projects have it then.
 */
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
    const part = { kind: "template", id: template.id } as const;
    const shared = await setShares(tx, part, {
      tenantIds: input.tenantIds,
      projectIds: input.projectIds,
    });
    await recordAudit(tx, grant, {
      action: "template.share",
      object: { kind: "template", id: template.id, name: template.name },
      detail: shared,
    });
    return ok({ projects: await countShares(tx, part) });
  });
}
