import { and, asc, eq, isNull, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { isLive } from "#db/queries/holds";
import { profiles } from "#db/schema/catalogue";
import { allocations } from "#db/schema/environments";
import { holdNodes, holds } from "#db/schema/holds";
import { poolItems } from "#db/schema/pools";
import { quotas } from "#db/schema/quotas";
import { projects } from "#db/schema/tenants";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { Id } from "#lib/domain/id";
import { addressSubject, type QuotaDimension, subjectWords } from "#lib/domain/quota/quota";

export type QuotaBoard = {
  projects: { id: Id<"project">; slug: string; name: string }[];
  lines: QuotaBoardLine[];
};

export type QuotaBoardLine = {
  dimension: QuotaDimension;
  /** GPU model, profile id or address family. */
  subject: string;
  /** "H200 GPUs", "nodes of gpu-8x-h200", "public IPv4 addresses". */
  words: string;
  /** Null: no line. That is none of a GPU model, and any number of a profile's nodes. */
  limit: number | null;
  used: number;
  byProject: Record<Id<"project">, { limit: number | null; used: number }>;
};

/** A tenant's quota and how it is split, for its own people. */
export async function quotaBoard(db: Database, grant: Grant<"tenant.read">): Promise<QuotaBoard> {
  return withGrant(db, grant, (tx) => readQuotaBoard(tx, grant.tenantId));
}

/**
 * Every limit of a tenant and its projects with what is held, counted now from the live allocations
 * and the nodes on hold.
 * What is held without a limit has a line too, so that nothing held is hidden.
 */
export async function readQuotaBoard(tx: Transaction, tenantId: Id<"tenant">): Promise<QuotaBoard> {
  const own = await tx
    .select({ id: projects.id, slug: projects.slug, name: projects.name })
    .from(projects)
    .where(eq(projects.tenantId, tenantId))
    .orderBy(asc(projects.name));
  const limits = await tx.select().from(quotas).where(eq(quotas.tenantId, tenantId));
  const allocated = await tx
    .select({
      projectId: allocations.projectId,
      profileId: allocations.profileId,
      gpuModel: allocations.gpuModel,
      gpus: sql<number>`sum(${allocations.gpus})::int`,
      nodes: sql<number>`count(*)::int`,
    })
    .from(allocations)
    .where(and(eq(allocations.tenantId, tenantId), isNull(allocations.releasedAt)))
    .groupBy(allocations.projectId, allocations.profileId, allocations.gpuModel);
  const onHold = await tx
    .select({
      projectId: holdNodes.projectId,
      profileId: holdNodes.profileId,
      gpuModel: holdNodes.gpuModel,
      gpus: sql<number>`sum(${holdNodes.gpus})::int`,
      nodes: sql<number>`count(*)::int`,
    })
    .from(holdNodes)
    .innerJoin(holds, eq(holds.id, holdNodes.holdId))
    .where(and(eq(holdNodes.tenantId, tenantId), isLive()))
    .groupBy(holdNodes.projectId, holdNodes.profileId, holdNodes.gpuModel);
  const held = [...allocated, ...onHold];
  const names = new Map(
    (await tx.select({ id: profiles.id, name: profiles.name }).from(profiles)).map((profile) => [
      profile.id as string,
      profile.name,
    ]),
  );

  const keys = new Map<string, { dimension: QuotaDimension; subject: string }>();
  const note = (dimension: QuotaDimension, subject: string) =>
    keys.set(`${dimension}:${subject}`, { dimension, subject });
  for (const { dimension, subject } of limits) note(dimension, subject);
  for (const { gpuModel } of held) if (gpuModel) note("gpus", gpuModel);
  const drawn = await tx
    .select({
      projectId: poolItems.projectId,
      family: poolItems.family,
      count: sql<number>`count(*)::int`,
    })
    .from(poolItems)
    .innerJoin(allocations, eq(allocations.id, poolItems.allocationId))
    .where(
      and(
        eq(poolItems.tenantId, tenantId),
        eq(poolItems.kind, "public_ip"),
        isNull(poolItems.endedAt),
        isNull(allocations.releasedAt),
      ),
    )
    .groupBy(poolItems.projectId, poolItems.family);
  const toDraw = await tx
    .select({
      projectId: holdNodes.projectId,
      family: sql<number>`unnest(${holdNodes.addressFamilies})`,
      count: sql<number>`1`,
    })
    .from(holdNodes)
    .innerJoin(holds, eq(holds.id, holdNodes.holdId))
    .where(and(eq(holdNodes.tenantId, tenantId), isLive()));
  const addresses = [...drawn, ...toDraw];
  for (const { family } of addresses) note("public_ips", addressSubject(family));

  const lines = [...keys.values()].map(({ dimension, subject }): QuotaBoardLine => {
    const addressesOf = (projectId: Id<"project"> | null) =>
      addresses
        .filter((row) => projectId === null || row.projectId === projectId)
        .filter((row) => addressSubject(row.family) === subject)
        .reduce((sum, row) => sum + row.count, 0);
    const nodesOf = (projectId: Id<"project"> | null) =>
      held
        .filter((row) => projectId === null || row.projectId === projectId)
        .filter((row) => (dimension === "gpus" ? row.gpuModel : row.profileId) === subject)
        .reduce((sum, row) => sum + (dimension === "gpus" ? row.gpus : row.nodes), 0);
    const used = dimension === "public_ips" ? addressesOf : nodesOf;
    const limit = (projectId: Id<"project"> | null) =>
      limits.find(
        (row) =>
          row.projectId === projectId && row.dimension === dimension && row.subject === subject,
      )?.limit ?? null;
    return {
      dimension,
      subject,
      words: subjectWords(dimension, subject, names.get(subject) ?? subject),
      limit: limit(null),
      used: used(null),
      byProject: Object.fromEntries(
        own.map(({ id }) => [id, { limit: limit(id), used: used(id) }]),
      ),
    };
  });
  return {
    projects: own,
    lines: lines.sort(
      (a, b) => a.dimension.localeCompare(b.dimension) || a.words.localeCompare(b.words),
    ),
  };
}
