import type { Database } from "#db/client";
import { findPortFacts } from "#db/queries/port-facts";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { type PlannedPort, planPorts } from "#lib/domain/fabric/port-plan";
import type { Id } from "#lib/domain/id";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import type { PortSheet } from "#lib/schemas/port-sheet";
import { findFabric } from "#lib/views/fabrics";

/** One line of a list of ports, as a person reads it. */
export type PortLine = Omit<PlannedPort, "port"> & { rail: string | null };

export type PortPlan = {
  source: PortSheet["source"];
  detail: string | null;
  lines: PortLine[];
  /** How many ports of the fabric are not in it, and leave when it is the whole. */
  gone: number;
};

/** What taking the places of ports from this would do, line by line; nothing is written. */
export function portPlan(
  db: Database,
  grant: Grant<"node.enrol">,
  input: { fabricId: Id<"fabric">; isWhole: boolean },
  sheet: PortSheet,
): Promise<Result<PortPlan, RefusalOf<"not_found" | "invalid_input">>> {
  return withGrant(db, grant, async (tx) => {
    const fabric = (await findFabric(tx, input.fabricId))?.fabric;
    if (fabric?.kind !== "infiniband") return refuse({ kind: "not_found", resource: "fabric" });
    const facts = await findPortFacts(tx, fabric, sheet.lines);
    const lines = planPorts(sheet.lines, facts);
    const kept = new Set(lines.flatMap(({ port }) => port?.guid ?? []));
    const gone = [...facts.known.keys()].filter((guid) => !kept.has(guid)).length;
    return ok(portPlanOf(sheet, lines, input.isWhole ? gone : 0));
  });
}

/** Puts what was planned, or done, beside where it comes from. */
export function portPlanOf(
  { source, detail }: PortSheet,
  lines: readonly PlannedPort[],
  gone: number,
): PortPlan {
  return {
    source,
    detail,
    gone,
    lines: lines.map(({ port, ...line }) => ({ ...line, rail: port?.rail ?? null })),
  };
}
