import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type EndedTest, endedInPlaywright, endedInVitest } from "#e2e/runner/ended-tests";
import { type Mutant, type MutantTest, mutants } from "#e2e/runner/mutant-list";
import { makeSpareTree } from "#e2e/runner/spare-tree";
import { runCommand, stopSteps } from "#e2e/runner/step";
import { waitForLock } from "#lib/config/directory-lock";

// npm run mutants [-- --browser] [words of a name]: takes one promise back at a time, in a tree of its
// own, and sees that its test turns red. A test that stays green proves nothing.

const words = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const inBrowser = process.argv.includes("--browser");
const chosen = mutants.filter(
  ({ name, test }) =>
    (test.kind === "browser") === inBrowser && words.every((word) => name.includes(word)),
);

const root = path.join(import.meta.dirname, "..");
const reports = mkdtempSync(path.join(tmpdir(), "ingot-mutants-"));
const directory = path.join(root, "data/mutants");
const release = await waitForLock(path.join(root, "data"), "mutants", (pid) =>
  console.log(`Waiting for process ${pid}, which runs the mutants.`),
);
const tree = makeSpareTree(directory);
// Also after a fault; a tree that was left by a kill goes when the next is made.
process.on("exit", () => {
  tree.remove();
  rmSync(reports, { recursive: true, force: true });
  release();
});
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    stopSteps();
    process.exit(1);
  });
}

/** Runs tests in the tree, as it is now; gives how each ended, and what was written meanwhile. */
async function run(tests: readonly MutantTest[]): Promise<{ ended: EndedTest[]; output: string }> {
  const output: string[] = [];
  const ended: EndedTest[] = [];
  for (const kind of ["unit", "integration", "browser"] as const) {
    const ofKind = tests.filter((test) => test.kind === kind);
    if (ofKind.length === 0) continue;
    const files = [...new Set(ofKind.map(({ file }) => file))];
    const names = [...new Set(ofKind.map(({ name }) => `${escaped(name)}$`))].join("|");
    const report = path.join(reports, `${kind}.json`);
    rmSync(report, { force: true });
    const bin = (name: string) => path.join(directory, "node_modules/.bin", name);
    if (kind === "browser") {
      const built = await runCommand(process.execPath, ["lib/launch/build.ts"], output, {
        directory,
      });
      if (built !== 0) continue;
      await runCommand(
        bin("playwright"),
        ["test", "--reporter=json", "-g", names, ...files],
        output,
        { directory, environment: { PLAYWRIGHT_JSON_OUTPUT_NAME: report } },
      );
      ended.push(...endedInPlaywright(report));
    } else {
      const how = ["--reporter=json", `--outputFile.json=${report}`, "-t", names];
      await runCommand(bin("vitest"), ["run", "--project", kind, ...how, ...files], output, {
        directory,
      });
      ended.push(...endedInVitest(report, directory));
    }
  }
  return { ended, output: output.join("") };
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

function howEnded(test: MutantTest, ended: readonly EndedTest[]): "red" | "green" | "not run" {
  const own = ended.filter(({ file, title }) => file === test.file && title === test.name);
  if (own.length === 0) return "not run";
  return own.some(({ passed }) => !passed) ? "red" : "green";
}

async function runMutant({ file, find, put, test }: Mutant) {
  const place = path.join(directory, file);
  const text = readFileSync(place, "utf8");
  const parts = text.split(find);
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times: ${find}`);
  writeFileSync(place, parts.join(put));
  try {
    const { ended, output } = await run([test]);
    return { how: howEnded(test, ended), output };
  } finally {
    writeFileSync(place, text);
  }
}

const began = performance.now();
console.log(`   ${chosen.length} mutants; first their tests, with nothing changed …`);
const before = await run(chosen.map(({ test }) => test));
const notGreen = chosen.filter(({ test }) => howEnded(test, before.ended) !== "green");
if (notGreen.length > 0) {
  console.log(before.output.trimEnd());
  for (const { test } of notGreen) {
    console.log(`✗  ${howEnded(test, before.ended)} with nothing changed: ${test.name}`);
  }
  process.exit(1);
}

const said = { red: "red as it should", green: "STILL GREEN", "not run": "DID NOT RUN" };
const survivors: string[] = [];
for (const mutant of chosen) {
  const { how, output } = await runMutant(mutant);
  if (how !== "red") survivors.push(mutant.name);
  if (how === "not run") console.log(output.trimEnd());
  const mark = how === "red" ? "✓" : "✗";
  console.log(`${mark}  ${mutant.name.padEnd(56)} ${said[how].padEnd(16)}  ${mutant.test.name}`);
}
console.log(`\n${Math.round((performance.now() - began) / 1000)} s`);
console.log(`${chosen.length - survivors.length} of ${chosen.length} mutants turned a test red`);
process.exit(survivors.length === 0 ? 0 : 1);
