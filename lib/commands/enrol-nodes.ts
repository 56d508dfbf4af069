import type { Database } from "#db/client";
import { findEnrolmentFacts } from "#db/queries/enrolment-facts";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { registerNodes } from "#lib/commands/register-nodes";
import { type PlannedLine, planEnrolment } from "#lib/domain/node/enrolment-plan";
import { ok, type Result } from "#lib/domain/result";
import type { SheetLine, SheetNode } from "#lib/schemas/enrolment-sheet";

/**
 * Enrols every node of a list that can be, in one transaction, and says of each line what became
 * of it. Lines that cannot be enrolled are left out; they keep none of the others back.
 */
export async function enrolNodes(
  db: Database,
  grant: Grant<"node.enrol">,
  lines: readonly SheetLine[],
  sealingKey: string,
): Promise<Result<PlannedLine<SheetNode>[], never>> {
  return withGrant(db, grant, async (tx) => {
    const listed = lines.flatMap(({ node }) => (node ? [node] : []));
    const plan = planEnrolment(lines, await findEnrolmentFacts(tx, listed));
    const wanted = plan.flatMap((line) =>
      line.outcome === "enrol"
        ? [{ ...line.node, rackId: line.rackId, nodeTypeId: line.nodeTypeId }]
        : [],
    );
    const registered = await registerNodes(tx, grant, wanted, sealingKey);
    return ok(
      plan.map((line) =>
        line.outcome === "enrol" && !registered.has(line.node.name)
          ? {
              line: line.line,
              outcome: "refused" as const,
              problems: ["Someone else has just enrolled a node with this name or controller."],
            }
          : line,
      ),
    );
  });
}
