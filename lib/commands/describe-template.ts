import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { templates } from "#db/schema/catalogue";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { DescribeTemplateInput } from "#lib/schemas/template";

/** Changes what tenants read about a template; its versions stay as they are. */
export async function describeTemplate(
  db: Database,
  grant: Grant<"catalogue.edit">,
  { templateId, description, readme }: DescribeTemplateInput,
): Promise<Result<void, RefusalOf<"not_found">>> {
  return withGrant(db, grant, async (tx) => {
    const [template] = await tx
      .update(templates)
      .set({ description, readme })
      .where(eq(templates.id, templateId))
      .returning({ name: templates.name });
    if (!template) return refuse({ kind: "not_found", resource: "template" });
    await recordAudit(tx, grant, {
      action: "template.describe",
      object: { kind: "template", id: templateId, name: template.name },
    });
    return ok(undefined);
  });
}
