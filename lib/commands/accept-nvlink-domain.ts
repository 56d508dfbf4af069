import { and, eq, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { lockFabric } from "#db/queries/fabrics";
import { listNvlinkNodes } from "#db/queries/nvlink-nodes";
import { fabrics, nvlinkMembers } from "#db/schema/fabrics";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { makeFabric } from "#lib/commands/make-fabric";
import { nvlinkGroups } from "#lib/domain/fabric/nvlink-domain";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { AcceptNvlinkDomainInput } from "#lib/schemas/fabric";

/**
 * Makes an NVLink domain of the nodes that say that they share one, or adds them to the domain of
 * that name. Refuses when no two nodes say so now, the name of another fabric, and nodes that
 * another domain has: an operator put them there.
 */
export async function acceptNvlinkDomain(
  db: Database,
  grant: Grant<"node.enrol">,
  { siteId, told, name }: AcceptNvlinkDomainInput,
): Promise<
  Result<{ fabricId: Id<"fabric"> }, RefusalOf<"not_found" | "name_taken" | "invalid_input">>
> {
  return withGrant(db, grant, async (tx) => {
    const [existing] = await tx
      .select({ id: fabrics.id, kind: fabrics.kind })
      .from(fabrics)
      .where(and(eq(fabrics.siteId, siteId), eq(fabrics.name, name)));
    if (existing && existing.kind !== "nvlink") {
      return refuse({ kind: "name_taken", resource: "fabric", name });
    }
    if (existing) await lockFabric(tx, existing.id);
    const nodes = await listNvlinkNodes(tx, siteId);
    const group = nvlinkGroups(nodes).find((each) => each.told === told);
    if (!group || group.nodes.length < 2) {
      return invalid("told", `No two nodes of the site tell ${told} now. Load the page again.`);
    }
    const taken = group.nodes.find(({ domain }) => domain && domain.id !== existing?.id);
    if (taken) {
      return invalid(
        "name",
        `${taken.name} is in ${taken.domain?.name}. Enter that name, or take it out of there first.`,
      );
    }
    const { site } = group;
    const made = existing
      ? ok({ fabricId: existing.id })
      : await makeFabric(tx, grant, { site, kind: "nvlink", name });
    if (!made.ok) return made;
    const id = made.value.fabricId;
    const before = nodes.filter(({ domain }) => domain?.id === id).map((node) => node.name);
    const added = group.nodes.filter(({ domain }) => domain === null);
    if (added.length > 0) {
      await tx
        .insert(nvlinkMembers)
        .values(added.map((node) => ({ nodeId: node.id, fabricId: id })));
    }
    await tx
      .update(fabrics)
      .set({ placesFrom: "nodes", placesAt: sql`now()`, placesBy: grant.actorName })
      .where(eq(fabrics.id, id));
    await recordAudit(tx, grant, {
      action: "fabric.set_members",
      object: { kind: "fabric", id, name },
      detail: {
        before,
        after: [...before, ...added.map((node) => node.name)].sort(),
        told: `${group.by} ${told}`,
      },
    });
    return ok({ fabricId: id });
  });
}

function invalid(field: "told" | "name", words: string) {
  return refuse<RefusalOf<"invalid_input">>({ kind: "invalid_input", fields: { [field]: words } });
}
