import type { ProjectRole, TenantRole } from "#lib/domain/access/role";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
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
  hasNotSignedIn: boolean;
  since: string;
  projectRoles: Record<Id<"project">, ProjectRole>;
  projectManagers: Record<Id<"project">, string>;
};

export type MemberProject = { id: Id<"project">; slug: string; name: string };

export type MemberEdit = {
  add: (input: AddMemberInput) => Promise<Result<{ oneTimePassword: string | null }, Refusal>>;
  changeRole: (input: ChangeMemberRoleInput) => Promise<Result<unknown, Refusal>>;
  remove: (input: RemoveMemberInput) => Promise<Result<unknown, Refusal>>;
  setProjectRole: (input: SetProjectRoleInput) => Promise<Result<unknown, Refusal>>;
  /** Only for operators. */
  resetPassword?: (
    input: RemoveMemberInput,
  ) => Promise<Result<{ oneTimePassword: string }, Refusal>>;
};
