import { writeFileSync } from "node:fs";
import type { Reporter } from "vitest/node";

/**
 * Counts what failed outside of any test: an error that nobody handled, a process of tests that died. Vitest's JSON
 * report says nothing of it. Writes the number to the file that `UNHANDLED_FILE` names.
 */
export default class UnhandledReporter implements Reporter {
  onTestRunEnd(_modules: unknown, errors: readonly unknown[]): void {
    const file = process.env.UNHANDLED_FILE;
    if (file) writeFileSync(file, String(errors.length));
  }
}
