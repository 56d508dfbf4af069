import type { Database } from "#db/client";
import { findEnrolmentFacts } from "#db/queries/enrolment-facts";
import type { Grant } from "#lib/access/authorize";
import { withGrant } from "#lib/access/with-grant";
import { type PlannedLine, planEnrolment } from "#lib/domain/node/enrolment-plan";
import type { SheetLine } from "#lib/schemas/enrolment-sheet";

/** One line of a list as a person reads it: no sign-in among it. */
export type EnrolmentLine = {
  line: number;
  name: string;
  controllerAddress: string;
  outcome: PlannedLine["outcome"];
  /** Whether an operator will be asked to confirm the controller's certificate. */
  certificate: "given" | "to_confirm" | null;
  problems: string[];
};

/** What enrolling a list would do, line by line; nothing is written and no controller is asked. */
export function enrolmentPlan(
  db: Database,
  grant: Grant<"node.enrol">,
  lines: readonly SheetLine[],
): Promise<EnrolmentLine[]> {
  return withGrant(db, grant, async (tx) => {
    const listed = lines.flatMap(({ node }) => (node ? [node] : []));
    return enrolmentLines(lines, planEnrolment(lines, await findEnrolmentFacts(tx, listed)));
  });
}

/** Puts what was planned, or done, beside what the list says. */
export function enrolmentLines(
  lines: readonly SheetLine[],
  plan: readonly PlannedLine[],
): EnrolmentLine[] {
  return lines.map(({ line, name, controllerAddress, node }, at) => {
    const planned = plan[at];
    const outcome = planned?.outcome ?? "refused";
    return {
      line,
      name,
      controllerAddress,
      outcome,
      certificate: outcome !== "enrol" ? null : node?.expectedFingerprint ? "given" : "to_confirm",
      problems: planned?.outcome === "refused" ? planned.problems : [],
    };
  });
}
