import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { findKeysOfProject, findOwnKeys } from "#db/queries/chosen-keys";
import { lockEnvironment } from "#db/queries/environments";
import { announce } from "#db/queries/operations";
import { environments } from "#db/schema/environments";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import { chosenKeys, pastedAs, readPastedKey } from "#lib/domain/ssh-key/chosen-keys";
import type { ChangeEnvironmentKeysInput } from "#lib/schemas/environment";

/**
 * Says which keys an environment's nodes are to accept: those of before but for what is dropped,
 * own saved ones, the project's, and a pasted one. Nothing reaches into a running node: each takes its
 * keys when it is next started or restarted from the portal, or reinstalled.
 *
 * Refuses an environment that is given back, no key at all or too many, and keys that are somebody
 * else's.
 */
export async function changeEnvironmentKeys(
  db: Database,
  grant: Grant<"environment.keys">,
  input: ChangeEnvironmentKeysInput,
): Promise<Result<{ keys: number }, RefusalOf<"not_found" | "not_now" | "invalid_input">>> {
  const pasted = await readPastedKey(input.pastedKey);
  if (!pasted.ok) return pasted;
  return withGrant(db, grant, async (tx) => {
    const environment = await lockEnvironment(tx, grant, input.environmentId);
    if (!environment) return refuse({ kind: "not_found", resource: "environment" });
    if (environment.state === "releasing" || environment.state === "released") {
      return refuse({
        kind: "not_now",
        reason: "It has been released: its nodes are given back already.",
        advice: "Launch a new one.",
      });
    }
    const before = environment.authorizedKeys;
    const own = await findOwnKeys(tx, grant.actorId, input.sshKeyIds);
    const ofProject = await findKeysOfProject(tx, grant, input.projectKeyIds);
    if (!own || !ofProject) return refuse({ kind: "not_found", resource: "SSH key" });
    const chosen = chosenKeys([
      ...before.filter((key) => !input.drop.includes(key.fingerprint)),
      ...own,
      ...ofProject,
      ...(pasted.value ? [pastedAs(pasted.value, "pasted")] : []),
    ]);
    if (!chosen.ok) return chosen;
    const keys = chosen.value;
    const had = new Set(before.map((key) => key.fingerprint));
    const has = new Set(keys.map((key) => key.fingerprint));
    const added = keys.filter((key) => !had.has(key.fingerprint)).map((key) => key.fingerprint);
    const removed = before.filter((key) => !has.has(key.fingerprint)).map((key) => key.fingerprint);
    if (added.length + removed.length === 0) return ok({ keys: keys.length });
    await tx
      .update(environments)
      .set({ authorizedKeys: keys })
      .where(eq(environments.id, environment.id));
    await announce(tx, `environment:${environment.id}`);
    await recordAudit(tx, grant, {
      action: "environment.change_keys",
      object: { kind: "environment", id: environment.id, name: environment.name },
      detail: { added, removed },
    });
    return ok({ keys: keys.length });
  });
}
