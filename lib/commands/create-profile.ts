import { eq } from "drizzle-orm";
import type { Database } from "#db/client";
import { profiles, profileVersions } from "#db/schema/catalogue";
import { nodeTypes } from "#db/schema/nodes";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { imagesOfTerms } from "#lib/commands/images-of-terms";
import { type Id, newId } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { CreateProfileInput } from "#lib/schemas/profile";

/** Adds a compute profile as a draft: nobody sees it until it is active and shared. */
export async function createProfile(
  db: Database,
  grant: Grant<"catalogue.edit">,
  input: CreateProfileInput,
): Promise<
  Result<{ profileId: Id<"profile"> }, RefusalOf<"not_found" | "name_taken" | "invalid_input">>
> {
  const id = newId("profile");
  return withGrant(db, grant, async (tx) => {
    const [type] = await tx.select().from(nodeTypes).where(eq(nodeTypes.id, input.nodeTypeId));
    if (!type) return refuse({ kind: "not_found", resource: "node type" });
    const expected = type.spec.gpu === null ? 0 : type.spec.gpu?.count;
    // A profile is a whole node: what it promises is what its type says a node has.
    if (expected !== undefined && expected !== input.gpusPerNode) {
      const message = `A ${type.name} has ${expected === 0 ? "no" : expected} GPUs. A profile is a whole node: choose ${expected}.`;
      return refuse({ kind: "invalid_input", fields: { gpusPerNode: message } });
    }
    const found = await imagesOfTerms(tx, input);
    if (!found.ok) return found;
    const { allowedImageIds } = found.value;
    const { displayName, description, defaultImageId, longestLeaseHours, priceCents } = input;
    const { name, nodeTypeId, gpusPerNode } = input;
    const { gpuSharing, containerRuntime, storageClasses } = input;
    const made = await tx
      .insert(profiles)
      .values({
        id,
        name,
        nodeTypeId,
        gpusPerNode,
        gpuModel: gpusPerNode > 0 ? input.gpuModel : null,
      })
      .onConflictDoNothing({ target: profiles.name })
      .returning({ id: profiles.id });
    if (made.length === 0) {
      return refuse({ kind: "name_taken", resource: "profile", name: input.name });
    }
    await tx.insert(profileVersions).values({
      ...{ profileId: id, version: 1 },
      ...{ displayName, description, defaultImageId, allowedImageIds },
      ...{ longestLeaseHours, priceCents, gpuSharing, containerRuntime, storageClasses },
    });
    await recordAudit(tx, grant, {
      action: "profile.create",
      object: { kind: "profile", id, name: input.name },
      detail: { nodeType: type.name, gpusPerNode: input.gpusPerNode, gpuModel: input.gpuModel },
    });
    return ok({ profileId: id });
  });
}
