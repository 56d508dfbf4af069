import {
  type BurnInOutcome,
  burnInTests,
  burnInWords,
  neededTests,
  outcomeWords,
} from "#lib/domain/inspection/burn-in";
import { type HostConflict, hostConflicts } from "#lib/domain/inspection/conflicts";
import type { HostFacts } from "#lib/domain/inspection/host-facts";
import type { InspectionOrder } from "#lib/domain/inspection/order";
import type { Inventory } from "#lib/domain/node/inventory";

/** What an inspection says of its work: one report for each boot. */
export type InspectionReport = {
  /** Name and version of the program that inspected. */
  tool: string;
  /** Seconds since the host was started, at the moment of reporting. */
  uptimeSeconds: number;
  facts: HostFacts;
  tests: BurnInOutcome[];
};

export type InspectionVerdict = {
  accepted: boolean;
  /** One or two sentences for the operator. */
  words: string;
  conflicts: HostConflict[];
};

/**
 * Judges an inspection: it holds when the host is the machine that its controller speaks for, and
 * every test that was asked for was done and none failed. What was not run is not passed: of the
 * tests that a burn-in consists of it counts as a failure, of the others it is said.
 */
export function judgeInspection(
  report: InspectionReport,
  order: InspectionOrder,
  inventory: Inventory | null,
): InspectionVerdict {
  const conflicts = inventory ? hostConflicts(inventory, report.facts) : [];
  const against = conflicts
    .filter(({ kind }) => kind === "identity")
    .map(({ words }) => `It may be another machine than its controller's. ${words}`);
  const failed = report.tests.filter(({ result }) => result === "fail");
  const missing =
    order.level === "burn_in"
      ? neededTests.filter(
          (test) => !report.tests.some((each) => each.test === test && each.result !== "not_run"),
        )
      : [];
  if (failed.length > 0) against.push(`Burn-in: ${failed.map(outcomeWords).join("; ")}`);
  for (const test of missing) {
    const told = report.tests.find((each) => each.test === test);
    against.push(`Burn-in: ${told ? outcomeWords(told) : `${burnInWords[test]} not run`}`);
  }
  if (against.length > 0) return { accepted: false, words: `${against.join(". ")}.`, conflicts };

  const others = conflicts.length;
  const seen =
    others === 0
      ? "The host agrees with its controller"
      : `The host and its controller differ: ${conflicts.map(({ words }) => words).join("; ")}`;
  const tests = burnInTests.flatMap((test) => report.tests.filter((each) => each.test === test));
  const burnIn = tests.length === 0 ? "" : `. Burn-in: ${tests.map(outcomeWords).join("; ")}`;
  return { accepted: true, words: `${seen}${burnIn}`, conflicts };
}
