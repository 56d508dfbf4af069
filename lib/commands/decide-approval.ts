import { eq, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client";
import { announceApprovals, settleHookRun } from "#db/queries/hook-runs";
import { notifyOfEnvironment } from "#db/queries/notifications";
import { announce, wakeWorkers } from "#db/queries/operations";
import { environments } from "#db/schema/environments";
import { hookRuns } from "#db/schema/hooks";
import { operations } from "#db/schema/operations";
import { users } from "#db/schema/users";
import { recordAudit, recordEvents } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { runsTenant } from "#lib/domain/access/role";
import { type Approvers, hasHookEnded } from "#lib/domain/hook/hook";
import { approverWords } from "#lib/domain/hook/words";
import { hasEnded } from "#lib/domain/operation/operation";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { DecideApprovalInput } from "#lib/schemas/hook";

type Decider = Grant<"approval.decide"> | Grant<"approval.answer">;

/**
 * Approves or refuses what waits for a person. Only those that the template names may, whatever their role
 * in the tenant: refused otherwise, and when it was decided, has expired or its operation has ended. What waits for it looks
 * again at once.
 */
export async function decideApproval(
  db: Database,
  grant: Decider,
  input: DecideApprovalInput,
): Promise<Result<void, RefusalOf<"not_found" | "not_now">>> {
  return withGrant(db, grant, async (tx) => {
    const [found] = await tx
      .select({
        run: hookRuns,
        operation: operations.state,
        environment: environments,
        // By the database's clock, whenever a worker comes to say so; not as it was before a wait for a lock.
        isExpired: sql<boolean>`coalesce(${hookRuns.deadlineAt} <= clock_timestamp(), false)`,
      })
      .from(hookRuns)
      .innerJoin(operations, eq(operations.id, hookRuns.operationId))
      .innerJoin(environments, eq(environments.id, hookRuns.environmentId))
      .where(eq(hookRuns.id, input.hookRunId))
      .for("no key update", { of: hookRuns });
    if (found?.run.definition.kind !== "approval") {
      return refuse({ kind: "not_found", resource: "approval" });
    }
    const { run, environment } = found;
    const { approvers } = run.definition;
    if (!(await mayDecide(tx, grant, approvers))) {
      const act = { action: `approval.${input.decision}`, detail: { hook: run.name } };
      const { id, name } = environment;
      const place = { tenantId: run.tenantId, projectId: run.projectId };
      const object = { kind: "environment", id, name };
      await recordEvents(tx, grant, [{ ...act, ...place, object }], "denied");
      if (!seesAll(grant)) return refuse({ kind: "not_found", resource: "approval" });
      return refuse({
        kind: "not_now",
        reason: `This is decided by ${approverWords(approvers)}.`,
        advice: "Ask them to decide.",
      });
    }
    if (hasHookEnded(run.state) || hasEnded(found.operation)) {
      return refuse({
        kind: "not_now",
        reason: run.decidedByName
          ? `${run.decidedByName} has decided it already.`
          : "Nothing waits for this decision any more.",
        advice: "",
      });
    }
    if (found.isExpired) {
      return refuse({
        kind: "not_now",
        reason: `Its time was over on ${run.deadlineAt?.toISOString()}.`,
        advice: "Try the operation again to have it asked anew.",
      });
    }
    const isApproved = input.decision === "approve";
    const said = input.words ? `: ${input.words}` : ".";
    const words = `${isApproved ? "Approved" : "Refused"} by ${grant.actorName}${said}`;
    const [decided] = await tx
      .update(hookRuns)
      .set({
        state: isApproved ? "succeeded" : "failed",
        words,
        decidedBy: grant.actorId,
        decidedByName: grant.actorName,
        decidedAt: sql`now()`,
        finishedAt: sql`now()`,
        // Whoever holds it just now can commit nothing any more.
        fence: sql`${hookRuns.fence} + 1`,
      })
      .where(eq(hookRuns.id, run.id))
      .returning();
    if (!decided) throw new Error("a run that was held is gone");
    const { tenantId, environmentId } = run;
    await settleHookRun(tx, decided);
    await wakeWorkers(tx);
    await announce(tx, `environment:${environmentId}`);
    await announceApprovals(tx, [decided]);
    await notifyOfEnvironment(tx, environmentId, (place) => [
      {
        kind: "approval.decided",
        audience: "project",
        data: { ...place, hook: run.name, isApproved, words },
      },
    ]);
    await recordAudit(tx, grant, {
      action: isApproved ? "approval.approve" : "approval.refuse",
      object: { kind: "environment", id: environment.id, name: environment.name },
      detail: { hook: run.name, ...(input.words ? { words: input.words } : {}) },
      tenantId,
      projectId: run.projectId,
    });
    return ok(undefined);
  });
}

/** Others see of what waits only what names them. */
function seesAll(grant: Decider): boolean {
  return grant.scope === "fleet" || runsTenant(grant.role);
}

/** Whether the template names this person: by what they are here, or by their address. */
async function mayDecide(
  tx: Transaction,
  grant: Decider,
  approvers: Approvers | null,
): Promise<boolean> {
  if (approvers?.kind === "operators") return grant.scope === "fleet";
  if (approvers?.kind === "tenant_admins") return grant.scope === "tenant" && seesAll(grant);
  const [user] = await tx
    .select({ email: users.email })
    .from(users)
    .where(eq(sql`${users.id}`, grant.actorId));
  return user !== undefined && (approvers?.emails.includes(user.email) ?? false);
}
