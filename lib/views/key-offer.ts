import type { Database, Transaction } from "#db/client";
import { listOwnKeys } from "#db/queries/chosen-keys";
import { listProjectKeys } from "#db/queries/project-keys";
import type { Grant, ProjectGrant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { KeyOffer } from "#lib/schemas/catalogue-view";

/** The keys that the person who looks can put on an environment: their own, and the project's. */
export async function keyOffer(db: Database, grant: Grant<"environment.read">): Promise<KeyOffer> {
  return withGrant(db, grant, (tx) => keysToChoose(tx, grant));
}

/** The same, inside a view. */
export async function keysToChoose(tx: Transaction, grant: ProjectGrant): Promise<KeyOffer> {
  return {
    sshKeys: await listOwnKeys(tx, grant.actorId),
    projectKeys: (await listProjectKeys(tx, grant)).map(({ id, name, fingerprint, publicKey }) => ({
      id,
      name,
      fingerprint,
      publicKey,
    })),
  };
}
