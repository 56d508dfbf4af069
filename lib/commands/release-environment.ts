import type { Database } from "#db/client";
import { lockEnvironment } from "#db/queries/environments";
import { countHeldNodes } from "#db/queries/held-nodes";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { mostReleasedUnproved } from "#lib/access/policy";
import { withGrant } from "#lib/access/with-grant";
import { giveBack } from "#lib/commands/give-back";
import { type Ordered, replay } from "#lib/commands/replay";
import { refusable } from "#lib/commands/roll-back";
import { applyCommand } from "#lib/domain/environment/command";
import { nodesText } from "#lib/domain/environment/node-groups";
import type { Refusal } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { ReleaseEnvironmentInput } from "#lib/schemas/environment";

/**
 * Gives an environment's nodes back, from whatever state it is in (`giveBack`). Refuses when the name
 * typed is not the environment's; and for several nodes, when who asks last proved that it is they too
 * long ago.
 */
export async function releaseEnvironment(
  db: Database,
  grant: Grant<"environment.release">,
  input: ReleaseEnvironmentInput,
): Promise<Result<Ordered, Refusal>> {
  return refusable(() =>
    withGrant(db, grant, async (tx) => {
      const environment = await lockEnvironment(tx, grant, input.environmentId);
      if (!environment) return refuse({ kind: "not_found", resource: "environment" });
      const earlier = await replay(tx, grant, {
        requestKey: input.requestKey,
        kinds: ["environment.release"],
        environmentId: environment.id,
      });
      if (earlier) return earlier;
      const next = applyCommand(environment.state, "release");
      if (!next.ok) return next;
      if (input.confirmName !== environment.name) {
        const message = `Type ${environment.name} to confirm that this is the one to release.`;
        return refuse({ kind: "invalid_input", fields: { confirmName: message } });
      }
      // What holds many nodes is worth a second look at who asks.
      if (grant.proofDue && (await countHeldNodes(tx, environment.id)) > mostReleasedUnproved) {
        return refuse({ kind: "proof_due", by: grant.proofDue });
      }

      const { operationId, detail } = await giveBack(tx, grant, environment, {
        requestKey: input.requestKey,
        why: "The environment was released.",
        message: (held) =>
          `${grant.actorName} released the environment: ${nodesText(held.length)} given back.`,
      });
      await recordAudit(tx, grant, {
        action: "environment.release",
        object: { kind: "environment", id: environment.id, name: environment.name },
        detail,
      });
      return ok({ environmentId: environment.id, operationId });
    }),
  );
}
