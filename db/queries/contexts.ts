import { and, asc, eq, isNull, type SQL, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { findContextPlace, type PlaceId } from "#db/queries/context-places";
import {
  contextAttachments,
  contextSecrets,
  contexts,
  environmentContextSecrets,
  environmentContexts,
} from "#db/schema/contexts";
import type { ContextFile } from "#lib/domain/context/context";
import type { ContextSource, ContextToApply } from "#lib/domain/context/in-force";
import type { Id } from "#lib/domain/id";

type Reader = Database | Transaction;

/** A context that was not removed, held until the transaction ends. */
export async function lockContext(tx: Transaction, id: Id<"context">) {
  const [row] = await tx
    .select()
    .from(contexts)
    .where(and(eq(contexts.id, id), isNull(contexts.removedAt)))
    .for("no key update");
  return row;
}

/** The names of a context's secrets. */
export async function listSecretNames(tx: Reader, id: Id<"context">): Promise<string[]> {
  const rows = await tx
    .select({ name: contextSecrets.name })
    .from(contextSecrets)
    .where(and(eq(contextSecrets.contextId, id), isNull(contextSecrets.endedAt)))
    .orderBy(asc(contextSecrets.name));
  return rows.map((row) => row.name);
}

/** Keeps the contexts in force with an environment that is being launched, in the transaction of its launch. */
export async function recordContexts(tx: Transaction, id: Id<"environment">): Promise<void> {
  await tx.execute(sql`select record_contexts(${id})`);
}

/** A value of a secret, sealed: the worker's role alone may read it. */
export type SealedSecret = { id: Id<"contextSecret">; name: string; sealedValue: string };

export type KeptContext = {
  name: string;
  source: ContextSource;
  variables: Record<string, string>;
  files: ContextFile[];
  secrets: SealedSecret[];
};

/** What an environment was launched with, the context that gives way first. */
export async function listKeptContexts(db: Reader, id: Id<"environment">): Promise<KeptContext[]> {
  const kept = await db
    .select()
    .from(environmentContexts)
    .where(eq(environmentContexts.environmentId, id))
    .orderBy(asc(environmentContexts.position));
  if (kept.length === 0) return [];
  const secrets = await db
    .select({ ...sealed, contextId: contextSecrets.contextId })
    .from(environmentContextSecrets)
    .innerJoin(contextSecrets, eq(contextSecrets.id, environmentContextSecrets.secretId))
    .where(eq(environmentContextSecrets.environmentId, id));
  return kept.map(({ contextId, name, source, variables, files }) => ({
    ...{ name, source, variables, files },
    secrets: secrets.filter((secret) => secret.contextId === contextId),
  }));
}

/** A provider's contexts as they are now, the one that gives way first. */
export async function listContextsOfProvider(
  db: Reader,
  id: Id<"provider">,
): Promise<Omit<KeptContext, "source">[]> {
  return listAttached(db, eq(contextAttachments.providerId, id));
}

/** A template's contexts as they are now, the one that gives way first. */
export async function listContextsOfTemplate(
  db: Reader,
  id: Id<"template">,
): Promise<KeptContext[]> {
  const attached = await listAttached(db, eq(contextAttachments.templateId, id));
  return attached.map((each) => ({ ...each, source: "template" }));
}

/** A project's contexts as they are now, the one that gives way first; a template's give way to them. */
export async function listContextsOfProject(db: Reader, id: Id<"project">): Promise<KeptContext[]> {
  const attached = await listAttached(db, eq(contextAttachments.projectId, id));
  return attached.map((each) => ({ ...each, source: "project" }));
}

async function listAttached(db: Reader, which: SQL): Promise<Omit<KeptContext, "source">[]> {
  const rows = await db
    .select({ context: contexts })
    .from(contextAttachments)
    .innerJoin(contexts, eq(contexts.id, contextAttachments.contextId))
    .where(which)
    .orderBy(...attachedOrder);
  if (rows.length === 0) return [];
  const secrets = await db
    .select({ ...sealed, contextId: contextSecrets.contextId })
    .from(contextAttachments)
    .innerJoin(contextSecrets, eq(contextSecrets.contextId, contextAttachments.contextId))
    .where(and(which, isNull(contextSecrets.endedAt)));
  return rows.map(({ context: { id: contextId, name, variables, files } }) => ({
    ...{ name, variables, files },
    secrets: secrets.filter((secret) => secret.contextId === contextId),
  }));
}

/** Contexts attached to one place with the names of their secrets, the one that gives way first. */
async function listContextsAt(db: Reader, where: SQL | undefined) {
  return db
    .select({
      id: contexts.id,
      name: contexts.name,
      description: contexts.description,
      variables: contexts.variables,
      files: contexts.files,
      secrets: sql<string[]>`array(select s.name from context_secrets s
        where s.context_id = ${contexts.id} and s.ended_at is null order by s.name)`,
    })
    .from(contextAttachments)
    .innerJoin(contexts, eq(contexts.id, contextAttachments.contextId))
    .where(where)
    .orderBy(...attachedOrder);
}

/**
 * What a launch of a version in a project would keep of contexts now, the one that gives way first; nothing
 * where the tenant of this transaction could not launch it there.
 */
export async function listContextsOfLaunch(
  tx: Transaction,
  projectId: Id<"project">,
  versionId: Id<"templateVersion">,
): Promise<ContextToApply[]> {
  const { rows } = await tx.execute<ContextToApply>(
    sql`select * from contexts_of_launch(${projectId}, ${versionId})`,
  );
  return rows;
}

/** The contexts of a place, as a launch or a call gets them. */
export async function contextsToApply(tx: Transaction, id: PlaceId) {
  const place = await findContextPlace(tx, id);
  if (!place.ok) return [];
  const source: ContextSource = place.value.kind;
  return (await listContextsAt(tx, place.value.where)).map((each) => ({ ...each, source }));
}

/** As a launch records them: the one attached later stands before the earlier. */
const attachedOrder = [asc(contextAttachments.attachedAt), asc(contexts.name)] as const;

const sealed = {
  id: contextSecrets.id,
  name: contextSecrets.name,
  sealedValue: contextSecrets.sealedValue,
};
