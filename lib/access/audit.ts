import type { Transaction } from "#db/client";
import { auditEvents } from "#db/schema/audit-events";
import type { AnyGrant, Caller } from "#lib/access/authorize";
import { type Id, newId } from "#lib/domain/id";

export type AuditedAct = {
  /** `noun.verb`, as in the policy table: `environment.launch`. */
  action: string;
  object?: { kind: string; id: string; name: string };
  /** What changed, before and after where that helps; never a secret. */
  detail?: Record<string, unknown>;
  /** For a fleet act on one tenant, so that the tenant reads it in its own log. */
  tenantId?: Id<"tenant">;
  projectId?: Id<"project">;
};

/** Who is written down, and how they asked. */
type Doer = Pick<Caller, "userId" | "name" | "requestId" | "ipAddress" | "token">;

/** Writes the audit event of an act that is being done, in the act's own transaction. */
export function recordAudit(tx: Transaction, grant: AnyGrant, act: AuditedAct): Promise<void> {
  return recordAudits(tx, grant, [act]);
}

/** As `recordAudit`, for an act on several objects: one event each. */
export async function recordAudits(
  tx: Transaction,
  grant: AnyGrant,
  acts: readonly AuditedAct[],
): Promise<void> {
  if (acts.length === 0) return;
  await tx.insert(auditEvents).values(
    acts.map((act) => ({
      id: newId("auditEvent"),
      tenantId: act.tenantId ?? (grant.scope === "fleet" ? null : grant.tenantId),
      projectId: act.projectId ?? (grant.scope === "project" ? grant.projectId : null),
      actorId: grant.actorId,
      actorName: grant.actorName,
      action: act.action,
      outcome: "done" as const,
      objectKind: act.object?.kind ?? null,
      objectId: act.object?.id ?? null,
      objectName: act.object?.name ?? null,
      detail: act.detail ?? {},
      requestId: grant.requestId,
      ipAddress: grant.ipAddress,
      tokenId: grant.token?.id ?? null,
      tokenName: grant.token?.name ?? null,
    })),
  );
}

/** Writes the audit event of what nobody did just now: it came about because its time had come. */
export async function recordByItself(
  tx: Transaction,
  act: AuditedAct & { tenantId: Id<"tenant">; projectId: Id<"project">; actorName: string },
): Promise<void> {
  await tx.insert(auditEvents).values({
    id: newId("auditEvent"),
    tenantId: act.tenantId,
    projectId: act.projectId,
    actorName: act.actorName,
    action: act.action,
    outcome: "done",
    objectKind: act.object?.kind ?? null,
    objectId: act.object?.id ?? null,
    objectName: act.object?.name ?? null,
    detail: act.detail ?? {},
  });
}

/** Writes that someone was refused: in a transaction of its own, since the act made none. */
export async function recordDenied(
  tx: Transaction,
  actor: Doer,
  act: { action: string; tenantId?: Id<"tenant">; detail?: Record<string, unknown> },
): Promise<void> {
  await tx.insert(auditEvents).values({
    id: newId("auditEvent"),
    tenantId: act.tenantId ?? null,
    actorId: actor.userId,
    actorName: actor.name,
    action: act.action,
    outcome: "denied",
    detail: act.detail ?? {},
    requestId: actor.requestId,
    ipAddress: actor.ipAddress,
    tokenId: actor.token?.id ?? null,
    tokenName: actor.token?.name ?? null,
  });
}

/** Writes the audit event of what a person does with what is their own: their keys, their sessions. */
export async function recordOwnAct(
  tx: Transaction,
  actor: Doer,
  act: Pick<AuditedAct, "action" | "object" | "detail">,
): Promise<void> {
  await tx.insert(auditEvents).values({
    id: newId("auditEvent"),
    actorId: actor.userId,
    actorName: actor.name,
    action: act.action,
    outcome: "done",
    objectKind: act.object?.kind ?? null,
    objectId: act.object?.id ?? null,
    objectName: act.object?.name ?? null,
    detail: act.detail ?? {},
    requestId: actor.requestId,
    ipAddress: actor.ipAddress,
    tokenId: actor.token?.id ?? null,
    tokenName: actor.token?.name ?? null,
  });
}
