import { and, asc, desc, eq, gt, inArray } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { Transaction } from "#db/client";
import { listSecretNames } from "#db/queries/environment-secrets";
import type { EnvironmentRow } from "#db/queries/environments";
import { offerInputs } from "#db/queries/input-offer";
import { profiles, templateGroups, templateShares, templateVersions } from "#db/schema/catalogue";
import type { Upgraded, UpgradeTo } from "#lib/domain/environment/upgrade";
import type { ActorId, Id } from "#lib/domain/id";

type VersionRow = typeof templateVersions.$inferSelect;
type GroupRow = typeof templateGroups.$inferSelect & { profile: string };

export type WithGroups = VersionRow & { groups: GroupRow[] };

/**
 * The version of an environment, and those of its template that its project is offered and that are
 * newer, newest first, each with its groups.
 */
export async function listNewerVersions(
  tx: Transaction,
  environment: Pick<EnvironmentRow, "projectId" | "templateVersionId">,
): Promise<{ own: WithGroups | undefined; newer: WithGroups[] }> {
  const later = alias(templateVersions, "later");
  const found = await tx
    .select({ own: templateVersions, later })
    .from(templateVersions)
    .innerJoin(
      later,
      and(
        eq(later.templateId, templateVersions.templateId),
        gt(later.version, templateVersions.version),
        eq(later.state, "published"),
      ),
    )
    .innerJoin(
      templateShares,
      and(
        eq(templateShares.templateId, later.templateId),
        eq(templateShares.projectId, environment.projectId),
      ),
    )
    .where(eq(templateVersions.id, environment.templateVersionId))
    .orderBy(desc(later.version))
    .limit(mostVersions);
  const [first] = found;
  if (!first) return { own: undefined, newer: [] };
  const newer = found.map((row) => row.later);
  const groups = await listGroupsOf(tx, [first.own.id, ...newer.map(({ id }) => id)]);
  const withGroups = (version: VersionRow): WithGroups => ({
    ...version,
    groups: groups.filter((group) => group.templateVersionId === version.id),
  });
  return { own: withGroups(first.own), newer: newer.map(withGroups) };
}

/** Of a template whose versions are many, the newest are offered. */
const mostVersions = 10;

/** An environment as it is held against another version; its row is locked, or only looked at. */
export async function findUpgraded(
  tx: Transaction,
  environment: Pick<EnvironmentRow, "id" | "groups" | "inputs">,
  own: WithGroups,
): Promise<Upgraded> {
  return {
    groups: own.groups,
    counts: environment.groups,
    network: own.network,
    values: environment.inputs,
    secrets: await listSecretNames(tx, environment.id),
    hooks: own.hooks,
  };
}

/** What of a version an environment is held against, with what its inputs can be chosen from. */
export async function findUpgradeTo(
  tx: Transaction,
  who: { tenantId: Id<"tenant">; projectId: Id<"project">; actorId: ActorId },
  environment: Pick<EnvironmentRow, "groups" | "inputs">,
  own: WithGroups,
  { id: versionId, groups, network, hooks, ...version }: WithGroups,
): Promise<UpgradeTo> {
  const keptKeys = own.inputs.flatMap(({ name, type }) => {
    const value = environment.inputs[name];
    return type === "ssh_keys" && Array.isArray(value) ? value : [];
  });
  const asked = { inputs: version.inputs, versionId, counts: environment.groups, keptKeys };
  return { groups, network, inputs: await offerInputs(tx, who, asked), hooks };
}

async function listGroupsOf(
  tx: Transaction,
  versionIds: Id<"templateVersion">[],
): Promise<GroupRow[]> {
  const rows = await tx
    .select({ group: templateGroups, profile: profiles.name })
    .from(templateGroups)
    .leftJoin(profiles, eq(profiles.id, templateGroups.profileId))
    .where(inArray(templateGroups.templateVersionId, versionIds))
    .orderBy(asc(templateGroups.position));
  return rows.map(({ group, profile }) => ({
    ...group,
    profile: profile ?? "a profile that is not shared",
  }));
}
