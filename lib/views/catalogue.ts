import { and, eq, inArray } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { findDeciders } from "#db/queries/deciders";
import { countFreeNodes } from "#db/queries/free-nodes";
import { findOwnHold } from "#db/queries/holds";
import { offerInputs } from "#db/queries/input-offer";
import {
  type LaunchableTemplate,
  listLaunchableImages,
  listLaunchableProfiles,
  listLaunchableTemplates,
} from "#db/queries/launchables";
import { findCurrency } from "#db/queries/profile-terms";
import { nodeTypes } from "#db/schema/nodes";
import { projects, tenants } from "#db/schema/tenants";
import { together } from "#db/together";
import type { Grant, ProjectGrant } from "#lib/access/authorize";
import { projectRoleMay } from "#lib/access/policy";
import { withGrant } from "#lib/access/with-grant";
import { offeredHook } from "#lib/domain/hook/words";
import { type Id, isId } from "#lib/domain/id";
import { imageName } from "#lib/domain/image/allowed-image";
import { profileRefusal } from "#lib/domain/profile/profile";
import type {
  Catalogue,
  CatalogueProfile,
  CatalogueTemplate,
  LaunchForm,
} from "#lib/schemas/catalogue-view";
import type { TimeToReady } from "#lib/schemas/environment-view";
import { keysToChoose } from "#lib/views/key-offer";
import { quotaMeters } from "#lib/views/quota-meters";
import { timesToReady } from "#lib/views/typical-durations";

/** What a project may launch, with how much of it is free now and how long it usually takes. */
export async function catalogue(db: Database, grant: Grant<"project.read">): Promise<Catalogue> {
  return withGrant(db, grant, async (tx) => {
    const [name, offered, currency] = await together(
      () => projectName(tx, grant),
      () => readCatalogue(tx, grant),
      () => findCurrency(tx),
    );
    const mayLaunch = projectRoleMay(grant.role, "environment.launch");
    const templates: CatalogueTemplate[] = [];
    for (const template of offered.templates) {
      const counts = Object.fromEntries(template.groups.map((it) => [it.name, it.defaultCount]));
      const inputs = await offerInputs(tx, grant, { ...template, counts });
      templates.push({ ...template, inputs });
    }
    return { projectName: name, ...offered, templates, currency, mayLaunch };
  });
}

/** What the launch form offers: templates, images, the person's own keys, and the quota. */
export async function launchForm(
  db: Database,
  grant: Grant<"environment.launch">,
): Promise<LaunchForm> {
  return withGrant(db, grant, async (tx) => {
    // What the person has on hold is free for them, and its quota is there for this launch.
    const own = (await findOwnHold(tx, grant.projectId, grant.actorId))?.id ?? null;
    const [name, { templates }, images, keys, quota] = await together(
      () => projectName(tx, grant),
      () => readCatalogue(tx, grant, own),
      () => listLaunchableImages(tx, grant.projectId),
      () => keysToChoose(tx, grant),
      () => quotaMeters(tx, grant.tenantId, grant.projectId, own),
    );
    return { projectName: name, templates, images: images.map(imageChoice), ...keys, quota };
  });
}

/** The images that a project may run. */
export async function launchableImages(
  db: Database,
  grant: Grant<"project.read">,
): Promise<LaunchForm["images"]> {
  const rows = await withGrant(db, grant, (tx) => listLaunchableImages(tx, grant.projectId));
  return rows.map(imageChoice);
}

const imageChoice = ({ id, name, version }: LaunchForm["images"][number]) => ({
  id,
  name,
  version,
});

/** What a project is offered, as an operator may look at it; null when there is no such project. */
export async function cataloguePreview(
  db: Database,
  grant: Grant<"fleet.read">,
  projectId: string,
): Promise<(Catalogue & { tenant: { slug: string; name: string } }) | null> {
  if (!isId("project", projectId)) return null;
  return withGrant(db, grant, async (tx) => {
    const [project] = await tx
      .select({
        tenantId: tenants.id,
        slug: tenants.slug,
        tenant: tenants.name,
        name: projects.name,
      })
      .from(projects)
      .innerJoin(tenants, eq(tenants.id, projects.tenantId))
      .where(eq(projects.id, projectId));
    if (!project) return null;
    return {
      tenant: { slug: project.slug, name: project.tenant },
      projectName: project.name,
      ...(await readCatalogue(tx, { tenantId: project.tenantId, projectId })),
      currency: await findCurrency(tx),
      mayLaunch: false,
    };
  });
}

