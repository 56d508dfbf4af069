import { readFileSync } from "node:fs";

/** How many checks and tests ended how; `repeated` of the passed ones only on their second try. */
export type Counts = { passed: number; failed: number; skipped: number; repeated: number };

/** Adds up counts of several steps. */
export function total(all: readonly Counts[]): Counts {
  return {
    passed: all.reduce((sum, { passed }) => sum + passed, 0),
    failed: all.reduce((sum, { failed }) => sum + failed, 0),
    skipped: all.reduce((sum, { skipped }) => sum + skipped, 0),
    repeated: all.reduce((sum, { repeated }) => sum + repeated, 0),
  };
}

/** The last line of a test run; skipped and repeated tests are only spoken of when there are some. */
export function countsLine({ passed, failed, skipped, repeated }: Counts): string {
  const more = [
    skipped > 0 ? `, ${skipped} skipped` : "",
    repeated > 0 ? `, ${repeated} on a second try` : "",
  ];
  return `${passed} passed, ${failed} failed${more.join("")}`;
}

/** Counts of a step that is one check: it passed or it failed. */
export function oneCheck(exitCode: number): Counts {
  return exitCode === 0
    ? { passed: 1, failed: 0, skipped: 0, repeated: 0 }
    : { passed: 0, failed: 1, skipped: 0, repeated: 0 };
}

/**
 * Counts of the JSON report that Vitest wrote. A run that ended badly has at least one failure, also
 * where the report names none: a file that could not be loaded, an error outside of any test, or no
 * report at all.
 */
export function vitestCounts(reportFile: string, exitCode: number): Counts {
  const report = readReport(reportFile);
  const counts = {
    passed: Number(report?.numPassedTests ?? 0),
    failed: Number(report?.numFailedTests ?? 0),
    skipped: Number(report?.numPendingTests ?? 0) + Number(report?.numTodoTests ?? 0),
    repeated: repeatedIn(report?.testResults),
  };
  return honest(counts, exitCode);
}

/**
 * Counts of the JSON report that Playwright wrote. A test that passed on its second try, which only
 * CI gives it, has passed; Playwright names it as flaky in the list above.
 */
export function playwrightCounts(reportFile: string, exitCode: number): Counts {
  const stats = (readReport(reportFile)?.stats ?? {}) as Record<string, number>;
  const counts = {
    passed: (stats.expected ?? 0) + (stats.flaky ?? 0),
    failed: stats.unexpected ?? 0,
    skipped: stats.skipped ?? 0,
    repeated: stats.flaky ?? 0,
  };
  return honest(counts, exitCode);
}

/**
 * The files of which a test failed, in the words of Vitest's report. None where the run has another fault, which
 * `unhandledFile` counts, or where so many failed that it was not the machine: then there is nothing to try again.
 */
export function filesToRepeat(reportFile: string, unhandledFile: string): string[] {
  if (readNumber(unhandledFile) !== 0) return [];
  const failed = filesOf(reportFile).filter(({ status }) => status === "failed");
  const isOfTests = failed.every(({ tests }) => tests.some(({ status }) => status === "failed"));
  return isOfTests && failed.length <= mostRepeated ? failed.map(({ name }) => name) : [];
}

/** What a file says, or null where there is no number in it, or no file. */
function readNumber(file: string): number | null {
  try {
    return Number.parseInt(readFileSync(file, "utf8"), 10);
  } catch {
    return null;
  }
}

const mostRepeated = 6;

/** Counts of a run after its `files` were run again, with what their second report counts in place of the first. */
export function afterSecondTry(
  reportFile: string,
  files: readonly string[],
  second: Counts,
): Counts {
  const kept = filesOf(reportFile).filter(({ name }) => !files.includes(name));
  const repeated = filesOf(reportFile).filter(({ name }) => files.includes(name));
  const count = (of: ReportedFile[], wanted: string[]) =>
    of.flatMap(({ tests }) => tests).filter(({ status }) => wanted.includes(status)).length;
  return {
    passed: count(kept, ["passed"]) + second.passed,
    failed: second.failed,
    skipped: count(kept, ["skipped", "pending", "todo", "disabled"]) + second.skipped,
    repeated: count(repeated, ["failed"]) + second.repeated,
  };
}

type ReportedFile = { name: string; status: string; tests: { status: string }[] };

function filesOf(reportFile: string): ReportedFile[] {
  const files = readReport(reportFile)?.testResults;
  if (!Array.isArray(files)) return [];
  return files.map((file) => ({
    ...{ name: String(file?.name), status: String(file?.status) },
    tests: file?.assertionResults ?? [],
  }));
}

/** Tests of Vitest's report that passed and yet have an error: that of their first try. */
function repeatedIn(files: unknown): number {
  if (!Array.isArray(files)) return 0;
  type Tried = { status?: string; failureMessages?: unknown[] };
  const tests: Tried[] = files.flatMap((file) => file?.assertionResults ?? []);
  return tests.filter((test) => test.status === "passed" && test.failureMessages?.length).length;
}

function honest(counts: Counts, exitCode: number): Counts {
  const ranNothing = counts.passed + counts.failed + counts.skipped === 0;
  const hiddenFailure = counts.failed === 0 && (exitCode !== 0 || ranNothing);
  return hiddenFailure ? { ...counts, failed: 1 } : counts;
}

function readReport(file: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
