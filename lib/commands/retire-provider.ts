import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { lockProvider } from "#db/queries/lock-provider";
import { templates, templateVersions } from "#db/schema/catalogue";
import { providers } from "#db/schema/hooks";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { ProviderInput } from "#lib/schemas/hook";

/**
 * Takes a provider out of use for good. Refused while a published version calls it; hooks of
 * environments that run already fail from then on, and say so.
 */
export async function retireProvider(
  db: Database,
  grant: Grant<"provider.edit">,
  input: ProviderInput,
): Promise<Result<void, RefusalOf<"not_found" | "in_use">>> {
  return withGrant(db, grant, async (tx) => {
    const provider = await lockProvider(tx, input.providerId);
    if (!provider) return refuse({ kind: "not_found", resource: "provider" });
    const published = await tx
      .select({
        name: templates.name,
        version: templateVersions.version,
        hooks: templateVersions.hooks,
      })
      .from(templateVersions)
      .innerJoin(templates, eq(templates.id, templateVersions.templateId))
      .where(eq(templateVersions.state, "published"));
    const by = published
      .filter(({ hooks }) => hooks.some((hook) => hook.providerId === provider.id))
      .map(({ name, version }) => `${name} version ${version}`);
    if (by.length > 0) return refuse({ kind: "in_use", resource: "provider", by });
    await tx.update(providers).set({ state: "retired" }).where(eq(providers.id, provider.id));
    await recordAudit(tx, grant, {
      action: "provider.retire",
      object: { kind: "provider", id: provider.id, name: provider.name },
    });
    return ok(undefined);
  });
}
