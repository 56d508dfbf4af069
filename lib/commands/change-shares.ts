import { eq } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { addShares, findWholeTenantOf, listShares, removeShares } from "#db/queries/shares";
import { profiles, templates } from "#db/schema/catalogue";
import { images } from "#db/schema/images";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { ChangeSharesInput } from "#lib/schemas/sharing";

/**
 * Shares a part of the catalogue with tenants and projects, or takes it from them; what others have of it
 * stays. A tenant has it for all its projects, and for those made later; taken from the tenant it is taken
 * from all of them, and from one of them alone it cannot be. What runs by now is not touched.
 */
export async function changeShares(
  db: Database,
  grant: Grant<"catalogue.edit">,
  input: ChangeSharesInput,
): Promise<Result<{ tenants: string[]; projects: string[] }, RefusalOf<"not_found" | "not_now">>> {
  const named = { tenantIds: input.tenantIds ?? [], projectIds: input.projectIds ?? [] };
  return withGrant(db, grant, async (tx) => {
    const name = await lockPart(tx, input);
    if (name === undefined) return refuse({ kind: "not_found", resource: input.kind });
    const before = await listShares(tx, input, named);
    if (!input.isShared) {
      const tenant = await findWholeTenantOf(tx, input, named);
      if (tenant !== undefined) {
        return refuse({
          kind: "not_now",
          reason: `${tenant} has ${name} as a whole tenant, so each of its projects has it.`,
          advice: `Take it from the tenant, and share it with the projects that are to keep it: Share, ${whereShared[input.kind]}, does both at once.`,
        });
      }
    }
    const change = input.isShared ? addShares : removeShares;
    const { tenants, projects } = await change(tx, input, named);
    await recordAudit(tx, grant, {
      action: input.isShared ? `${input.kind}.share` : `${input.kind}.unshare`,
      object: { kind: input.kind, id: input.id, name },
      // Of these alone: others may be thousands.
      detail: { tenants, projects, before, after: await listShares(tx, input, named) },
    });
    return ok({ tenants, projects });
  });
}

const whereShared = {
  template: "on the page of the template",
  profile: "among the profiles",
  image: "among the images",
} as const;

/** The name of what is shared, its row held until the transaction ends. */
async function lockPart(tx: Transaction, part: ChangeSharesInput): Promise<string | undefined> {
  switch (part.kind) {
    case "template": {
      const byId = eq(templates.id, part.id);
      const [row] = await tx.select().from(templates).where(byId).for("no key update");
      return row?.name;
    }
    case "profile": {
      const byId = eq(profiles.id, part.id);
      const [row] = await tx.select().from(profiles).where(byId).for("no key update");
      return row?.name;
    }
    case "image": {
      const byId = eq(images.id, part.id);
      const [row] = await tx.select().from(images).where(byId).for("no key update");
      return row && `${row.name} ${row.version}`;
    }
  }
}
