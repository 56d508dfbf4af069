import { asc, desc, eq, ne } from "drizzle-orm";
import type { Database } from "#db/client";
import { listOfWholeTenant } from "#db/queries/shares";
import {
  imageShares,
  profileShares,
  profiles,
  templateShares,
  templates,
  templateVersions,
} from "#db/schema/catalogue";
import { images } from "#db/schema/images";
import { projects, tenants } from "#db/schema/tenants";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import type { SharedPart } from "#lib/domain/shared-part";

export type SharingRow = SharedPart & {
  name: string;
  /** Why nobody is offered it yet, though it may be shared; null when it is. */
  note: string | null;
  /** The tenant has it as a whole: all its projects do, and those made later will. */
  isWithTenant: boolean;
  /** Projects of the tenant that may use it. */
  sharedWith: Id<"project">[];
};

type SharingTenant = { id: Id<"tenant">; slug: string; name: string };

export type SharingMatrix = {
  tenants: SharingTenant[];
  /** Null while there is none. */
  tenant: SharingTenant | null;
  projects: { id: Id<"project">; name: string }[];
  rows: SharingRow[];
};

/**
 * What a tenant has of the catalogue as a whole and what each of its projects may use, part by part.
 * `slug` of no tenant that there is shows the first.
 */
export async function sharingMatrix(
  db: Database,
  grant: Grant<"fleet.read">,
  slug: string | undefined,
): Promise<SharingMatrix> {
  return withGrant(db, grant, async (tx) => {
    const all = await tx
      .select({ id: tenants.id, slug: tenants.slug, name: tenants.name })
      .from(tenants)
      .orderBy(asc(tenants.name));
    const tenant = all.find((each) => each.slug === slug) ?? all[0];
    if (!tenant) return { tenants: all, tenant: null, projects: [], rows: [] };
    const own = await tx
      .select({ id: projects.id, name: projects.name })
      .from(projects)
      .where(eq(projects.tenantId, tenant.id))
      .orderBy(asc(projects.name));
    const ofTemplates = await tx
      .select()
      .from(templateShares)
      .where(eq(templateShares.tenantId, tenant.id));
    const ofProfiles = await tx
      .select()
      .from(profileShares)
      .where(eq(profileShares.tenantId, tenant.id));
    const ofImages = await tx.select().from(imageShares).where(eq(imageShares.tenantId, tenant.id));
    const whole = await listOfWholeTenant(tx, tenant.id);
    const templateRows = await tx.select().from(templates).orderBy(asc(templates.name));
    const published = await tx
      .selectDistinct({ id: templateVersions.templateId })
      .from(templateVersions)
      .where(eq(templateVersions.state, "published"));
    const profileRows = await tx
      .select()
      .from(profiles)
      .where(ne(profiles.state, "disabled"))
      .orderBy(asc(profiles.name));
    const imageRows = await tx
      .select()
      .from(images)
      .where(eq(images.purpose, "tenant"))
      .orderBy(asc(images.name), desc(images.version));
    return {
      tenants: all,
      tenant,
      projects: own,
      rows: [
        ...templateRows.map(
          ({ id, name }): SharingRow => ({
            ...{ kind: "template", id, name },
            note: published.some((row) => row.id === id) ? null : "no version published",
            isWithTenant: whole.has(id),
            sharedWith: ofTemplates.flatMap((row) =>
              row.templateId === id ? [row.projectId] : [],
            ),
          }),
        ),
        ...profileRows.map(
          ({ id, name, state }): SharingRow => ({
            ...{ kind: "profile", id, name, note: state === "active" ? null : state },
            isWithTenant: whole.has(id),
            sharedWith: ofProfiles.flatMap((row) => (row.profileId === id ? [row.projectId] : [])),
          }),
        ),
        ...imageRows
          .filter((image) => image.state !== "retired")
          .map(
            ({ id, name, version, state }): SharingRow => ({
              ...{ kind: "image", id, name: `${name} ${version}` },
              note: state === "approved" ? null : state,
              isWithTenant: whole.has(id),
              sharedWith: ofImages.flatMap((row) => (row.imageId === id ? [row.projectId] : [])),
            }),
          ),
      ],
    };
  });
}
