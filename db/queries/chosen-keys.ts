import { and, asc, eq, inArray, sql } from "drizzle-orm";
import type { Transaction } from "#db/client";
import { listProjectKeys } from "#db/queries/project-keys";
import { projectKeys } from "#db/schema/project-keys";
import { sshKeys } from "#db/schema/ssh-keys";
import { together } from "#db/together";
import type { AuthorizedKey } from "#lib/domain/environment/authorized-key";
import type { ActorId, Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { type Result, refuse } from "#lib/domain/result";
import { chosenKeys, eachOnce, pastedAs } from "#lib/domain/ssh-key/chosen-keys";
import type { PublicKey } from "#lib/domain/ssh-key/public-key";

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

/** The keys that a person saved, by name. */
export async function listOwnKeys(tx: Transaction, ownerId: ActorId) {
  const { id, name, fingerprint, publicKey } = sshKeys;
  return tx
    .select({ id, name, fingerprint, publicKey })
    .from(sshKeys)
    .where(eq(sql`${sshKeys.userId}`, ownerId))
    .orderBy(asc(sshKeys.name));
}

/** What a person can choose from in a project: their own keys, then the project's, each once. */
export async function listChoosableKeys(
  tx: Transaction,
  who: { tenantId: Id<"tenant">; projectId: Id<"project">; actorId: ActorId },
): Promise<{ fingerprint: string; publicKey: string }[]> {
  const [own, ofProject] = await together(
    () => listOwnKeys(tx, who.actorId),
    () => listProjectKeys(tx, who),
  );
  return eachOnce([...own, ...ofProject]);
}

/**
 * The keys that a launch puts on its nodes: the person's own that were chosen, the project's, and a pasted
 * one. Refused where one is not theirs, and as `chosenKeys` refuses.
 */
export async function findKeysOfLaunch(
  tx: Transaction,
  who: { tenantId: Id<"tenant">; projectId: Id<"project">; actorId: ActorId },
  chosen: {
    sshKeyIds: readonly Id<"sshKey">[];
    /** Left out: all of the project's. */
    projectKeyIds?: readonly Id<"projectKey">[] | undefined;
  },
  pasted: PublicKey | null,
): Promise<Result<AuthorizedKey[], RefusalOf<"not_found" | "invalid_input">>> {
  const [own, ofProject] = await together(
    () => findOwnKeys(tx, who.actorId, chosen.sshKeyIds),
    () => findKeysOfProject(tx, who, chosen.projectKeyIds ?? "all"),
  );
  if (!own || !ofProject) return refuse({ kind: "not_found", resource: "SSH key" });
  return chosenKeys([
    ...own,
    ...ofProject,
    ...(pasted ? [pastedAs(pasted, "pasted at launch")] : []),
  ]);
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
