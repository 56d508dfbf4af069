import { eq, sql } from "drizzle-orm";
import type { Database } from "#db/client";
import { keepOnlyPorts, lockFabric, placeNodesOfSite, savePorts } from "#db/queries/fabrics";
import { findPortFacts } from "#db/queries/port-facts";
import { fabrics } from "#db/schema/fabrics";
import { recordAudit } from "#lib/access/audit";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { type PlannedPort, planPorts } from "#lib/domain/fabric/port-plan";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { PortSheet } from "#lib/schemas/port-sheet";

/**
 * Takes the places of a fabric's ports from a list or from what the fabric says, in one
 * transaction, and says of each line what became of it. Lines that are wrong are left out and keep
 * none of the others back. `isWhole`: ports that are not in it leave the fabric; refused when
 * nothing of it can be taken, since the fabric would be left empty by a mistake.
 */
export async function placePorts(
  db: Database,
  grant: Grant<"node.enrol">,
  input: { fabricId: Id<"fabric">; isWhole: boolean },
  sheet: PortSheet,
): Promise<
  Result<{ lines: PlannedPort[]; gone: number }, RefusalOf<"not_found" | "invalid_input">>
> {
  return withGrant(db, grant, async (tx) => {
    const fabric = await lockFabric(tx, input.fabricId);
    if (fabric?.kind !== "infiniband") return refuse({ kind: "not_found", resource: "fabric" });
    const lines = planPorts(sheet.lines, await findPortFacts(tx, fabric, sheet.lines));
    const ports = lines.flatMap(({ port }) => port ?? []);
    if (ports.length === 0) {
      return refuse({ kind: "invalid_input", fields: { text: "No line of it can be taken." } });
    }
    await savePorts(tx, fabric.id, ports);
    const gone = input.isWhole
      ? await keepOnlyPorts(
          tx,
          fabric.id,
          ports.map((port) => port.guid),
        )
      : 0;
    await tx
      .update(fabrics)
      .set({
        placesFrom: sheet.source,
        placesDetail: sheet.detail,
        placesAt: sql`now()`,
        placesBy: grant.actorName,
      })
      .where(eq(fabrics.id, fabric.id));
    await placeNodesOfSite(tx, fabric.siteId);
    const count = (outcome: PlannedPort["outcome"]) =>
      lines.filter((line) => line.outcome === outcome).length;
    await recordAudit(tx, grant, {
      action: "fabric.place_ports",
      object: { kind: "fabric", id: fabric.id, name: fabric.name },
      detail: {
        source: sheet.source,
        new: count("new"),
        changed: count("changed"),
        refused: count("refused"),
        gone,
      },
    });
    return ok({ lines, gone });
  });
}
