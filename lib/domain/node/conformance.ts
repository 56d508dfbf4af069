export const conformanceVerdicts = ["pass", "warn", "fail", "unknown"] as const;
export type ConformanceVerdict = (typeof conformanceVerdicts)[number];

/** One part of the Redfish standard that Ingot needs, and what a controller offers of it. */
export type ConformanceRow = {
  id: string;
  /** The part, in the standard's words. */
  part: string;
  verdict: ConformanceVerdict;
  /** Where the answer was read that decided it, and the piece of it that did. */
  path: string | null;
  answer: string;
  /** What will not work, or only worse; null when the part is there. */
  effect: string | null;
  /** Without this part nothing can be done with the node: its enrolment ends. */
  isVital: boolean;
};

export type ConformanceReport = { rows: ConformanceRow[] };

/** How many rows there are of each verdict. */
export function countVerdicts({ rows }: ConformanceReport): Record<ConformanceVerdict, number> {
  const counts = { pass: 0, warn: 0, fail: 0, unknown: 0 };
  for (const row of rows) counts[row.verdict]++;
  return counts;
}

/** The worst of a report in a sentence. */
export function worstWords(report: ConformanceReport): string {
  const failed = report.rows.filter((row) => row.verdict === "fail");
  const first = failed.find((row) => row.isVital) ?? failed[0];
  if (first) {
    const others = failed.length - 1;
    const more =
      others === 0
        ? ""
        : ` ${others} other ${others === 1 ? "part is" : "parts are"} missing, too.`;
    return `${missingWords(first)}${more}`;
  }
  const warned = report.rows.filter((row) => row.verdict === "warn");
  if (warned.length > 0) {
    return `Everything that is needed is there. ${warned.length} ${warned.length === 1 ? "part is" : "parts are"} missing that would help.`;
  }
  const unknown = report.rows.filter((row) => row.verdict === "unknown");
  if (unknown.length > 0) {
    return `Nothing is missing as far as could be read; ${unknown.length} ${unknown.length === 1 ? "part was" : "parts were"} not read.`;
  }
  return "The controller offers every part of the standard that is asked for.";
}

/** Why an enrolment ends here; null when the controller offers what nothing can do without. */
export function vitalRefusal(report: ConformanceReport): string | null {
  const missing = report.rows.filter((row) => row.isVital && row.verdict === "fail");
  if (missing.length === 0) return null;
  return missing.map(missingWords).join(" ");
}

function missingWords({ part, effect, answer }: ConformanceRow): string {
  return `${part}: missing, so ${effect ?? answer}.`;
}
