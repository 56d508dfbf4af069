import { and, eq, ne, or, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { lockProvider } from "#db/queries/lock-provider";
import { templates, templateVersions } from "#db/schema/catalogue";
import { environments } from "#db/schema/environments";
import { providers } from "#db/schema/hooks";
import { tenants } from "#db/schema/tenants";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { ProviderInput } from "#lib/schemas/hook";

/**
 * Takes a provider out of use for good: it is asked nothing more. Refused while a published version
 * calls it, and while an environment that is not released would: what was made there, its release has
 * to have taken back first.
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
    const by = [
      ...published
        .filter(({ hooks }) => hooks.some((hook) => hook.providerId === provider.id))
        .map(({ name, version }) => `${name} version ${version}`),
      ...(await listDependents(tx, provider.id)),
    ];
    if (by.length > 0) return refuse({ kind: "in_use", resource: "provider", by });
    await tx.update(providers).set({ state: "retired" }).where(eq(providers.id, provider.id));
    await recordAudit(tx, grant, {
      action: "provider.retire",
      object: { kind: "provider", id: provider.id, name: provider.name },
    });
    return ok(undefined);
  });
}

/** The environments whose release, or what is under way of it, would ask this provider: by tenant and name. */
async function listDependents(tx: Transaction, providerId: Id<"provider">): Promise<string[]> {
  const rows = await tx
    .select({ tenant: tenants.slug, name: environments.name })
    .from(environments)
    .innerJoin(templateVersions, eq(templateVersions.id, environments.templateVersionId))
    .innerJoin(tenants, eq(tenants.id, environments.tenantId))
    .where(
      and(
        sql`${templateVersions.hooks} @> ${JSON.stringify([{ providerId }])}::jsonb`,
        or(
          ne(environments.state, "released"),
          sql`exists (select from hook_runs run where run.environment_id = ${environments.id}
            and run.definition ->> 'providerId' = ${providerId}
            and run.state in ('ready', 'running', 'waiting'))`,
        ),
      ),
    )
    .orderBy(tenants.slug, environments.name);
  return rows.map(({ tenant, name }) => `${name} of ${tenant}`);
}
