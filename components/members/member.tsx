import type { Pending, PendingEdit } from "#components/members/pending-invitations";
import type { Consequence } from "#components/ui/confirm-dialog";
import { formatQuantity } from "#lib/client/format";
import type { ProjectRole, TenantRole } from "#lib/domain/access/role";
import { termDays } from "#lib/domain/access/term";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { InviteMemberInput, SetTermInput } from "#lib/schemas/invitation";
import type {
  AddMemberInput,
  ChangeMemberRoleInput,
  RemoveMemberInput,
  SetProjectRoleInput,
} from "#lib/schemas/tenant";

// What the parts of a members page share: a row, and the acts on it.

export type Member = {
  userId: Id<"user">;
  name: string;
  email: string;
  role: TenantRole;
  /** "by Example: group ml-leads", where a provider decides it and nobody here. */
  manager: string | null;
  until: string | null;
  hasEnded: boolean;
  hasNotSignedIn: boolean;
  isClosed: boolean;
  /** Shown to operators alone; undefined to the tenant's own people. */
  hasSecondFactor?: boolean;
  since: string;
  projectRoles: Record<Id<"project">, ProjectRole>;
  projectManagers: Record<Id<"project">, string>;
  projectEnds: Record<Id<"project">, string>;
};

export type MemberProject = { id: Id<"project">; slug: string; name: string };

export type Invitation = Pending & { role: TenantRole; memberDays: number | null };

export type InvitationEdit = PendingEdit & {
  invite: (input: InviteMemberInput) => Promise<Result<{ path: string }, Refusal>>;
};

/** What becomes of a role that a provider manages, once it was taken here. */
export function comesBack(manager: string | null): Consequence[] {
  if (!manager) return [];
  const text = `when they next sign in, since it is managed ${manager}: change the group there as well.`;
  return [{ verb: "Comes back", text }];
}

/** How long something is given for, as a person chooses it. */
export const termOptions = [
  { value: "", label: "Does not end" },
  ...termDays.map((days) => ({
    value: String(days),
    label: `For ${formatQuantity(days, "day")}`,
  })),
];

export const daysOf = (choice: string): number | null => (choice === "" ? null : Number(choice));

export type MemberEdit = {
  add: (input: AddMemberInput) => Promise<Result<{ oneTimePassword: string }, Refusal>>;
  changeRole: (input: ChangeMemberRoleInput) => Promise<Result<unknown, Refusal>>;
  remove: (input: RemoveMemberInput) => Promise<Result<unknown, Refusal>>;
  setProjectRole: (input: SetProjectRoleInput) => Promise<Result<unknown, Refusal>>;
  setTerm?: (input: SetTermInput) => Promise<Result<unknown, Refusal>>;
  /** Only for operators. */
  resetPassword?: (
    input: RemoveMemberInput,
  ) => Promise<Result<{ oneTimePassword: string }, Refusal>>;
  removeFactor?: (input: RemoveMemberInput) => Promise<Result<unknown, Refusal>>;
};
