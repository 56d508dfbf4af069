import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  afterSecondTry,
  countsLine,
  filesToRepeat,
  oneCheck,
  playwrightCounts,
  total,
  vitestCounts,
} from "#e2e/runner/counts";

let directory: string;
let report: string;
let unhandled: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "ingot-report-"));
  report = path.join(directory, "report.json");
  unhandled = path.join(directory, "unhandled");
});
afterEach(() => rmSync(directory, { recursive: true }));
const write = (content: object) => writeFileSync(report, JSON.stringify(content));

test("the last line counts, and speaks of skipped and repeated tests only when there are some", () => {
  expect(countsLine(total([oneCheck(0), oneCheck(2), oneCheck(0)]))).toBe("2 passed, 1 failed");
  expect(countsLine({ passed: 2, failed: 0, skipped: 3, repeated: 1 })).toBe(
    "2 passed, 0 failed, 3 skipped, 1 on a second try",
  );
});

test("Vitest's report is counted, skipped and planned tests among the skipped", () => {
  write({ numPassedTests: 5, numFailedTests: 1, numPendingTests: 2, numTodoTests: 1 });
  expect(vitestCounts(report, 1)).toEqual({ passed: 5, failed: 1, skipped: 3, repeated: 0 });
});

test("a test that passed with an error of its first try was repeated", () => {
  const assertionResults = [
    { status: "passed", failureMessages: [] },
    { status: "passed", failureMessages: ["Error: not yet"] },
    { status: "failed", failureMessages: ["Error: never"] },
  ];
  write({ numPassedTests: 2, numFailedTests: 1, testResults: [{ assertionResults }] });
  expect(vitestCounts(report, 1)).toEqual({ passed: 2, failed: 1, skipped: 0, repeated: 1 });
});

const file = (name: string, ...statuses: string[]) => ({
  name,
  status: statuses.includes("failed") ? "failed" : "passed",
  assertionResults: statuses.map((status) => ({ status })),
});

test("files of which a test failed are run again, and count as they end then", () => {
  write({ testResults: [file("a", "passed", "skipped"), file("b", "failed", "passed", "failed")] });
  writeFileSync(unhandled, "0");
  expect(filesToRepeat(report, unhandled)).toEqual(["b"]);
  const second = { passed: 2, failed: 1, skipped: 0, repeated: 0 };
  expect(afterSecondTry(report, ["b"], second)).toEqual({
    ...{ passed: 3, failed: 1, skipped: 1, repeated: 2 },
  });
});

test("what is no test's failure is not tried again, nor a run of which much failed", () => {
  write({ testResults: [file("a", "failed"), { name: "b", status: "failed" }] });
  writeFileSync(unhandled, "0");
  expect(filesToRepeat(report, unhandled)).toEqual([]);
  write({ testResults: [file("a", "failed")] });
  expect(filesToRepeat(report, unhandled)).toEqual(["a"]);
  writeFileSync(unhandled, "1");
  expect(filesToRepeat(report, unhandled)).toEqual([]);
  expect(filesToRepeat(report, path.join(directory, "none"))).toEqual([]);
  writeFileSync(unhandled, "0");
  write({ testResults: Array.from({ length: 7 }, (_, index) => file(String(index), "failed")) });
  expect(filesToRepeat(report, unhandled)).toEqual([]);
  expect(filesToRepeat(path.join(directory, "none.json"), unhandled)).toEqual([]);
});

test("Playwright's report is counted, and a test that passed on its second try has passed", () => {
  write({ stats: { expected: 4, unexpected: 1, flaky: 1, skipped: 1 } });
  expect(playwrightCounts(report, 1)).toEqual({ passed: 5, failed: 1, skipped: 1, repeated: 1 });
});

test("a run that ended badly, wrote no report or ran nothing is a failure", () => {
  expect(vitestCounts(report, 1).failed).toBe(1);
  expect(vitestCounts(report, 0).failed).toBe(1);
  write({ numPassedTests: 5, numFailedTests: 0 });
  expect(vitestCounts(report, 1)).toEqual({ passed: 5, failed: 1, skipped: 0, repeated: 0 });
  write({ stats: {} });
  expect(playwrightCounts(report, 0).failed).toBe(1);
});
