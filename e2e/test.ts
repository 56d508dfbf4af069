import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fetchBrowser } from "#e2e/runner/browser";
import {
  afterSecondTry,
  type Counts,
  countsLine,
  filesToRepeat,
  playwrightCounts,
  total,
  vitestCounts,
} from "#e2e/runner/counts";
import { installDebianPackages } from "#e2e/runner/debian-packages";
import { runStep, type Step, stopSteps } from "#e2e/runner/step";

// npm test: every check and every test there is, cheapest first. The last line counts them.

const reports = mkdtempSync(path.join(tmpdir(), "ingot-reports-"));
const bin = (name: string) => path.join("node_modules/.bin", name);

const lint: Step = { title: "format and lint", commands: [[bin("biome"), "check", "."]] };

const types: Step = {
  title: "types",
  commands: [
    [bin("next"), "typegen"],
    [bin("tsc"), "--noEmit"],
  ],
};

const unused: Step = { title: "nothing unused", commands: [[bin("knip"), "--no-config-hints"]] };

const migrations: Step = {
  title: "migrations agree with one another and with the schema",
  commands: [
    [bin("drizzle-kit"), "check"],
    [process.execPath, "e2e/runner/migrations-check.ts"],
  ],
};

const build: Step = {
  title: "build",
  commands: [[process.execPath, "lib/launch/build.ts"]],
};

const unit = vitestStep("unit tests and import rules", "unit");

const images: Step = {
  title: "the ramdisk that machines boot, and the disk image they are installed with",
  commands: [[process.execPath, "e2e/runner/images.ts"]],
};
// Behind the others by its priority, which it hands on to the machine that it starts.
const machines = vitestStep("the whole life of a machine that really boots", "machines", {
  before: ["nice", "-n", "5"],
});

const journeyReport = path.join(reports, "journeys.json");
const journeys: Step = {
  title: "journeys through a browser",
  commands: [[bin("playwright"), "test", "--reporter=list,json"]],
  environment: { PLAYWRIGHT_JSON_OUTPUT_NAME: journeyReport },
  counts: (exitCode) => playwrightCounts(journeyReport, exitCode),
};

function vitestStep(
  title: string,
  project: string,
  { files = [], before = [] }: { files?: string[]; before?: string[] } = {},
): Step {
  const report = vitestReport(project, files);
  const reporters = ["default", "json", "./e2e/runner/unhandled-reporter.ts"];
  return {
    title,
    commands: [
      [
        ...[...before, bin("vitest"), "run", "--project", project, ...files],
        ...[...reporters.map((name) => `--reporter=${name}`), `--outputFile.json=${report}`],
      ],
    ],
    environment: { UNHANDLED_FILE: unhandledFile(project) },
    counts: (exitCode) => vitestCounts(report, exitCode),
  };
}

function unhandledFile(project: string): string {
  return path.join(reports, `${project}.unhandled`);
}

function vitestReport(project: string, files: string[] = []): string {
  return path.join(reports, `${project}${files.length > 0 ? "-again" : ""}.json`);
}

/**
 * The tests with a Postgres. What a busy machine made fail gets a second try on CI: its whole file, from its
 * beginning, when the others are done. A rack or a database on which a test half ran is not the one it was written
 * for.
 */
async function withPostgres(): Promise<Counts> {
  const [title, project] = ["tests with a real Postgres", "integration"];
  const first = await runStep(vitestStep(title, project));
  const files =
    process.env.CI && first.failed > 0
      ? filesToRepeat(vitestReport(project), unhandledFile(project))
      : [];
  if (files.length === 0) return first;
  const second = await runStep(vitestStep(`${title}, what failed once more`, project, { files }));
  return afterSecondTry(vitestReport(project), files, second);
}

/** What is said where the captures of real controllers and exporters do not lie beside the clone. */
function missingCaptures(): string[] {
  const captures = path.resolve("../shared/fixtures");
  return existsSync(captures)
    ? []
    : [`There is no ${captures}: tests that replay what real hardware said fail.`];
}

async function inOrder(...steps: Step[]): Promise<Counts> {
  const counts: Counts[] = [];
  for (const step of steps) counts.push(await runStep(step));
  return total(counts);
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    stopSteps();
    process.exit(1);
  });
}

const began = performance.now();
for (const line of [...installDebianPackages(), ...fetchBrowser(), ...missingCaptures()]) {
  console.log(line);
}
// Types and build both write .next/types.
const before = await inOrder(lint, types);
// Browsers, and then tests with a database: side by side they keep two cores hardly busier, and wait so
// long for one another that limits of boots and leases run out. The images wait for packages; a machine that
// boots takes what the others leave, which is more than it needs until they are done.
const built = inOrder(images);
const lived = built.then(() => inOrder(machines));
const checked = await Promise.all([inOrder(build), inOrder(unused, migrations, unit)]);
const travelled = await inOrder(journeys);
const kept = await Promise.all([withPostgres(), built, lived]);
const counts = total([before, ...checked, travelled, ...kept]);
rmSync(reports, { recursive: true });

console.log(`\n${Math.round((performance.now() - began) / 1000)} s`);
console.log(countsLine(counts));
process.exit(counts.failed === 0 ? 0 : 1);
