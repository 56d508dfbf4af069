import { and, count, eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { projectKeys } from "#db/schema/project-keys";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { type Id, newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import { mostProjectKeys } from "#lib/domain/ssh-key/chosen-keys";
import { parsePublicKey } from "#lib/domain/ssh-key/public-key";
import type { AddProjectKeyInput } from "#lib/schemas/project-key";

/**
 * Keeps a public key of a project, by the same rules of type and strength as a person's own. Refuses
 * a key that the project has already, with the name it has, and more than a launch can take.
 */
export async function addProjectKey(
  db: Database,
  grant: Grant<"project.keys">,
  input: AddProjectKeyInput,
): Promise<Result<{ projectKeyId: Id<"projectKey"> }, RefusalOf<"invalid_input" | "not_now">>> {
  const parsed = await parsePublicKey(input.publicKey);
  if (!parsed.ok) return parsed;
  const { line, fingerprint } = parsed.value;
  const id = newId("projectKey");
  return withGrant(db, grant, async (tx) => {
    const ofProject = and(
      eq(projectKeys.tenantId, grant.tenantId),
      eq(projectKeys.projectId, grant.projectId),
    );
    const [kept] = await tx.select({ n: count() }).from(projectKeys).where(ofProject);
    if ((kept?.n ?? 0) >= mostProjectKeys) {
      return refuse({
        kind: "not_now",
        reason: `The project has ${mostProjectKeys} keys, which is as many as it can have.`,
        advice: "Remove one that nobody uses any more.",
      });
    }
    const made = await tx
      .insert(projectKeys)
      .values({
        id,
        tenantId: grant.tenantId,
        projectId: grant.projectId,
        name: input.name,
        publicKey: line,
        fingerprint,
        addedBy: grant.actorId,
        addedByName: grant.actorName,
      })
      .onConflictDoNothing({ target: [projectKeys.projectId, projectKeys.fingerprint] })
      .returning({ id: projectKeys.id });
    if (made.length === 0) {
      const [same] = await tx
        .select({ name: projectKeys.name })
        .from(projectKeys)
        .where(and(ofProject, eq(projectKeys.fingerprint, fingerprint)));
      const message = `The project has this key already, as "${same?.name}".`;
      return refuse({ kind: "invalid_input", fields: { publicKey: message } });
    }
    await recordAudit(tx, grant, {
      action: "project_key.add",
      object: { kind: "project_key", id, name: input.name },
      detail: { fingerprint },
    });
    return ok({ projectKeyId: id });
  });
}
