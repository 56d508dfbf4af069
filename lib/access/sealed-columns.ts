import {
  providerPlace as identityProviderPlace,
  keepingKeyId,
  keepSecret,
  openSecret,
} from "#lib/access/kept-secret";
import { keysOf, newestKey } from "#lib/access/key-ring";
import {
  contextSecretPlace,
  credentialPlace,
  environmentSecretPlace,
  fabricManagerPlace,
  networkPlace,
  newestPublicHalf,
  providerPlace,
  publicHalf,
  seal,
  sealingKeyId,
  unseal,
  webhookPathPlace,
  webhookSecretPlace,
} from "#lib/access/sealed";
import { totpPlace } from "#lib/access/second-factor";
import type { Id } from "#lib/domain/id";

// Every column that holds sealed texts, once. A test holds this list against the database's own.

type Row = Readonly<Record<string, string>>;

export type SealedColumn = {
  table: string;
  column: string;
  /** The columns by which its rows are known. */
  knownBy: readonly string[];
  /** What is bound into the text of a row. */
  place: (row: Row) => string;
};

/** The keys that are rotated: what seals controllers' passwords and the like, and the portal's own. */
export const rotatedKeys = ["credential", "identity"] as const;
export type RotatedKey = (typeof rotatedKeys)[number];

const of = (row: Row, name: string) => row[name] ?? "";

/** What each of the two keys seals. */
export const sealedColumns: Record<RotatedKey, readonly SealedColumn[]> = {
  credential: [
    {
      ...{ table: "controller_credentials", column: "sealed", knownBy: ["node_id"] },
      place: (row) => credentialPlace(of(row, "node_id")),
    },
    {
      // Moved to the one above as it is, once the controller takes it.
      ...{ table: "password_rotations", column: "sealed", knownBy: ["id", "node_id"] },
      place: (row) => credentialPlace(of(row, "node_id")),
    },
    {
      ...{ table: "site_networks", column: "sealed_secret", knownBy: ["site_id"] },
      place: (row) => networkPlace(of(row, "site_id")),
    },
    {
      ...{ table: "site_fabric_managers", column: "sealed_password", knownBy: ["site_id"] },
      place: (row) => fabricManagerPlace(of(row, "site_id")),
    },
    {
      ...{ table: "providers", column: "sealed_secret", knownBy: ["id"] },
      place: (row) => providerPlace(of(row, "id")),
    },
    {
      ...{ table: "environment_secrets", column: "sealed_value" },
      knownBy: ["environment_id", "name", "id"],
      place: (row) => environmentSecretPlace(of(row, "environment_id"), of(row, "name")),
    },
    {
      ...{ table: "context_secrets", column: "sealed_value", knownBy: ["id"] },
      place: (row) => contextSecretPlace(of(row, "id")),
    },
    {
      ...{ table: "webhooks", column: "sealed_path", knownBy: ["id"] },
      place: (row) => webhookPathPlace(of(row, "id")),
    },
    {
      ...{ table: "webhooks", column: "sealed_secret", knownBy: ["id"] },
      place: (row) => webhookSecretPlace(of(row, "id")),
    },
  ],
  identity: [
    {
      ...{ table: "identity_providers", column: "sealed_secret", knownBy: ["id"] },
      place: (row) => identityProviderPlace(of(row, "id")),
    },
    ...["sealed_secret", "sealed_next"].map((column) => ({
      ...{ table: "totp_factors", column, knownBy: ["user_id"] },
      place: (row: Row) => totpPlace(of(row, "user_id") as Id<"user">),
    })),
  ],
};

/**
 * What is sealed with the secret that the tokens of booting nodes are told from. It is gone when the
 * node has booted or its script has ended, so there is nothing to seal again.
 */
export const passingColumns = [
  { table: "boot_windows", column: "sealed_inputs" },
  { table: "script_runs", column: "sealed_end" },
  { table: "script_runs", column: "sealed_secrets" },
] as const;

/** How the texts of one of the two keys are opened and sealed again, by its ring. */
export function sealerOf(by: RotatedKey, ring: string) {
  if (by === "credential") {
    const publicKey = newestPublicHalf(ring);
    return {
      keyIds: keysOf(ring).map((key) => sealingKeyId(publicHalf(key))),
      again: (place: string, sealed: string) => seal(publicKey, place, unseal(ring, place, sealed)),
    };
  }
  return {
    keyIds: keysOf(ring).map(keepingKeyId),
    again: (place: string, sealed: string) =>
      keepSecret(newestKey(ring), place, openSecret(ring, place, sealed)),
  };
}
