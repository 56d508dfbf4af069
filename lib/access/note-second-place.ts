import type { Database } from "#db/client";
import { notify } from "#db/queries/notifications";
import type { ShownToken } from "#lib/access/api-token";
import { withCaller, withUser } from "#lib/access/with-grant";
import { isOtherPlace } from "#lib/domain/access/other-place";
import { isId } from "#lib/domain/id";

/** What this process has told already, so that the database is not asked at each request. */
const told = new Set<string>();
const mostTold = 10_000;

/**
 * Tells whose token it is, once a day, that it is used from two addresses at a time: so it is where
 * somebody else has found it. A person's own token is told to the person, a service account's to the
 * owners and admins of its tenant.
 */
export async function noteSecondPlace(
  db: Database,
  { actor, addressBefore }: Extract<ShownToken, { standing: "live" }>,
  address: string | null,
): Promise<void> {
  if (!address || !addressBefore || !isOtherPlace(addressBefore, address)) return;
  const dedupeKey = `token:${actor.token.id}:${new Date().toISOString().slice(0, 10)}`;
  if (told.has(dedupeKey)) return;
  const said = { kind: "token.in_two_places", dedupeKey } as const;
  const data = { token: actor.token.name, addresses: [addressBefore, address] } as const;
  const { userId, name, memberships } = actor;
  if (isId("user", userId)) {
    await withUser(db, userId, (tx) =>
      notify(tx, { ...said, audience: "person", userId, data: { ...data, account: null } }),
    );
  } else {
    const [tenant] = memberships;
    const [project] = tenant?.projects ?? [];
    if (!tenant || !project) throw new Error("a service account is in a project of a tenant");
    const { tenantId, tenantSlug } = tenant;
    const account = { tenant: tenantSlug, project: project.slug, name };
    await withCaller(db, userId, tenantId, (tx) =>
      notify(tx, {
        ...said,
        ...{ audience: "tenant_admins", tenantId, projectId: project.projectId },
        data: { ...data, account },
      }),
    );
  }
  if (told.size >= mostTold) told.clear();
  told.add(dedupeKey);
}
