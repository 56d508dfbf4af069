import type { Transaction } from "#db/client";
import type { EnvironmentRow } from "#db/queries/environments";
import {
  findUpgraded,
  findUpgradeTo,
  listNewerVersions,
  type WithGroups,
} from "#db/queries/upgrades";
import type { ProjectGrant } from "#lib/access/authorize";
import { upgradeAsks, upgradeObstacles } from "#lib/domain/environment/upgrade";
import { type VersionContent, versionChanges } from "#lib/domain/template/version-changes";
import type { EnvironmentDetail } from "#lib/schemas/environment-view";

/**
 * The versions that the project is offered of a template and that are newer than this environment's,
 * newest first, with what differs for it, what it would have to be given besides, and why nodes would have
 * to change. What hooks run and ask is the platform team's, and is left out. Null where this one is the
 * newest, or the template is no longer shared.
 */
export async function newerVersion(
  tx: Transaction,
  grant: ProjectGrant,
  environment: Pick<EnvironmentRow, "id" | "projectId" | "templateVersionId" | "groups" | "inputs">,
): Promise<EnvironmentDetail["newer"]> {
  const { own, newer } = await listNewerVersions(tx, environment);
  if (!own) return null;
  const have = await findUpgraded(tx, environment, own);
  const versions: NonNullable<EnvironmentDetail["newer"]>["versions"] = [];
  for (const version of newer) {
    const to = await findUpgradeTo(tx, grant, environment, own, version);
    versions.push({
      id: version.id,
      version: version.version,
      changes: versionChanges(content(own), content(version), new Map()),
      obstacles: upgradeObstacles(have, to),
      asks: upgradeAsks(have, to),
    });
  }
  return { templateId: own.templateId, versions };
}

function content(version: WithGroups): VersionContent {
  const hooks = version.hooks.map((hook) => ({
    ...{ ...hook, providerId: null, script: null, until: null },
  }));
  return { ...version, hooks };
}
