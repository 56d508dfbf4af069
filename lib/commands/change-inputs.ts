import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { findActing, labelOf } from "#db/queries/actions";
import { listSecretNames } from "#db/queries/environment-secrets";
import { lockEnvironment } from "#db/queries/environments";
import { announce } from "#db/queries/operations";
import { templateVersions } from "#db/schema/catalogue";
import { environments } from "#db/schema/environments";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { sealSecrets } from "#lib/commands/seal-secrets";
import { changedInputs, inputsStandStill } from "#lib/domain/environment/change-inputs";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { ChangeInputsInput } from "#lib/schemas/environment";

/**
 * Changes inputs of an environment that its template version marks as changeable; what is not sent stays,
 * also what another change has set a moment ago. Nothing reaches into a node: hooks and actions get the values
 * from the next operation on, nodes when they are next reinstalled. Values of secrets are sealed for the
 * worker with `sealingKey`. Gives the names of the inputs that are not as before; none: all was so already.
 *
 * Refuses an environment that something is under way for or that is given back, an input that is not so
 * marked, and values that a launch would not take.
 */
export async function changeInputs(
  db: Database,
  grant: Grant<"environment.operate">,
  input: ChangeInputsInput,
  sealingKey = "",
): Promise<Result<{ changed: string[] }, RefusalOf<"not_found" | "not_now" | "invalid_input">>> {
  return withGrant(db, grant, async (tx) => {
    const environment = await lockEnvironment(tx, grant, input.environmentId);
    if (!environment) return refuse({ kind: "not_found", resource: "environment" });
    const { id, name, state, templateVersionId } = environment;
    const acting = await findActing(tx, id);
    const still = inputsStandStill(state, acting ? labelOf(acting) : null);
    if (still) return refuse({ kind: "not_now", ...still });
    const [version] = await tx
      .select({ inputs: templateVersions.inputs })
      .from(templateVersions)
      .where(eq(templateVersions.id, templateVersionId));
    if (!version) throw new Error("an environment without its template");
    const secretNames = await listSecretNames(tx, id);
    const entered = changedInputs(
      { definitions: version.inputs, values: environment.inputs, secrets: secretNames },
      input.inputs,
    );
    if (!entered.ok) return entered;
    const { values, secrets, changed } = entered.value;
    if (changed.length === 0) return ok({ changed });

    await tx.update(environments).set({ inputs: values }).where(eq(environments.id, id));
    await sealSecrets(tx, grant, id, secrets, sealingKey);
    await announce(tx, `environment:${id}`);
    await recordAudit(tx, grant, {
      action: "environment.change_inputs",
      object: { kind: "environment", id, name },
      detail: { inputs: changed },
    });
    return ok({ changed });
  });
}
