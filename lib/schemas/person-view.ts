import type { OperatorRole, TenantRole } from "#lib/domain/access/role";
import type { Id } from "#lib/domain/id";

/** An account in the list of all. */
export type PersonLine = {
  userId: Id<"user">;
  name: string;
  email: string;
  operatorRole: OperatorRole | null;
  tenants: { slug: string; name: string; role: TenantRole }[];
  hasSecondFactor: boolean;
  /** Has not replaced a one-time password yet. */
  hasNotSignedIn: boolean;
  /** When one of their sessions was last in use, of those that are still known. */
  lastSeenAt: string | null;
  closedAt: string | null;
};

/** One account as operators see it. */
export type PersonView = {
  userId: Id<"user">;
  name: string;
  email: string;
  isSelf: boolean;
  createdAt: string;
  closedAt: string | null;
  operatorRole: OperatorRole | null;
  hasPassword: boolean;
  /** Has not replaced a one-time password yet. */
  hasNotSignedIn: boolean;
  hasApp: boolean;
  passkeys: number;
  memberships: {
    slug: string;
    name: string;
    role: TenantRole;
    /** Who manages the role, in words, where no person does. */
    manager: string | null;
    until: string | null;
    hasEnded: boolean;
  }[];
  linked: {
    issuer: string;
    label: string;
    name: string;
    linkedAt: string;
    lastUsedAt: string;
    /** How they come in without it; `nothing` where no one-time password would help either. */
    without: "another way" | "one-time password" | "nothing";
  }[];
  sessions: {
    id: Id<"session">;
    signedInBy: string;
    ipAddress: string | null;
    createdAt: string;
    lastSeenAt: string;
  }[];
  /** Those that are good now. */
  tokens: {
    id: Id<"apiToken">;
    name: string;
    createdAt: string;
    expiresAt: string;
    lastUsedAt: string | null;
    lastUsedAddress: string | null;
  }[];
};
