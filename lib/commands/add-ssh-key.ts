import { and, eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { sshKeys } from "#db/schema/ssh-keys";
import { recordOwnAct } from "#lib/access/audit";
import type { Actor } from "#lib/access/authorize";
import { withUser } from "#lib/access/with-grant";
import { type Id, newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import { parsePublicKey } from "#lib/domain/ssh-key/public-key";
import type { AddSshKeyInput } from "#lib/schemas/account";

/** Keeps one of a person's public keys; the same key twice is refused with the name it has. */
export async function addSshKey(
  db: Database,
  actor: Actor,
  input: AddSshKeyInput,
): Promise<Result<{ sshKeyId: Id<"sshKey"> }, RefusalOf<"invalid_input">>> {
  const parsed = await parsePublicKey(input.publicKey);
  if (!parsed.ok) return parsed;
  const { line, fingerprint } = parsed.value;
  const id = newId("sshKey");
  return withUser(db, actor.userId, async (tx) => {
    const made = await tx
      .insert(sshKeys)
      .values({ id, userId: actor.userId, name: input.name, publicKey: line, fingerprint })
      .onConflictDoNothing({ target: [sshKeys.userId, sshKeys.fingerprint] })
      .returning({ id: sshKeys.id });
    if (made.length === 0) {
      const [same] = await tx
        .select({ name: sshKeys.name })
        .from(sshKeys)
        .where(and(eq(sshKeys.userId, actor.userId), eq(sshKeys.fingerprint, fingerprint)));
      const message = `You have this key already, as "${same?.name}".`;
      return refuse({ kind: "invalid_input", fields: { publicKey: message } });
    }
    await recordOwnAct(tx, actor, {
      action: "ssh_key.add",
      object: { kind: "ssh_key", id, name: input.name },
      detail: { fingerprint },
    });
    return ok({ sshKeyId: id });
  });
}
