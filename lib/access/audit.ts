import type { Transaction } from "#db/client";
import { auditEvents } from "#db/schema/audit-events";
import type { AnyGrant, Caller } from "#lib/access/authorize";
import { type ActorId, type Id, newId } from "#lib/domain/id";

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

/** Who is written down, and how they asked; a name alone for what came about by itself. */
export type Doer = {
  actorId: ActorId | null;
  actorName: string;
  requestId?: string | null;
  ipAddress?: string | null;
  token?: Caller["token"];
  sessionId?: Caller["sessionId"];
};

/** Writes one event for each act: the one place where rows of the audit log are made. */
export async function recordEvents(
  tx: Transaction,
  by: Doer,
  acts: readonly AuditedAct[],
  outcome: "done" | "denied" = "done",
): Promise<void> {
  if (acts.length === 0) return;
  await tx.insert(auditEvents).values(
    acts.map(({ action, object, detail, tenantId, projectId }) => ({
      id: newId("auditEvent"),
      tenantId: tenantId ?? null,
      projectId: projectId ?? null,
      actorId: by.actorId,
      actorName: by.actorName,
      action,
      outcome,
      objectKind: object?.kind ?? null,
      objectId: object?.id ?? null,
      objectName: object?.name ?? null,
      detail: detail ?? {},
      requestId: by.requestId ?? null,
      ipAddress: by.ipAddress ?? null,
      tokenId: by.token?.id ?? null,
      tokenName: by.token?.name ?? null,
      sessionId: by.sessionId ?? null,
    })),
  );
}

/** Writes the audit event of an act that is being done, in the act's own transaction. */
export function recordAudit(tx: Transaction, grant: AnyGrant, act: AuditedAct): Promise<void> {
  return recordAudits(tx, grant, [act]);
}

/** As `recordAudit`, for an act on several objects: one event each. */
export function recordAudits(
  tx: Transaction,
  grant: AnyGrant,
  acts: readonly AuditedAct[],
): Promise<void> {
  const place = {
    tenantId: grant.scope === "fleet" ? undefined : grant.tenantId,
    projectId: grant.scope === "project" ? grant.projectId : undefined,
  };
  return recordEvents(
    tx,
    grant,
    acts.map((act) => ({
      ...act,
      tenantId: act.tenantId ?? place.tenantId,
      projectId: act.projectId ?? place.projectId,
    })),
  );
}

type Asking = Pick<Caller, "userId" | "name" | "requestId" | "ipAddress" | "token" | "sessionId">;

const doerOf = ({ userId, name, ...how }: Asking): Doer => ({
  actorId: userId,
  actorName: name,
  ...how,
});

/** Writes that someone was refused: in a transaction of its own, since the act made none. */
export function recordDenied(
  tx: Transaction,
  actor: Asking,
  act: Pick<AuditedAct, "action" | "tenantId" | "detail">,
): Promise<void> {
  return recordEvents(tx, doerOf(actor), [act], "denied");
}

/** Writes the audit event of what a person does with what is their own: their keys, their sessions. */
export function recordOwnAct(
  tx: Transaction,
  actor: Asking,
  act: Pick<AuditedAct, "action" | "object" | "detail" | "tenantId">,
): Promise<void> {
  return recordEvents(tx, doerOf(actor), [act]);
}
