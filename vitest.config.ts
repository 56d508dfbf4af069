import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

// A machine that is installed, boots and is wiped in software emulation takes minutes: it is a step of
// its own, when browsers are done.
const machines = "e2e/lab/full-install.integration.test.ts";

/** A minute or more, nearly all of it waiting: they are begun first, and the others go by beside them. */
const longest = [
  "e2e/crash/worker-crash.integration.test.ts",
  "e2e/lab/controller-faults.integration.test.ts",
  "e2e/demo.integration.test.ts",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLongest = ({ moduleId }: TestSpecification) =>
      longest.some((file) => moduleId.endsWith(file));
    const sorted = await super.sort(files);
    return [...sorted.filter(isLongest), ...sorted.filter((file) => !isLongest(file))];
  }
}

/**
 * The files of a worker share the modules they load: loading them anew for each file cost more than the
 * tests. No test replaces a module, and what one changes in the process it puts back.
 */
const shared = { environment: "node", isolate: false, maxWorkers: 2 } as const;

/** What is waited for comes late on a machine that is busy; a test that passes does not wait. */
const patience = { expect: { poll: { timeout: 120_000, interval: 50 } } };

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: "unit",
          include: ["{app,components,lib,db,e2e}/**/*.test.ts"],
          exclude: ["**/*.integration.test.ts"],
          ...shared,
          ...patience,
          // What a busy machine made fail once gets a second try, and is counted; what fails twice is broken. Those
          // of a database get theirs from their file's beginning (e2e/test.ts).
          retry: process.env.CI ? 1 : 0,
          // Some start processes, on machines that may be busy.
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: "integration",
          include: ["{lib,db,e2e}/**/*.integration.test.ts"],
          exclude: [machines],
          ...shared,
          // They wait for most of their time, for racks, boots and limits: of two cores, three keep one busy.
          maxWorkers: 5,
          globalSetup: ["e2e/fixtures/database.setup.ts"],
          ...patience,
          testTimeout: 900_000,
          hookTimeout: 900_000,
        },
      },
      {
        test: {
          name: "machines",
          include: [machines],
          environment: "node",
          globalSetup: ["e2e/fixtures/database.setup.ts"],
          ...patience,
        },
      },
    ],
  },
});
