import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { findKeysOfLaunch } from "#db/queries/chosen-keys";
import { listContextsOfLaunch } from "#db/queries/contexts";
import { offerInputs } from "#db/queries/input-offer";
import { findLaunchableTemplate, listLaunchableImages } from "#db/queries/launchables";
import { templateVersions } from "#db/schema/catalogue";
import { together } from "#db/together";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { previewGroups } from "#lib/domain/boot/preview";
import { checkCounts } from "#lib/domain/environment/node-groups";
import { checkAllowedImage } from "#lib/domain/image/allowed-image";
import type { ProfileFacts } from "#lib/domain/profile/facts";
import { profileRefusal } from "#lib/domain/profile/profile";
import type { Refusal } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import { readPastedKey } from "#lib/domain/ssh-key/chosen-keys";
import { checkToldInputs } from "#lib/domain/template/input-values";
import type { LaunchUserDataInput } from "#lib/schemas/environment";
import type { LaunchUserData } from "#lib/schemas/environment-view";

/**
 * What cloud-init would be told if this were launched now, on the first node of each group: with the keys
 * that were chosen, the values that were entered, and what config contexts of the template and of the project
 * give. Values of secrets are hidden, whoever gave them, and those of contexts are not even read here.
 *
 * Refuses what the launch would refuse of what was entered: no nodes are looked for, and no quota.
 */
export async function launchUserData(
  db: Database,
  grant: Grant<"environment.launch">,
  input: LaunchUserDataInput,
): Promise<Result<LaunchUserData, Refusal>> {
  const pasted = await readPastedKey(input.publicKey);
  if (!pasted.ok) return pasted;
  const { templateVersionId, counts: askedCounts, secrets = [] } = input;
  return withGrant(db, grant, async (tx): Promise<Result<LaunchUserData, Refusal>> => {
    const template = await findLaunchableTemplate(tx, grant.projectId, templateVersionId);
    if (!template) return refuse({ kind: "not_found", resource: "template" });
    const [images, asked, keys, contexts, versions] = await together(
      () => listLaunchableImages(tx, grant.projectId),
      () => offerInputs(tx, grant, { ...template, counts: askedCounts }),
      () => findKeysOfLaunch(tx, grant, input, pasted.value),
      () => listContextsOfLaunch(tx, grant.projectId, templateVersionId),
      () =>
        tx
          .select({ bootConfig: templateVersions.bootConfig })
          .from(templateVersions)
          .where(eq(templateVersions.id, templateVersionId)),
    );
    const image = images.find(({ id }) => id === input.imageId);
    if (!image) return refuse({ kind: "not_found", resource: "image" });
    const counts = checkCounts(template.groups, askedCounts);
    if (!counts.ok) return counts;
    const allowed = checkAllowedImage(image, images, template.groups, counts.value);
    if (!allowed.ok) return allowed;
    const checked = checkToldInputs(asked, input.inputs ?? {}, secrets);
    if (!checked.ok) return checked;
    if (!keys.ok) return keys;
    const groups = [];
    for (const { name, profile } of template.groups) {
      const count = counts.value[name] ?? 0;
      if (count === 0) continue;
      const refusal = profileRefusal(profile);
      if (refusal) return refuse(refusal);
      if (!profile) continue;
      groups.push({
        ...{ name, count, profile: toldOf(profile) },
        ...{ defaultUser: image.defaultUser, isInstalled: image.diskFile !== null },
      });
    }
    const [version] = versions;
    if (!version) throw new Error(`version ${templateVersionId} is gone`);
    const first = { ...version, inputs: asked, hooks: template.hooks };
    const told = previewGroups(first, contexts, groups, {
      ...{ name: input.name, entered: input.inputs ?? {}, secrets },
      authorizedKeys: keys.value.map(({ publicKey }) => publicKey),
    });
    return ok({ groups: told });
  });
}

/** What of a profile its nodes are told. */
function toldOf(profile: ProfileFacts): ProfileFacts {
  const { name, gpuSharing, containerRuntime, storageClasses } = profile;
  return { name, gpuSharing, containerRuntime, storageClasses };
}
