import type { TokenScope } from "#lib/domain/access/token-scope";
import type { Id } from "#lib/domain/id";

/** A token as a page lists it. */
export type TokenView = {
  id: Id<"apiToken">;
  /** As it begins: `ingot_1a2B3c4D`. */
  begins: string;
  name: string;
  scopes: string[];
  /** `acme/vision`, or null for every place its owner has. */
  place: string | null;
  createdByName: string;
  createdAt: string;
  expiresAt: string;
  revokedAt: string | null;
  lastUsedAt: string | null;
  lastUsedAddress: string | null;
  state: "live" | "expired" | "revoked";
};

/** A project that a token can be bound to, with the scopes of its owner there. */
export type TokenPlace = { projectId: Id<"project"> | null; name: string; scopes: TokenScope[] };

export type OwnTokens = { tokens: TokenView[]; places: TokenPlace[] };

export type ServiceAccountView = {
  id: Id<"serviceAccount">;
  name: string;
  role: "admin" | "member" | "viewer";
  createdByName: string;
  createdAt: string;
  /** What its role can be given. */
  scopes: TokenScope[];
  tokens: TokenView[];
};
