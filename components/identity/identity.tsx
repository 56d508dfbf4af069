import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type {
  AddGroupRoleInput,
  AddIdentityProviderInput,
  ChangeIdentityProviderInput,
  PreviewGroupsInput,
} from "#lib/schemas/identity";

// What the parts of the sign-in page share: a provider, and the acts on it.

export type Provider = {
  id: Id<"identityProvider">;
  label: string;
  issuer: string;
  clientId: string;
  emailDomains: string[];
  groupsClaim: string;
  ownSecondFactor: boolean;
  enabled: boolean;
  changedAt: string;
  linked: number;
  roles: { id: Id<"groupRole">; group: string; place: string; role: string }[];
};

export type GroupPlace = {
  tenantId: Id<"tenant">;
  name: string;
  projects: { id: Id<"project">; name: string }[];
};

export type AddProvider = (
  input: AddIdentityProviderInput,
) => Promise<Result<{ id: Id<"identityProvider"> }, Refusal>>;

export type ProviderEdit = {
  change: (input: ChangeIdentityProviderInput) => Promise<Result<unknown, Refusal>>;
  remove: (input: { id: Id<"identityProvider"> }) => Promise<Result<unknown, Refusal>>;
  addRole: (input: AddGroupRoleInput) => Promise<Result<unknown, Refusal>>;
  removeRole: (input: { id: Id<"groupRole"> }) => Promise<Result<unknown, Refusal>>;
  preview: (
    input: PreviewGroupsInput,
  ) => Promise<Result<{ place: string; role: string; group: string }[], Refusal>>;
};

/** Where a provider sends people back to: it must know this address. */
export function returnAddress(origin: string, id: string): string {
  return `${origin}/api/auth/callback/${id}`;
}
