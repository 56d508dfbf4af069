import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";

/** A group of nodes with what its profile lets them run; null for any image that the project may run. */
type Group = {
  name: string;
  profile: { displayName: string; allowedImageIds: readonly Id<"image">[] | null } | null;
};

type Image = { id: Id<"image">; name: string; version: string };

/** Those of the images that the profile of every group with nodes lets them run. */
export function allowedImages<T extends Pick<Image, "id">>(
  images: readonly T[],
  groups: readonly Group[],
  counts: Readonly<Record<string, number>>,
): T[] {
  return images.filter(({ id }) => profileAgainst(id, groups, counts) === undefined);
}

/** Refuses an image that a profile does not let its nodes run, with those of `images` that all let. */
export function checkAllowedImage(
  image: Image,
  images: readonly Image[],
  groups: readonly Group[],
  counts: Readonly<Record<string, number>>,
): Result<void, RefusalOf<"invalid_input">> {
  const against = profileAgainst(image.id, groups, counts);
  if (against === undefined) return ok(undefined);
  const others = allowedImages(images, groups, counts).map(imageName);
  const advice =
    others.length > 0
      ? `Choose ${others.join(" or ")}.`
      : "No image that the project may run is allowed: ask the platform team.";
  const reason = `Nodes of ${against} may not run ${imageName(image)}.`;
  return refuse({ kind: "invalid_input", fields: { imageId: `${reason} ${advice}` } });
}

/** The first profile, by name, that does not let its nodes run the image. */
function profileAgainst(
  id: Id<"image">,
  groups: readonly Group[],
  counts: Readonly<Record<string, number>>,
): string | undefined {
  const against = groups.find(({ name, profile }) => {
    const allowed = profile?.allowedImageIds ?? null;
    return (counts[name] ?? 0) > 0 && allowed !== null && !allowed.includes(id);
  });
  return against?.profile?.displayName;
}

/** An image as people and hooks know it. */
export const imageName = ({ name, version }: { name: string; version: string }) =>
  `${name} ${version}`;
