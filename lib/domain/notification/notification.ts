import type { Id } from "#lib/domain/id";

// What is worth telling somebody who does not look. Not a record of what was done, which is the audit
// log's: a notification is about what has come to be so, says it once, and is forgotten after a month.

export const notificationKinds = [
  "environment.ready",
  "environment.failed",
  "environment.released",
  "lease.ending",
  "lease.ended",
  "approval.asked",
  "approval.decided",
  "health.critical",
  "health.warning",
  "health.recovered",
  "operation.stuck",
  "release.left_over",
  "membership.changed",
  "account.changed",
  "token.in_two_places",
  "audit.event",
  "webhook.test",
] as const;
export type NotificationKind = (typeof notificationKinds)[number];

/**
 * Who is told: `operators`; everyone who may see the `project`; owners and admins of the tenant; one
 * `person`; or programs alone, which is `webhook`: one that is being tried, or all that asked for the audit log.
 */
export const audiences = ["operators", "project", "tenant_admins", "person", "webhook"] as const;
export type Audience = (typeof audiences)[number];

/** An environment and where it is, as it was called then. */
export type EnvironmentPlace = {
  tenant: string;
  project: string;
  environmentId: Id<"environment">;
  environment: string;
};

/** The place of what belongs to no environment: operators alone are told of it. */
export type NoPlace = { [Name in keyof EnvironmentPlace]: null };

/** An event of the audit log with its place in its chain, as the log is exported. */
export type ToldAuditEvent = {
  sequence: number;
  at: string;
  /** The tenant's slug; null for an act on the fleet. */
  tenant: string | null;
  actor: string;
  token: string | null;
  /** Of a person in a browser; null for a token, and of events from before. */
  sessionId: Id<"session"> | null;
  action: string;
  outcome: "done" | "denied";
  objectKind: string | null;
  objectId: string | null;
  objectName: string | null;
  detail: Record<string, unknown>;
  requestId: string | null;
  ipAddress: string | null;
  id: Id<"auditEvent">;
  /** The link of the chain that ends in this event, in hexadecimal digits. */
  hash: string;
};

/** What was done to how a person signs in. `name`: of a passkey or provider; `by`: another who did it. */
export type AccountChange = {
  what:
    | "app_set_up"
    | "app_removed"
    | "passkey_added"
    | "passkey_removed"
    | "passkey_copied"
    | "factors_removed"
    | "codes_renewed"
    | "password_changed"
    | "password_reset"
    | "provider_linked"
    | "provider_unlinked"
    | "access_ended"
    | "account_reopened";
  name: string | null;
  by: string | null;
};

/** What became so, with what its words are made of. Never a secret. */
export type NotificationFact =
  | {
      kind: "environment.ready" | "environment.failed" | "environment.released";
      data: EnvironmentPlace & { reason: string | null };
    }
  | { kind: "lease.ending"; data: EnvironmentPlace & { endsAt: string } }
  | { kind: "lease.ended"; data: EnvironmentPlace }
  | {
      kind: "approval.asked";
      /** `at`: where whoever is told decides. */
      data: EnvironmentPlace & { hook: string; at: "fleet" | "tenant" };
    }
  | {
      kind: "approval.decided";
      data: EnvironmentPlace & { hook: string; isApproved: boolean; words: string };
    }
  | {
      kind: "health.critical" | "health.warning" | "health.recovered";
      /**
       * `gpu` is -1 for the node as a whole, or for more than one of its GPUs, which are `gpus` then;
       * `nodeId` is for operators alone.
       */
      data: (EnvironmentPlace | NoPlace) & {
        nodeId: Id<"node"> | null;
        node: string;
        gpu: number;
        gpus?: number[];
        code: string;
      };
    }
  | {
      kind: "operation.stuck";
      data: { operationId: Id<"operation">; nodeId: Id<"node">; node: string; reason: string };
    }
  | { kind: "release.left_over"; data: EnvironmentPlace & { hook: string; reason: string } }
  | {
      kind: "membership.changed";
      /** `slug`: of the tenant; null for the fleet. A role of null: none any more. */
      data: {
        of: "tenant" | "project" | "fleet";
        slug: string | null;
        name: string;
        role: string | null;
        until: string | null;
        by: string;
      };
    }
  | { kind: "account.changed"; data: AccountChange }
  | {
      kind: "token.in_two_places";
      /** `account`: the service account whose it is; null for a person's own. */
      data: {
        token: string;
        account: { tenant: string; project: string; name: string } | null;
        addresses: readonly [string, string];
      };
    }
  | { kind: "audit.event"; data: { event: ToldAuditEvent } }
  | { kind: "webhook.test"; data: { webhookId: Id<"webhook">; by: string } };

/** What people choose about. The audit log is for webhooks, and a test for its webhook alone. */
export const personalKinds = notificationKinds.filter(
  (kind) => kind !== "webhook.test" && kind !== "audit.event",
);

/** What is told at once or not at all: a day later somebody else may have acted on it. */
export const tooLateInDigest: readonly NotificationKind[] = [
  "account.changed",
  "token.in_two_places",
];

/** Those that operators are told; the rest happens in a tenant. */
const operatorKinds: readonly NotificationKind[] = [
  "approval.asked",
  "health.critical",
  "health.warning",
  "health.recovered",
  "operation.stuck",
  "release.left_over",
];

/** What a webhook of the fleet, or of a tenant, can be told: the audit log, too. */
export function webhookKinds(scope: "fleet" | "tenant"): NotificationKind[] {
  return [...toldKinds(scope), "audit.event"];
}

/** What comes to be so in the fleet, or in a tenant, beside what a person is told of themselves. */
export function toldKinds(scope: "fleet" | "tenant"): NotificationKind[] {
  return personalKinds.filter((kind) =>
    scope === "fleet"
      ? operatorKinds.includes(kind)
      : ![
          ...["operation.stuck", "release.left_over"],
          ...["membership.changed", "account.changed"],
        ].includes(kind),
  );
}
