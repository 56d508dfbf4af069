import { and, eq, inArray, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { projectKeys } from "#db/schema/project-keys";
import { sshKeys } from "#db/schema/ssh-keys";
import type { AuthorizedKey } from "#lib/domain/environment/authorized-key";
import type { ActorId, Id } from "#lib/domain/id";

/** A person's own saved keys among these; undefined when one of them is not theirs. */
export async function findOwnKeys(
  tx: Transaction,
  ownerId: ActorId,
  ids: readonly Id<"sshKey">[],
): Promise<AuthorizedKey[] | undefined> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return [];
  const { name, fingerprint, publicKey } = sshKeys;
  const found = await tx
    .select({ name, fingerprint, publicKey })
    .from(sshKeys)
    .where(and(eq(sql`${sshKeys.userId}`, ownerId), inArray(sshKeys.id, wanted)));
  return found.length === wanted.length ? found : undefined;
}

/** A project's keys among these, or all of them; undefined when one of them is not the project's. */
export async function findKeysOfProject(
  tx: Transaction,
  place: { tenantId: Id<"tenant">; projectId: Id<"project"> },
  ids: readonly Id<"projectKey">[] | "all",
): Promise<AuthorizedKey[] | undefined> {
  const wanted = ids === "all" ? undefined : [...new Set(ids)];
  if (wanted?.length === 0) return [];
  const { name, fingerprint, publicKey } = projectKeys;
  const found = await tx
    .select({ name, fingerprint, publicKey })
    .from(projectKeys)
    .where(
      and(
        eq(projectKeys.tenantId, place.tenantId),
        eq(projectKeys.projectId, place.projectId),
        wanted && inArray(projectKeys.id, wanted),
      ),
    );
  if (wanted && found.length < wanted.length) return undefined;
  return found.map((key) => ({ ...key, ofProject: true as const }));
}
