import {
  activePorts,
  type BurnInOutcome,
  type BurnInTest,
  burnInTests,
  burnInWords,
  outcomeWords,
} from "#lib/domain/inspection/burn-in";
import { type HostConflict, hostConflicts } from "#lib/domain/inspection/conflicts";
import type { HostFacts } from "#lib/domain/inspection/host-facts";
import type { InspectionOrder } from "#lib/domain/inspection/order";
import type { Inventory } from "#lib/domain/node/inventory";
import type { NodeTypeSpec } from "#lib/domain/node/node-type";

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

/** What a node type says of the tests that its nodes need. */
export type TestedHardware = Pick<NodeTypeSpec, "gpu" | "nics" | "withoutGpuTests">;

/**
 * The tests that a burn-in of such a node is nothing without. The others need programs or hardware that may not be
 * there; those of GPUs and fabric are needed where the type has them, unless an operator wrote down why not.
 */
export function neededTests({ gpu, nics, withoutGpuTests }: TestedHardware): BurnInTest[] {
  const needed: BurnInTest[] = ["cpu", "memory", "disk"];
  if (withoutGpuTests !== undefined) return needed;
  const gpus = gpu?.count ?? 0;
  if (gpus > 0) needed.push("gpu");
  if (gpus > 1 || (nics?.infiniband ?? 0) > 0) needed.push("fabric");
  return needed;
}

/**
 * Judges an inspection: it holds when the host is the machine that its controller speaks for, and
 * every test that was asked for was done and none failed. What was not run is not passed: of the
 * tests that a burn-in of this type consists of it counts as a failure, of the others it is said.
 */
export function judgeInspection(
  report: InspectionReport,
  order: InspectionOrder,
  inventory: Inventory | null,
  type: TestedHardware,
): InspectionVerdict {
  const conflicts = inventory ? hostConflicts(inventory, report.facts) : [];
  const against = conflicts
    .filter(({ kind }) => kind === "identity")
    .map(({ words }) => `It may be another machine than its controller's. ${words}`);
  const failed = report.tests.filter(({ result }) => result === "fail");
  const missing =
    order.level === "burn_in"
      ? neededTests(type).filter(
          (test) => !report.tests.some((each) => each.test === test && each.result !== "not_run"),
        )
      : [];
  if (failed.length > 0) against.push(`Burn-in: ${failed.map(outcomeWords).join("; ")}`);
  for (const test of missing) {
    const told = report.tests.find((each) => each.test === test);
    against.push(`Burn-in: ${told ? outcomeWords(told) : `${burnInWords[test]} not run`}`);
  }
  against.push(...inactivePorts(report, type));
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

/** Fewer ports in use by the fabric than the type has, where the fabric was tested and has to be. */
function inactivePorts({ tests }: InspectionReport, type: TestedHardware): string[] {
  const wanted = type.withoutGpuTests === undefined ? (type.nics?.infiniband ?? 0) : 0;
  const told = tests.find(({ test, result }) => test === "fabric" && result !== "not_run");
  const active = told?.figures.find(({ name }) => name === activePorts)?.value;
  if (!told || wanted === 0) return [];
  if (active === undefined) {
    return ["Burn-in: the ramdisk does not tell which InfiniBand ports are active; build it anew"];
  }
  if (active >= wanted) return [];
  return [
    `Burn-in: ${active} InfiniBand ports are active, and the node type has at least ${wanted}`,
  ];
}
