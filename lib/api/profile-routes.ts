import { z } from "zod";
import type { Database } from "#db/client";
import type { Grant } from "#lib/access/authorize";
import { change, comparison } from "#lib/api/change";
import { named } from "#lib/api/named";
import { listOf } from "#lib/api/page";
import { fleetRoute } from "#lib/api/route";
import { createProfile } from "#lib/commands/create-profile";
import { draftProfile } from "#lib/commands/draft-profile";
import { moveProfile } from "#lib/commands/move-profile";
import { discardProfileDraft, publishProfile } from "#lib/commands/publish-profile";
import { setCurrency } from "#lib/commands/set-currency";
import { shareProfile } from "#lib/commands/share-profile";
import type { Id } from "#lib/domain/id";
import { imageStates } from "#lib/domain/image/image";
import { containerRuntimes, gpuSharings } from "#lib/domain/profile/facts";
import { profileStates } from "#lib/domain/profile/profile";
import type { Refusal } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import { comparedVersions } from "#lib/schemas/compared-versions";
import { idOf } from "#lib/schemas/id";
import {
  createProfileInput,
  draftProfileInput,
  moveProfileInput,
  seenDraftInput,
  setCurrencyInput,
  shareProfileInput,
} from "#lib/schemas/profile";
import { profileDetail, profilesView } from "#lib/views/profiles";

const profile = z.object({
  id: idOf("profile"),
  name: z.string(),
  displayName: z.string(),
  description: z.string(),
  state: z.enum(profileStates),
  gpusPerNode: z.number(),
  gpuModel: z.string().nullable(),
  longestLeaseHours: z.number().nullable(),
  /** Of a node, an hour, in hundredths of the currency; null where no price is told. */
  priceCents: z.number().nullable(),
  /** These three are told to hooks, providers and nodes; Ingot does not set them up by itself. */
  gpuSharing: z.enum(gpuSharings),
  containerRuntime: z.enum(containerRuntimes),
  storageClasses: z.array(z.string()),
  /** Name and version of its default image. */
  image: z.string(),
  freeNodes: z.number(),
  heldNodes: z.number(),
  sharedWith: z.array(idOf("project")),
  /** Tenants that have it as a whole: their later projects will have it, too. */
  sharedWithTenants: z.array(idOf("tenant")),
});

const profileInList = profile.extend({
  nodeType: z.string(),
  imageState: z.enum(imageStates),
  onHoldNodes: z.number(),
});

const profileVersion = z.object({
  version: z.number(),
  /** Of the newest that was published the profile's own; deprecated are those before it. */
  state: z.enum(profileStates),
  /** Of a draft: goes with its number into what publishes or discards it. */
  writtenAt: z.string(),
  publishedAt: z.string().nullable(),
  changes: z.array(change).nullable(),
  heldNodes: z.number(),
});

const profileWithVersions = profile.extend({
  /** The one that is offered. */
  version: z.number(),
  nodeType: z.object({ id: idOf("nodeType"), name: z.string() }),
  /** Names of what its nodes may run; null for all that a project may run. */
  allowedImages: z.array(z.string()).nullable(),
  currency: z.string(),
  timeToReady: z.object({ p50Ms: z.number(), p90Ms: z.number(), nodes: z.number() }).nullable(),
  versions: z.array(profileVersion),
  comparison,
  /** Of the draft, or what is offered: changed, they are the body of the next draft. */
  terms: draftProfileInput.omit({ profileId: true }).required(),
  templates: z.array(z.object({ id: idOf("template"), name: z.string() })),
});

const done = z.object({ profileId: idOf("profile") });

/** Does something to the profile that the path names, which gives nothing back. */
async function onProfile(
  { db, by, params }: { db: Database; by: Edit; params: Record<string, string> },
  does: (db: Database, by: Edit, profileId: Id<"profile">) => Promise<Result<void, Refusal>>,
): Promise<Result<{ profileId: Id<"profile"> }, Refusal>> {
  const id = named("profile", params.profile, "profile");
  if (!id.ok) return id;
  const result = await does(db, by, id.value);
  return result.ok ? ok({ profileId: id.value }) : result;
}
type Edit = Grant<"catalogue.edit">;

const ofSeenDraft = { body: seenDraftInput.omit({ profileId: true }), response: done };

