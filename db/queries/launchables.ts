import { and, asc, desc, eq, exists, inArray, or, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { type OfferedProfile, offeredProfile, versionOffered } from "#db/queries/profile-terms";
import {
  imageShares,
  profileShares,
  profiles,
  profileVersions,
  templateGroups,
  templateShares,
  templates,
  templateVersions,
} from "#db/schema/catalogue";
import { images } from "#db/schema/images";
import type { TemplateHook } from "#lib/domain/hook/hook";
import type { Id } from "#lib/domain/id";
import { launchableStates } from "#lib/domain/profile/profile";
import type { TemplateInput } from "#lib/domain/template/inputs";
import type { TemplateNetwork } from "#lib/domain/template/template";

// What a project may launch: templates, profiles and images that were shared with it. The
// database shows a tenant what any of its projects may use; the conditions here narrow that to one
// project.

export type LaunchableGroup = {
  name: string;
  role: (typeof templateGroups.$inferSelect)["role"];
  minCount: number;
  maxCount: number;
  defaultCount: number;
  /** Null when the profile is not shared with the project: then the group cannot be had. */
  profile: OfferedProfile | null;
};

export type LaunchableTemplate = {
  templateId: Id<"template">;
  versionId: Id<"templateVersion">;
  version: number;
  name: string;
  description: string;
  readme: string;
  /** By itself, whatever its profiles allow; null for no limit. */
  longestLeaseHours: number | null;
  network: TemplateNetwork;
  inputs: TemplateInput[];
  hooks: TemplateHook[];
  groups: LaunchableGroup[];
};

/** Templates shared with the project, each in its newest published version, with their groups. */
export async function listLaunchableTemplates(
  tx: Transaction,
  projectId: Id<"project">,
): Promise<LaunchableTemplate[]> {
  const rows = await tx
    .selectDistinctOn([templateVersions.templateId], versionFields)
    .from(templateVersions)
    .innerJoin(templates, eq(templates.id, templateVersions.templateId))
    .innerJoin(templateShares, eq(templateShares.templateId, templates.id))
    .where(and(eq(templateShares.projectId, projectId), eq(templateVersions.state, "published")))
    .orderBy(asc(templateVersions.templateId), desc(templateVersions.version));
  const groups = await listGroups(
    tx,
    projectId,
    rows.map((row) => row.versionId),
  );
  return rows
    .map((row) => ({ ...row, groups: groups.get(row.versionId) ?? [] }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** One published version of a template shared with the project, with its groups in order. */
export async function findLaunchableTemplate(
  tx: Transaction,
  projectId: Id<"project">,
  versionId: Id<"templateVersion">,
): Promise<LaunchableTemplate | undefined> {
  const [row] = await tx
    .select(versionFields)
    .from(templateVersions)
    .innerJoin(templates, eq(templates.id, templateVersions.templateId))
    .innerJoin(templateShares, eq(templateShares.templateId, templates.id))
    .where(
      and(
        eq(templateShares.projectId, projectId),
        eq(templateVersions.id, versionId),
        eq(templateVersions.state, "published"),
      ),
    );
  if (!row) return undefined;
  const groups = await listGroups(tx, projectId, [versionId]);
  return { ...row, groups: groups.get(versionId) ?? [] };
}

const versionFields = {
  templateId: templates.id,
  versionId: templateVersions.id,
  version: templateVersions.version,
  name: templates.name,
  description: templateVersions.description,
  readme: templateVersions.readme,
  longestLeaseHours: templateVersions.longestLeaseHours,
  network: templateVersions.network,
  inputs: templateVersions.inputs,
  hooks: templateVersions.hooks,
};

/**
 * The groups of template versions, in their order, with the profile each takes its nodes from as
 * far as it is shared with the project.
 */
export async function listGroups(
  tx: Transaction,
  projectId: Id<"project">,
  versionIds: readonly Id<"templateVersion">[],
): Promise<Map<Id<"templateVersion">, LaunchableGroup[]>> {
  const grouped = new Map<Id<"templateVersion">, LaunchableGroup[]>();
  if (versionIds.length === 0) return grouped;
  const rows = await tx
    .select({ group: templateGroups, profile: profiles, version: profileVersions })
    .from(templateGroups)
    .leftJoin(
      profileShares,
      and(
        eq(profileShares.profileId, templateGroups.profileId),
        eq(profileShares.projectId, projectId),
      ),
    )
    .leftJoin(profiles, eq(profiles.id, profileShares.profileId))
    .leftJoin(profileVersions, versionOffered)
    .where(inArray(templateGroups.templateVersionId, [...versionIds]))
    .orderBy(asc(templateGroups.position), asc(templateGroups.name));
  for (const { group, profile, version } of rows) {
    const { name, role, minCount, maxCount, defaultCount } = group;
    const list = grouped.get(group.templateVersionId) ?? [];
    list.push({
      ...{ name, role, minCount, maxCount, defaultCount },
      profile: profile && version && offeredProfile(profile, version),
    });
    grouped.set(group.templateVersionId, list);
  }
  return grouped;
}

/** Profiles shared with the project that a new environment may use. */
export async function listLaunchableProfiles(tx: Transaction, projectId: Id<"project">) {
  const rows = await tx
    .select({ profile: profiles, version: profileVersions })
    .from(profiles)
    .innerJoin(profileVersions, versionOffered)
    .innerJoin(profileShares, eq(profileShares.profileId, profiles.id))
    .where(
      and(eq(profileShares.projectId, projectId), inArray(profiles.state, [...launchableStates])),
    )
    .orderBy(asc(profileVersions.displayName));
  return rows.map(({ profile, version }) => offeredProfile(profile, version));
}

/**
 * Approved images that the project may run: those shared with it, and those that are the default
 * of a profile shared with it.
 */
export async function listLaunchableImages(tx: Transaction, projectId: Id<"project">) {
  return tx
    .select()
    .from(images)
    .where(
      and(
        eq(images.purpose, "tenant"),
        eq(images.state, "approved"),
        or(
          exists(
            tx
              .select({ one: sql`1` })
              .from(imageShares)
              .where(and(eq(imageShares.imageId, images.id), eq(imageShares.projectId, projectId))),
          ),
          exists(
            tx
              .select({ one: sql`1` })
              .from(profiles)
              .innerJoin(profileVersions, versionOffered)
              .innerJoin(profileShares, eq(profileShares.profileId, profiles.id))
              .where(
                and(
                  eq(profileVersions.defaultImageId, images.id),
                  inArray(profiles.state, [...launchableStates]),
                  eq(profileShares.projectId, projectId),
                ),
              ),
          ),
        ),
      ),
    )
    .orderBy(asc(images.name), desc(images.version));
}
