import { asc, desc, eq, ne } from "drizzle-orm";
import type { Database } from "#db/client";
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
  /** Projects of the tenant that may use it. */
  sharedWith: Id<"project">[];
};

export type SharingMatrix = {
  tenants: { slug: string; name: string }[];
  /** Null while there is none. */
  tenant: { slug: string; name: string } | null;
  projects: { id: Id<"project">; name: string }[];
  rows: SharingRow[];
};

/**
 * What each project of a tenant may use of the catalogue, part by part. `slug` of no tenant that there
 * is shows the first.
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
    const list = all.map(({ id: _, ...each }) => each);
    if (!tenant) return { tenants: list, tenant: null, projects: [], rows: [] };
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
      tenants: list,
      tenant: { slug: tenant.slug, name: tenant.name },
      projects: own,
      rows: [
        ...templateRows.map(
          ({ id, name }): SharingRow => ({
            ...{ kind: "template", id, name },
            note: published.some((row) => row.id === id) ? null : "no version published",
            sharedWith: ofTemplates.flatMap((row) =>
              row.templateId === id ? [row.projectId] : [],
            ),
          }),
        ),
        ...profileRows.map(
          ({ id, name, state }): SharingRow => ({
            ...{ kind: "profile", id, name, note: state === "active" ? null : state },
            sharedWith: ofProfiles.flatMap((row) => (row.profileId === id ? [row.projectId] : [])),
          }),
        ),
        ...imageRows
          .filter((image) => image.state !== "retired")
          .map(
            ({ id, name, version, state }): SharingRow => ({
              ...{ kind: "image", id, name: `${name} ${version}` },
              note: state === "approved" ? null : state,
              sharedWith: ofImages.flatMap((row) => (row.imageId === id ? [row.projectId] : [])),
            }),
          ),
      ],
    };
  });
}
