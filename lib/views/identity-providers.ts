import { asc, inArray } from "drizzle-orm";
import type { z } from "zod";
import type { Database, Transaction } from "#db/client";
import {
  asGroupRole,
  findIdentityProvider,
  listGroupRoles,
  listIdentityProviders,
  readFactorRule,
  readPasswordRule,
} from "#db/queries/identity";
import { groupRoles, userIdentities } from "#db/schema/identity";
import { projects, tenants } from "#db/schema/tenants";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { rolesOfGroups } from "#lib/domain/access/group-roles";
import type { PasswordRule } from "#lib/domain/access/password-rules";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { previewGroupsInput } from "#lib/schemas/identity";

/** A place where a group can have a role. */
export type GroupPlace = {
  tenantId: Id<"tenant">;
  name: string;
  projects: { id: Id<"project">; name: string }[];
};

export type IdentityProviderView = {
  id: Id<"identityProvider">;
  label: string;
  issuer: string;
  clientId: string;
  emailDomains: string[];
  groupsClaim: string;
  ownSecondFactor: boolean;
  enabled: boolean;
  changedAt: string;
  /** Accounts that are linked to it. */
  linked: number;
  roles: { id: Id<"groupRole">; group: string; place: string; role: string }[];
};

export type IdentityView = {
  providers: IdentityProviderView[];
  passwords: PasswordRule;
  operatorsNeedFactor: boolean;
  places: GroupPlace[];
};

/** How people may sign in, for operators. The client secrets are in nobody's view. */
export async function identityView(
  db: Database,
  grant: Grant<"fleet.read">,
): Promise<IdentityView> {
  return withGrant(db, grant, async (tx) => {
    const providers = await listIdentityProviders(tx);
    const places = await listPlaces(tx);
    const roles = await tx
      .select()
      .from(groupRoles)
      .orderBy(asc(groupRoles.group), asc(groupRoles.id));
    const issuers = providers.map((each) => each.issuer);
    const linked = issuers.length
      ? await tx
          .select({ issuer: userIdentities.issuer })
          .from(userIdentities)
          .where(inArray(userIdentities.issuer, issuers))
      : [];
    return {
      passwords: await readPasswordRule(tx),
      operatorsNeedFactor: await readFactorRule(tx),
      places,
      providers: providers.map((provider) => ({
        id: provider.id,
        label: provider.label,
        issuer: provider.issuer,
        clientId: provider.clientId,
        emailDomains: provider.emailDomains,
        groupsClaim: provider.groupsClaim,
        ownSecondFactor: provider.ownSecondFactor,
        enabled: provider.enabled,
        changedAt: provider.changedAt.toISOString(),
        linked: linked.filter((each) => each.issuer === provider.issuer).length,
        roles: roles
          .filter((row) => row.providerId === provider.id)
          .map((row) => ({ ...asGroupRole(row), id: row.id }))
          .map((row) => ({
            id: row.id,
            group: row.group,
            role: row.role,
            place: placeWords(places, row),
          })),
      })),
    };
  });
}

export type GroupsPreview = { place: string; role: string; group: string }[];

/** What a person of these groups would get at their next sign-in; nothing is changed. */
export async function previewGroups(
  db: Database,
  grant: Grant<"identity.edit">,
  { providerId, groups }: z.output<typeof previewGroupsInput>,
): Promise<Result<GroupsPreview, RefusalOf<"not_found">>> {
  return withGrant(db, grant, async (tx) => {
    if (!(await findIdentityProvider(tx, providerId))) {
      return refuse({ kind: "not_found", resource: "identity provider" });
    }
    const places = await listPlaces(tx);
    const given = rolesOfGroups(await listGroupRoles(tx, providerId), groups);
    const rows = [...(given.operator ? [given.operator] : []), ...given.tenants, ...given.projects];
    return ok(
      rows.map((row) => ({ place: placeWords(places, row), role: row.role, group: row.group })),
    );
  });
}

async function listPlaces(tx: Transaction): Promise<GroupPlace[]> {
  const everyTenant = await tx.select().from(tenants).orderBy(asc(tenants.name));
  const everyProject = await tx.select().from(projects).orderBy(asc(projects.name));
  return everyTenant.map((tenant) => ({
    tenantId: tenant.id,
    name: tenant.name,
    projects: everyProject
      .filter((project) => project.tenantId === tenant.id)
      .map(({ id, name }) => ({ id, name })),
  }));
}

function placeWords(places: readonly GroupPlace[], row: object): string {
  if (!("tenantId" in row)) return "Fleet";
  const tenant = places.find((each) => each.tenantId === row.tenantId);
  if (!("projectId" in row)) return tenant?.name ?? "unknown";
  const project = tenant?.projects.find((each) => each.id === row.projectId);
  return `${tenant?.name ?? "unknown"} / ${project?.name ?? "unknown"}`;
}
