import { and, asc, eq, isNull, ne, type SQL, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { listAttachments, listContextPlaces, type NamedPlace } from "#db/queries/context-places";
import {
  contextSecrets,
  contexts,
  environmentContextSecrets,
  environmentContexts,
} from "#db/schema/contexts";
import { environments } from "#db/schema/environments";
import { projects, tenants } from "#db/schema/tenants";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { ContextFile, ContextVariable } from "#lib/domain/context/context";
import { type Id, isId } from "#lib/domain/id";

export type ContextRowView = {
  id: Id<"context">;
  name: string;
  description: string;
  variables: number;
  files: number;
  secrets: number;
  /** Of the secret that has gone longest without another value; null where it has none. */
  oldestRotation: string | null;
  attachedTo: { kind: NamedPlace["kind"]; name: string }[];
  /** Environments that are not released and were launched with it. */
  environments: number;
  /** Those of them that have an earlier value of one of its secrets. */
  behind: number;
};

/** Every config context, with what it has, where it goes and who has it. */
export async function contextsView(
  db: Database,
  grant: Grant<"fleet.read">,
): Promise<ContextRowView[]> {
  return withGrant(db, grant, async (tx) => {
    const rows = await tx
      .select()
      .from(contexts)
      .where(isNull(contexts.removedAt))
      .orderBy(asc(contexts.name));
    const secrets = await listSecrets(tx);
    const attachments = await listAttachments(tx);
    const holders = await listHolders(tx);
    return rows.map(({ id, name, description, variables, files }) => {
      const own = secrets.filter((secret) => secret.contextId === id);
      const held = holders.filter((holder) => holder.contextId === id);
      const [oldest] = own.map(({ rotatedAt }) => rotatedAt.toISOString()).sort();
      return {
        ...{ id, name, description },
        variables: Object.keys(variables).length,
        files: files.length,
        secrets: own.length,
        oldestRotation: oldest ?? null,
        attachedTo: attachments.filter((each) => each.contextId === id).map(nameOnly),
        environments: held.length,
        behind: held.filter((holder) => holder.olderSecrets.length > 0).length,
      };
    });
  });
}

export type ContextDetail = {
  id: Id<"context">;
  name: string;
  description: string;
  changedAt: string;
  variables: ContextVariable[];
  files: ContextFile[];
  secrets: { name: string; rotatedAt: string; rotatedBy: string; older: number }[];
  attachments: NamedPlace[];
  /** Where it is not attached yet. */
  places: NamedPlace[];
  environments: {
    id: Id<"environment">;
    name: string;
    tenant: { slug: string; name: string };
    project: { slug: string; name: string };
    launchedAt: string;
    /** Its secrets of which this environment has an earlier value, or one that was removed. */
    olderSecrets: string[];
  }[];
};

/** One config context, or null when there is none of that id; no value of a secret is in it. */
export async function contextDetail(
  db: Database,
  grant: Grant<"fleet.read">,
  id: string,
): Promise<ContextDetail | null> {
  if (!isId("context", id)) return null;
  return withGrant(db, grant, async (tx) => {
    const [row] = await tx
      .select()
      .from(contexts)
      .where(and(eq(contexts.id, id), isNull(contexts.removedAt)));
    if (!row) return null;
    const attachments = await listAttachments(tx, id);
    const holders = await listHolders(tx, eq(environmentContexts.contextId, id));
    const secrets = await listSecrets(tx, eq(contextSecrets.contextId, id));
    return {
      id,
      name: row.name,
      description: row.description,
      changedAt: row.changedAt.toISOString(),
      variables: Object.entries(row.variables)
        .map(([name, value]) => ({ name, value }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
      files: row.files,
      secrets: secrets.map(({ name, rotatedAt, rotatedByName }) => ({
        name,
        rotatedAt: rotatedAt.toISOString(),
        rotatedBy: rotatedByName,
        older: holders.filter(({ olderSecrets }) => olderSecrets.includes(name)).length,
      })),
      attachments: attachments.map(({ kind, id: place, name }) => ({ kind, id: place, name })),
      places: (await listContextPlaces(tx)).filter(
        (place) => !attachments.some((each) => each.id === place.id),
      ),
      environments: holders.map(({ contextId: _, createdAt, ...holder }) => ({
        ...holder,
        launchedAt: createdAt.toISOString(),
      })),
    };
  });
}

function listSecrets(tx: Transaction, where?: SQL) {
  return tx
    .select({
      contextId: contextSecrets.contextId,
      name: contextSecrets.name,
      rotatedAt: contextSecrets.rotatedAt,
      rotatedByName: contextSecrets.rotatedByName,
    })
    .from(contextSecrets)
    .where(and(isNull(contextSecrets.endedAt), where))
    .orderBy(asc(contextSecrets.name));
}

/** The environments that are not released and have copies of contexts, the oldest launch first. */
function listHolders(tx: Transaction, where?: SQL) {
  return tx
    .selectDistinctOn([environments.createdAt, environments.id, environmentContexts.contextId], {
      contextId: environmentContexts.contextId,
      id: environments.id,
      name: environments.name,
      createdAt: environments.createdAt,
      tenant: { slug: tenants.slug, name: tenants.name },
      project: { slug: projects.slug, name: projects.name },
      olderSecrets: sql<string[]>`array(select s.name
        from ${environmentContextSecrets} k join ${contextSecrets} s on s.id = k.secret_id
        where k.environment_id = ${environments.id} and s.context_id = ${environmentContexts.contextId}
          and s.ended_at is not null
        order by s.name)`,
    })
    .from(environmentContexts)
    .innerJoin(environments, eq(environments.id, environmentContexts.environmentId))
    .innerJoin(projects, eq(projects.id, environments.projectId))
    .innerJoin(tenants, eq(tenants.id, environments.tenantId))
    .where(and(ne(environments.state, "released"), where))
    .orderBy(asc(environments.createdAt), asc(environments.id), asc(environmentContexts.contextId));
}

function nameOnly({ kind, name }: NamedPlace) {
  return { kind, name };
}
