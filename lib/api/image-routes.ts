import { z } from "zod";
import { named } from "#lib/api/named";
import { listOf } from "#lib/api/page";
import { fleetRoute } from "#lib/api/route";
import { registerImage } from "#lib/commands/register-image";
import { reviewImage } from "#lib/commands/review-image";
import { shareImage } from "#lib/commands/share-image";
import { imagePurposes, imageStates } from "#lib/domain/image/image";
import { ok } from "#lib/domain/result";
import { idOf } from "#lib/schemas/id";
import { registerImageInput, reviewImageInput, shareImageInput } from "#lib/schemas/image";
import { imagesView } from "#lib/views/images";

const image = z.object({
  id: idOf("image"),
  name: z.string(),
  version: z.string(),
  purpose: z.enum(imagePurposes),
  state: z.enum(imageStates),
  stateReason: z.string().nullable(),
  /** Installed to a node's disk, or run in its memory. */
  form: z.enum(["disk", "memory"]),
  files: z.array(z.object({ name: z.string(), sha256: z.string() })),
  diskBytes: z.number().nullable(),
  kernelArgs: z.string(),
  defaultUser: z.string(),
  createdAt: z.string(),
  /** Profiles whose nodes run it unless something else is chosen. */
  defaultOf: z.array(z.string()),
  sharedWith: z.array(idOf("project")),
  /** Tenants that have it as a whole: their later projects will have it, too. */
  sharedWithTenants: z.array(idOf("tenant")),
});

const done = z.object({ imageId: idOf("image") });

export const imageRoutes = {
  // `listImages` is what one project may launch.
  listFleetImages: fleetRoute({
    method: "GET",
    path: "/images",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "Every image by name, with what uses it and who may run it",
    response: listOf(image),
    run: async ({ db, by }) => ok({ items: (await imagesView(db, by)).images }),
  }),

  registerImage: fleetRoute({
    method: "POST",
    path: "/images",
    permission: "catalogue.edit",
    tag: "Fleet",
    summary: "Make an operating system known by its files",
    description:
      "The files lie in the image directory. No node boots it until their checksums were found true: list the images until its state is approved or rejected.",
    body: registerImageInput,
    response: done,
    run: ({ db, by, body }) => registerImage(db, by, body),
  }),

  reviewImage: fleetRoute({
    method: "POST",
    path: "/images/{image}/review",
    permission: "catalogue.edit",
    tag: "Fleet",
    summary: "Have an image's files checked again, or retire it",
    description:
      "unverified has them checked; retired takes it from new environments, and is refused while a profile offers it first.",
    body: reviewImageInput.omit({ imageId: true }),
    response: done,
    run: async ({ db, by, params, body }) => {
      const id = named("image", params.image, "image");
      if (!id.ok) return id;
      const result = await reviewImage(db, by, { ...body, imageId: id.value });
      return result.ok ? ok({ imageId: id.value }) : result;
    },
  }),

  shareImage: fleetRoute({
    method: "POST",
    path: "/images/{image}/share",
    permission: "catalogue.edit",
    tag: "Fleet",
    summary: "Say which tenants and projects may run an image, and no others",
    description:
      "Who may have a profile may run its default image anyway. A tenant has it for all its projects, and for those made later; one that is not named has no whole of it any more. Without tenantIds whole tenants stay as they are. The answer counts the projects that have it then. To add or take away some alone, see changeShares.",
    body: shareImageInput.omit({ imageId: true }),
    response: z.object({ projects: z.number() }),
    run: async ({ db, by, params, body }) => {
      const id = named("image", params.image, "image");
      return id.ok ? shareImage(db, by, { ...body, imageId: id.value }) : id;
    },
  }),
};
