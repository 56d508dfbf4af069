import { and, eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { sshKeys } from "#db/schema/ssh-keys";
import { recordOwnAct } from "#lib/access/audit";
import type { Actor } from "#lib/access/authorize";
import { withUser } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { RemoveSshKeyInput } from "#lib/schemas/account";

/** Forgets one of a person's public keys. Environments keep the copy they were launched with. */
export async function removeSshKey(
  db: Database,
  actor: Actor,
  { sshKeyId }: RemoveSshKeyInput,
): Promise<Result<void, RefusalOf<"not_found">>> {
  return withUser(db, actor.userId, async (tx) => {
    const [gone] = await tx
      .delete(sshKeys)
      .where(and(eq(sshKeys.id, sshKeyId), eq(sshKeys.userId, actor.userId)))
      .returning({ name: sshKeys.name, fingerprint: sshKeys.fingerprint });
    if (!gone) return refuse({ kind: "not_found", resource: "SSH key" });
    await recordOwnAct(tx, actor, {
      action: "ssh_key.remove",
      object: { kind: "ssh_key", id: sshKeyId, name: gone.name },
      detail: { fingerprint: gone.fingerprint },
    });
    return ok(undefined);
  });
}
