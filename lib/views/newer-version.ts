import { and, asc, desc, eq, gt, inArray } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { Transaction } from "#db/client";
import { profiles, templateGroups, templateShares, templateVersions } from "#db/schema/catalogue";
import type { ProjectGrant } from "#lib/access/authorize";
import type { Id } from "#lib/domain/id";
import { type VersionContent, versionChanges } from "#lib/domain/template/version-changes";
import type { EnvironmentDetail } from "#lib/schemas/environment-view";

/**
 * The version that the project is offered of a template, where it is newer than this one, with what a
 * launch of it would have that this one has not. What hooks run and ask is the platform team's, and is
 * left out. Null where this one is the newest, or the template is no longer shared.
 */
export async function newerVersion(
  tx: Transaction,
  { projectId }: ProjectGrant,
  versionId: Id<"templateVersion">,
): Promise<EnvironmentDetail["newer"]> {
  const newest = alias(templateVersions, "newest");
  const [found] = await tx
    .select({ own: templateVersions, newest })
    .from(templateVersions)
    .innerJoin(
      newest,
      and(
        eq(newest.templateId, templateVersions.templateId),
        gt(newest.version, templateVersions.version),
        eq(newest.state, "published"),
      ),
    )
    .innerJoin(
      templateShares,
      and(
        eq(templateShares.templateId, newest.templateId),
        eq(templateShares.projectId, projectId),
      ),
    )
    .where(eq(templateVersions.id, versionId))
    .orderBy(desc(newest.version))
    .limit(1);
  if (!found) return null;
  const groups = await listGroupsOf(tx, [found.own.id, found.newest.id]);
  const content = (version: typeof templateVersions.$inferSelect): VersionContent => ({
    ...version,
    groups: groups.filter((group) => group.versionId === version.id),
    hooks: version.hooks.map((hook) => ({ ...hook, providerId: null, script: null })),
  });
  const { templateId, version } = found.newest;
  const changes = versionChanges(content(found.own), content(found.newest), new Map());
  return { templateId, version, changes };
}

async function listGroupsOf(tx: Transaction, versionIds: Id<"templateVersion">[]) {
  const rows = await tx
    .select({ group: templateGroups, profile: profiles.name })
    .from(templateGroups)
    .leftJoin(profiles, eq(profiles.id, templateGroups.profileId))
    .where(inArray(templateGroups.templateVersionId, versionIds))
    .orderBy(asc(templateGroups.position));
  return rows.map(({ group, profile }) => ({
    ...group,
    versionId: group.templateVersionId,
    profile: profile ?? "one that is not shared",
  }));
}
