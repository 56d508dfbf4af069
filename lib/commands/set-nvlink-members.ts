import { and, eq, inArray, ne, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { lockFabric } from "#db/queries/fabrics";
import { fabrics, nvlinkMembers } from "#db/schema/fabrics";
import { nodes } from "#db/schema/nodes";
import { racks } from "#db/schema/sites";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { SetNvlinkMembersInput } from "#lib/schemas/fabric";

/**
 * Says which nodes share an NVLink domain: these and no others. Refuses nodes of another site, and
 * those that another domain has.
 */
export async function setNvlinkMembers(
  db: Database,
  grant: Grant<"node.enrol">,
  input: SetNvlinkMembersInput,
): Promise<Result<void, RefusalOf<"not_found" | "invalid_input">>> {
  return withGrant(db, grant, async (tx) => {
    const fabric = await lockFabric(tx, input.fabricId);
    if (fabric?.kind !== "nvlink") return refuse({ kind: "not_found", resource: "fabric" });
    const found = await tx
      .select({ id: nodes.id, name: nodes.name, other: fabrics.name })
      .from(nodes)
      .innerJoin(racks, eq(racks.id, nodes.rackId))
      .leftJoin(
        nvlinkMembers,
        and(eq(nvlinkMembers.nodeId, nodes.id), ne(nvlinkMembers.fabricId, fabric.id)),
      )
      .leftJoin(fabrics, eq(fabrics.id, nvlinkMembers.fabricId))
      .where(
        and(
          inArray(nodes.name, input.nodes),
          ne(nodes.lifecycle, "retired"),
          eq(racks.siteId, fabric.siteId),
        ),
      )
      .orderBy(nodes.name);
    const missing = input.nodes.filter((name) => !found.some((node) => node.name === name));
    if (missing.length > 0) {
      return invalid(`The site has no node ${missing.slice(0, 5).join(", ")}.`);
    }
    const taken = found.find((node) => node.other !== null);
    if (taken) {
      return invalid(`${taken.name} is in ${taken.other}. A node is in one NVLink domain.`);
    }
    const before = await tx
      .select({ name: nodes.name })
      .from(nvlinkMembers)
      .innerJoin(nodes, eq(nodes.id, nvlinkMembers.nodeId))
      .where(eq(nvlinkMembers.fabricId, fabric.id))
      .orderBy(nodes.name);
    await tx.delete(nvlinkMembers).where(eq(nvlinkMembers.fabricId, fabric.id));
    if (found.length > 0) {
      await tx
        .insert(nvlinkMembers)
        .values(found.map((node) => ({ nodeId: node.id, fabricId: fabric.id })));
    }
    await tx
      .update(fabrics)
      .set({ placesFrom: "list", placesAt: sql`now()`, placesBy: grant.actorName })
      .where(eq(fabrics.id, fabric.id));
    await recordAudit(tx, grant, {
      action: "fabric.set_members",
      object: { kind: "fabric", id: fabric.id, name: fabric.name },
      detail: {
        before: before.map((node) => node.name),
        after: found.map((node) => node.name),
      },
    });
    return ok(undefined);
  });
}

function invalid(words: string) {
  return refuse<RefusalOf<"invalid_input">>({ kind: "invalid_input", fields: { nodes: words } });
}
