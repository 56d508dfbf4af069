import { asc, count, desc, eq, inArray, ne } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { listSharesOfProjects, listSharesOfTenants, type ShareOfTenant } from "#db/queries/shares";
import { profiles, templates, templateVersions } from "#db/schema/catalogue";
import { images } from "#db/schema/images";
import { projects, tenants } from "#db/schema/tenants";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import type { SharedPart } from "#lib/domain/shared-part";

/** So many tenants stand side by side at a time. */
const tenantsAtOnce = 20;

export type SharingFilter = {
  /** The slug of the one tenant that is asked for; that of none counts as not said. */
  tenant?: string | undefined;
  /** Of all tenants: a part of a name or slug, the slug that the page begins after, and how many it has. */
  q?: string;
  after?: string | undefined;
  limit?: number;
  /** A part of the name of what is shared. */
  part?: string;
};

export type SharingPart = SharedPart & {
  name: string;
  /** Why nobody is offered it yet, though it may be shared; null when it is. */
  note: string | null;
};

export type SharingTenant = {
  id: Id<"tenant">;
  slug: string;
  name: string;
  /** How many it has. */
  projects: number;
  /** Of the parts, those that it or any project of it has. */
  has: Pick<ShareOfTenant, "partId" | "isWhole" | "projects">[];
};

export type SharingMatrix = {
  /** The rows. */
  parts: SharingPart[];
  /** The columns, by name: one tenant, or a page of all of them. */
  tenants: SharingTenant[];
  /** Of the tenant that was asked for, with the parts that each may use; null of all tenants. */
  projects: { id: Id<"project">; name: string; has: SharedPart["id"][] }[] | null;
  /** The slug that the next page of tenants begins after. */
  next: string | null;
  /** Where this page of tenants begins, counted from 1, and how many there are in all pages. */
  from: number;
  total: number;
  /** Every tenant there is, by name: what may be asked for. */
  choices: { slug: string; name: string }[];
};

/**
 * Parts of the catalogue against all tenants, a page of them at a time, or against one tenant and each of its
 * projects: what they have as a whole, and what single projects may use.
 */
export async function sharingMatrix(
  db: Database,
  grant: Grant<"fleet.read">,
  { tenant: slug, q = "", after, limit = tenantsAtOnce, part = "" }: SharingFilter,
): Promise<SharingMatrix> {
  return withGrant(db, grant, async (tx) => {
    const all = await tx
      .select({ id: tenants.id, slug: tenants.slug, name: tenants.name })
      .from(tenants)
      .orderBy(asc(tenants.name), asc(tenants.slug));
    const one = all.find((tenant) => tenant.slug === slug);
    const matching = one
      ? [one]
      : all.filter((tenant) => contains(tenant.name, q) || contains(tenant.slug, q));
    const begin = one ? 0 : matching.findIndex((tenant) => tenant.slug === after) + 1;
    const shown = matching.slice(begin, begin + limit);
    const ids = shown.map((tenant) => tenant.id);

    const parts = (await listParts(tx)).filter(({ name }) => contains(name, part));
    const partIds = new Set<string>(parts.map(({ id }) => id));
    const shares = (await listSharesOfTenants(tx, ids)).filter(({ partId }) => partIds.has(partId));
    const sharesOf = Map.groupBy(shares, ({ tenantId }) => tenantId);
    const counts = await tx
      .select({ tenantId: projects.tenantId, n: count() })
      .from(projects)
      .where(inArray(projects.tenantId, ids))
      .groupBy(projects.tenantId);
    const projectsOf = new Map(counts.map(({ tenantId, n }) => [tenantId, n]));
    return {
      parts,
      tenants: shown.map((tenant) => ({
        ...tenant,
        projects: projectsOf.get(tenant.id) ?? 0,
        has: (sharesOf.get(tenant.id) ?? []).map(({ tenantId: _, ...share }) => share),
      })),
      projects: one ? await listProjects(tx, one.id, partIds) : null,
      next: begin + limit < matching.length ? (shown.at(-1)?.slug ?? null) : null,
      from: begin + 1,
      total: matching.length,
      choices: all.map(({ slug, name }) => ({ slug, name })),
    };
  });
}

/** All that can be shared: templates, profiles and images, each by name. */
async function listParts(tx: Transaction): Promise<SharingPart[]> {
  const templateRows = await tx.select().from(templates).orderBy(asc(templates.name));
  const published = await tx
    .selectDistinct({ id: templateVersions.templateId })
    .from(templateVersions)
    .where(eq(templateVersions.state, "published"));
  const isPublished = new Set(published.map(({ id }) => id));
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
  return [
    ...templateRows.map(
      ({ id, name }): SharingPart => ({
        ...{ kind: "template", id, name },
        note: isPublished.has(id) ? null : "no version published",
      }),
    ),
    ...profileRows.map(
      ({ id, name, state }): SharingPart => ({
        ...{ kind: "profile", id, name, note: state === "active" ? null : state },
      }),
    ),
    ...imageRows
      .filter((image) => image.state !== "retired")
      .map(
        ({ id, name, version, state }): SharingPart => ({
          ...{ kind: "image", id, name: `${name} ${version}` },
          note: state === "approved" ? null : state,
        }),
      ),
  ];
}

/** The projects of a tenant by name, with those of these parts that each may use. */
async function listProjects(
  tx: Transaction,
  tenantId: Id<"tenant">,
  partIds: ReadonlySet<string>,
): Promise<NonNullable<SharingMatrix["projects"]>> {
  const own = await tx
    .select({ id: projects.id, name: projects.name })
    .from(projects)
    .where(eq(projects.tenantId, tenantId))
    .orderBy(asc(projects.name));
  const shares = await listSharesOfProjects(tx, tenantId);
  const sharesOf = Map.groupBy(
    shares.filter(({ partId }) => partIds.has(partId)),
    ({ projectId }) => projectId,
  );
  return own.map((project) => ({
    ...project,
    has: (sharesOf.get(project.id) ?? []).map(({ partId }) => partId),
  }));
}

function contains(text: string, part: string): boolean {
  return text.toLowerCase().includes(part.toLowerCase());
}