export const profileRoutes = {
  listProfiles: fleetRoute({
    method: "GET",
    path: "/profiles",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "Every compute profile by name, with who may have it and how much is free",
    response: listOf(profileInList).extend({ currency: z.string() }),
    run: async ({ db, by }) => {
      const { profiles, currency } = await profilesView(db, by);
      return ok({ items: profiles, currency });
    },
  }),

  createProfile: fleetRoute({
    method: "POST",
    path: "/profiles",
    permission: "catalogue.edit",
    tag: "Fleet",
    summary: "Add a compute profile",
    description: "As a draft: nobody sees it until it is active and shared.",
    body: createProfileInput,
    response: done,
    run: ({ db, by, body }) => createProfile(db, by, body),
  }),

  getProfile: fleetRoute({
    method: "GET",
    path: "/profiles/{profile}",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "One compute profile with its versions, newest first",
    description:
      "Two versions are compared where one is named: without `to` it is the newest, without `from` the one before.",
    query: comparedVersions,
    response: profileWithVersions,
    run: async ({ db, by, params, query }) => {
      const found = await profileDetail(db, by, params.profile ?? "", query);
      if (!found) return refuse({ kind: "not_found", resource: "profile" });
      const { comparison: compared } = found;
      if (!compared.ok) return compared;
      // As a draft is sent: none named is any image.
      const allowedImageIds = found.terms.allowedImageIds ?? [];
      return ok({
        ...{ ...found, comparison: compared.value },
        terms: { ...found.terms, allowedImageIds },
      });
    },
  }),

  draftProfile: fleetRoute({
    method: "POST",
    path: "/profiles/{profile}/draft",
    permission: "catalogue.edit",
    tag: "Fleet",
    summary: "Write other terms for a compute profile, in place of a draft there was",
    description:
      "All terms are sent: what is left out has no limit and no price. Nobody is offered them before they are published.",
    body: draftProfileInput.omit({ profileId: true }),
    response: z.object({ version: z.number(), writtenAt: z.string() }),
    run: async ({ db, by, params, body }) => {
      const id = named("profile", params.profile, "profile");
      return id.ok ? draftProfile(db, by, { ...body, profileId: id.value }) : id;
    },
  }),

  publishProfile: fleetRoute({
    method: "POST",
    path: "/profiles/{profile}/publish",
    permission: "catalogue.edit",
    tag: "Fleet",
    summary: "Offer the terms of a draft from now on",
    description:
      "Refused when somebody has written the draft anew since. What runs keeps its price and its end.",
    ...ofSeenDraft,
    run: (asked) =>
      onProfile(asked, (db, by, profileId) => publishProfile(db, by, { ...asked.body, profileId })),
  }),

  discardProfileDraft: fleetRoute({
    method: "POST",
    path: "/profiles/{profile}/discard-draft",
    permission: "catalogue.edit",
    tag: "Fleet",
    summary: "Take a draft away",
    description: "Refused when somebody has written it anew since. What is offered stays.",
    ...ofSeenDraft,
    run: (asked) =>
      onProfile(asked, (db, by, profileId) =>
        discardProfileDraft(db, by, { ...asked.body, profileId }),
      ),
  }),

  moveProfile: fleetRoute({
    method: "POST",
    path: "/profiles/{profile}/move",
    permission: "catalogue.edit",
    tag: "Fleet",
    summary: "Move a compute profile to another state",
    description:
      "Only an active one is offered for new environments, and it needs an image that may be booted.",
    body: moveProfileInput.omit({ profileId: true }),
    response: done,
    run: (asked) =>
      onProfile(asked, (db, by, profileId) => moveProfile(db, by, { ...asked.body, profileId })),
  }),

  shareProfile: fleetRoute({
    method: "POST",
    path: "/profiles/{profile}/share",
    permission: "catalogue.edit",
    tag: "Fleet",
    summary: "Say which tenants and projects may take nodes of a compute profile, and no others",
    description:
      "What runs is not touched. A tenant has it for all its projects, and for those made later; one that is not named has no whole of it any more. Without tenantIds whole tenants stay as they are. The answer counts the projects that have it then. To add or take away some alone, see changeShares.",
    body: shareProfileInput.omit({ profileId: true }),
    response: z.object({ projects: z.number() }),
    run: async ({ db, by, params, body }) => {
      const id = named("profile", params.profile, "profile");
      return id.ok ? shareProfile(db, by, { ...body, profileId: id.value }) : id;
    },
  }),

  setCurrency: fleetRoute({
    method: "POST",
    path: "/currency",
    permission: "catalogue.edit",
    tag: "Fleet",
    summary: "Say what prices are told in",
    description: "Refused once a price has been entered: none is converted.",
    body: setCurrencyInput,
    response: setCurrencyInput,
    run: async ({ db, by, body }) => {
      const result = await setCurrency(db, by, body);
      return result.ok ? ok(body) : result;
    },
  }),
};
