import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";

/** How a test of a file ended, by its title. */
export type EndedTest = { file: string; title: string; passed: boolean };

const vitestReport = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      assertionResults: z.array(z.object({ title: z.string(), status: z.string() })),
    }),
  ),
});

/** The tests that ran, of Vitest's JSON report on a tree; none where there is no report. */
export function endedInVitest(report: string, tree: string): EndedTest[] {
  const read = vitestReport.safeParse(readReport(report));
  if (!read.success) return [];
  return read.data.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === "passed" || status === "failed")
      .map(({ title, status }) => ({
        ...{ file: path.relative(tree, name), title },
        passed: status === "passed",
      })),
  );
}

const playwrightReport = z.object({
  suites: z.array(
    z.object({
      file: z.string(),
      specs: z.array(z.object({ title: z.string(), ok: z.boolean() })),
    }),
  ),
});

/** The tests that ran, of Playwright's JSON report; none where there is no report. */
export function endedInPlaywright(report: string): EndedTest[] {
  const read = playwrightReport.safeParse(readReport(report));
  if (!read.success) return [];
  return read.data.suites.flatMap(({ file, specs }) =>
    specs.map(({ title, ok }) => ({ file: path.join("e2e", file), title, passed: ok })),
  );
}

function readReport(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