async function projectName(tx: Transaction, grant: ProjectGrant): Promise<string> {
  const [row] = await tx
    .select({ name: projects.name })
    .from(projects)
    .where(and(eq(projects.tenantId, grant.tenantId), eq(projects.id, grant.projectId)));
  return row?.name ?? grant.projectSlug;
}

async function readCatalogue(
  tx: Transaction,
  of: { tenantId: Id<"tenant">; projectId: Id<"project"> },
  own: Id<"hold"> | null = null,
) {
  const [free, times, templates, profiles, images] = await together(
    () => countFreeNodes(tx, { own }),
    () => timesToReady(tx, of.tenantId),
    () => listLaunchableTemplates(tx, of.projectId),
    () => listLaunchableProfiles(tx, of.projectId),
    () => listLaunchableImages(tx, of.projectId),
  );
  const hooks = templates.flatMap((template) => template.hooks);
  const deciders = await findDeciders(tx, of.tenantId, hooks);
  const imageNames = new Map(images.map((image) => [image.id, imageName(image)]));
  const typeIds = [...new Set(profiles.map((profile) => profile.nodeTypeId))];
  const specs = new Map(
    typeIds.length === 0
      ? []
      : (
          await tx
            .select({ id: nodeTypes.id, spec: nodeTypes.spec })
            .from(nodeTypes)
            .where(inArray(nodeTypes.id, typeIds))
        ).map((row) => [row.id, row.spec]),
  );
  return {
    profiles: profiles.map(
      (profile): CatalogueProfile => ({
        id: profile.id,
        name: profile.name,
        displayName: profile.displayName,
        state: profile.state,
        description: profile.description,
        gpusPerNode: profile.gpusPerNode,
        gpuModel: profile.gpuModel,
        spec: specs.get(profile.nodeTypeId) ?? {},
        priceCents: profile.priceCents,
        longestLeaseHours: profile.longestLeaseHours,
        allowedImages:
          profile.allowedImageIds &&
          images.filter(({ id }) => profile.allowedImageIds?.includes(id)).map(imageName),
        defaultImage: imageNames.get(profile.defaultImageId) ?? null,
        gpuSharing: profile.gpuSharing,
        containerRuntime: profile.containerRuntime,
        storageClasses: profile.storageClasses,
        freeNow: free.get(profile.nodeTypeId) ?? 0,
        timeToReady: times.get(profile.id) ?? null,
      }),
    ),
    templates: templates.map((template) => catalogueTemplate(template, free, times, deciders)),
  };
}

function catalogueTemplate(
  template: LaunchableTemplate,
  free: Map<Id<"nodeType">, number>,
  times: Map<Id<"profile">, TimeToReady>,
  deciders: ReadonlySet<string>,
): CatalogueTemplate {
  const known = template.groups.flatMap((group) => {
    const time = group.profile && times.get(group.profile.id);
    return time ? [time] : [];
  });
  return {
    id: template.templateId,
    versionId: template.versionId,
    version: template.version,
    name: template.name,
    description: template.description,
    readme: template.readme,
    longestLeaseHours: template.longestLeaseHours,
    groups: template.groups.map(({ profile, ...group }) => ({
      ...group,
      profile: profile && {
        id: profile.id,
        name: profile.name,
        displayName: profile.displayName,
        state: profile.state,
        gpusPerNode: profile.gpusPerNode,
        gpuModel: profile.gpuModel,
        freeNow: free.get(profile.nodeTypeId) ?? 0,
        longestLeaseHours: profile.longestLeaseHours,
        defaultImageId: profile.defaultImageId,
        allowedImageIds: profile.allowedImageIds,
      },
    })),
    inputs: template.inputs,
    hooks: template.hooks.map((hook) => offeredHook(hook, deciders)),
    timeToReady: known.sort((a, b) => b.p50Ms - a.p50Ms)[0] ?? null,
    blocked: whyBlocked(template.groups),
  };
}

/** A group of which none need be asked for keeps nobody from launching the others. */
function whyBlocked(groups: LaunchableTemplate["groups"]): string | null {
  const barred = groups.filter((group) => profileRefusal(group.profile));
  const first = barred.length === groups.length ? barred[0] : barred.find((it) => it.minCount > 0);
  const refusal = first && profileRefusal(first.profile);
  if (!refusal) return null;
  return refusal.kind === "not_now"
    ? `${refusal.reason} ${refusal.advice}`
    : `The compute profile of its group ${first.name} is not offered to this project. Ask the platform team to share it.`;
}
