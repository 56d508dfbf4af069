import { hasEnded } from "#lib/domain/access/term";

export type OperatorInvitationState = "open" | "used" | "withdrawn" | "too_old";

/** What has become of an operator's invitation by a moment. */
export function operatorInvitationState(
  invitation: { acceptedAt: Date | null; withdrawnAt: Date | null; expiresAt: Date },
  now: Date,
): OperatorInvitationState {
  if (invitation.acceptedAt) return "used";
  if (invitation.withdrawnAt) return "withdrawn";
  return hasEnded(invitation.expiresAt, now) ? "too_old" : "open";
}
