import { and, asc, desc, eq } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { listChoosableKeys } from "#db/queries/chosen-keys";
import { listGroups, listLaunchableImages } from "#db/queries/launchables";
import { versionOffered } from "#db/queries/profile-terms";
import { profiles, profileVersions, templateGroups } from "#db/schema/catalogue";
import { images } from "#db/schema/images";
import { together } from "#db/together";
import type { ActorId, Id } from "#lib/domain/id";
import { allowedImages, imageName } from "#lib/domain/image/allowed-image";
import type { TemplateInput } from "#lib/domain/template/inputs";
import { exampleOffer, isOffered, offeredInputs } from "#lib/domain/template/offered-inputs";

/** Inputs that are asked of somebody in a project. */
type Asked = {
  inputs: TemplateInput[];
  /** The version whose groups say what their nodes may run, and how many nodes each has. */
  versionId: Id<"templateVersion">;
  counts: Readonly<Record<string, number>>;
  /** Keys that an environment was given as values: they can be kept. */
  keptKeys?: readonly string[];
};

/**
 * The inputs with what they can be chosen from: the keys of the person and of the project, and the images
 * that the project may run and every group with nodes lets them run.
 */
export async function offerInputs(
  tx: Transaction,
  who: { tenantId: Id<"tenant">; projectId: Id<"project">; actorId: ActorId },
  { inputs, versionId, counts, keptKeys = [] }: Asked,
): Promise<TemplateInput[]> {
  if (!inputs.some(isOffered)) return inputs;
  const [keys, known, groups] = await together(
    () => listChoosableKeys(tx, who),
    () => listLaunchableImages(tx, who.projectId),
    () => listGroups(tx, who.projectId, [versionId]),
  );
  return offeredInputs(inputs, {
    keys: [...new Set([...keys.map(({ publicKey }) => publicKey), ...keptKeys])],
    images: allowedImages(known, groups.get(versionId) ?? [], counts).map(imageName),
  });
}

/** The same where no project is: keys of nobody, and the images that all groups of the version may run. */
export async function offerInDryRun(
  tx: Transaction,
  { id, inputs }: { id: Id<"templateVersion">; inputs: TemplateInput[] },
): Promise<TemplateInput[]> {
  const { keys, images: examples } = exampleOffer(inputs);
  if (!inputs.some(({ type }) => type === "image")) {
    return offeredInputs(inputs, { keys, images: examples });
  }
  const [known, groups] = await together(
    () =>
      tx
        .select()
        .from(images)
        .where(and(eq(images.purpose, "tenant"), eq(images.state, "approved")))
        .orderBy(asc(images.name), desc(images.version)),
    () =>
      tx
        .select({ name: templateGroups.name, profile: profileVersions })
        .from(templateGroups)
        .innerJoin(profiles, eq(profiles.id, templateGroups.profileId))
        .innerJoin(profileVersions, versionOffered)
        .where(eq(templateGroups.templateVersionId, id)),
  );
  const each = Object.fromEntries(groups.map(({ name }) => [name, 1]));
  return offeredInputs(inputs, { keys, images: allowedImages(known, groups, each).map(imageName) });
}
