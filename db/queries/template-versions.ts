import { desc, eq, inArray, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { profiles, templateGroups, templateVersions } from "#db/schema/catalogue";
import type { TemplateHook } from "#lib/domain/hook/hook";
import { type Id, newId } from "#lib/domain/id";
import type { TemplateAction } from "#lib/domain/template/actions";
import type { TemplateInput } from "#lib/domain/template/inputs";
import {
  noNetwork,
  type TemplateBootConfig,
  type TemplateNetwork,
} from "#lib/domain/template/template";

/** A group as it is entered; its place in the list is its position. */
type Group = Omit<typeof templateGroups.$inferInsert, "templateVersionId" | "position">;

/** Adds the next version of a template, whose row the caller holds locked, with its groups. */
export async function insertTemplateVersion(
  tx: Transaction,
  version: {
    templateId: Id<"template">;
    /** Left out: as the version before has it, and of the first none. The read me and the lease alike. */
    description?: string;
    readme?: string;
    groups: readonly Group[];
    bootConfig: TemplateBootConfig;
    longestLeaseHours?: number | null;
    network?: TemplateNetwork;
    inputs?: TemplateInput[];
    hooks?: TemplateHook[];
    actions?: TemplateAction[];
  },
): Promise<{ id: Id<"templateVersion">; version: number }> {
  const { templateId, groups, bootConfig, network, inputs, hooks, actions } = version;
  const id = newId("templateVersion");
  const [before] = await tx
    .select({
      description: templateVersions.description,
      readme: templateVersions.readme,
      longestLeaseHours: templateVersions.longestLeaseHours,
    })
    .from(templateVersions)
    .where(eq(templateVersions.templateId, templateId))
    .orderBy(desc(templateVersions.version))
    .limit(1);
  const [made] = await tx
    .insert(templateVersions)
    .values({
      id,
      templateId,
      description: version.description ?? before?.description,
      readme: version.readme ?? before?.readme,
      bootConfig,
      // Null says that there is no limit any more.
      longestLeaseHours:
        version.longestLeaseHours === undefined
          ? before?.longestLeaseHours
          : version.longestLeaseHours,
      network,
      inputs,
      hooks,
      actions,
      version: sql`(select coalesce(max(version), 0) + 1 from template_versions where template_id = ${templateId})`,
    })
    .returning({ version: templateVersions.version });
  await tx
    .insert(templateGroups)
    .values(groups.map((group, position) => ({ templateVersionId: id, position, ...group })));
  return { id, version: made?.version ?? 1 };
}

/** What environments of a version draw from pools. */
export async function findTemplateNetwork(
  tx: Transaction,
  id: Id<"templateVersion">,
): Promise<TemplateNetwork> {
  const [row] = await tx
    .select({ network: templateVersions.network })
    .from(templateVersions)
    .where(eq(templateVersions.id, id));
  return row?.network ?? noNetwork;
}

/** Those of the profiles that do not exist. */
export async function findMissingProfiles(
  tx: Transaction,
  ids: readonly Id<"profile">[],
): Promise<Id<"profile">[]> {
  const rows = await tx
    .select({ id: profiles.id })
    .from(profiles)
    .where(inArray(profiles.id, [...ids]));
  const found = new Set(rows.map((row) => row.id));
  return ids.filter((id) => !found.has(id));
}
