import { expect, test } from "vitest";
import { installDebianPackages } from "#e2e/runner/debian-packages";

/** A machine with all that is wanted but these, whose archive lacks some of them. */
function machine(input: { lacks: string[]; unknown?: string[]; isRoot?: boolean }) {
  const { lacks, unknown = [], isRoot = true } = input;
  const installed: string[] = [];
  const ran: string[] = [];
  const runs = (program: string, args: string[]) => {
    ran.push([program, ...args].join(" "));
    if (args[0] !== "install") return true;
    const names = args.filter((arg) => lacks.includes(arg));
    // As apt does: all of them or, for one that it does not know, none.
    if (names.some((name) => unknown.includes(name))) return false;
    installed.push(...names);
    return true;
  };
  return { installed, ran, has: (name: string) => !lacks.includes(name), isRoot, runs };
}

test("what is missing is installed at once, and nothing is said where nothing is", () => {
  const fresh = machine({ lacks: ["curl", "seabios"] });
  const said = installDebianPackages(fresh);
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(/^Installed seabios \(.+\), curl \(.+\)\.$/);
  expect(fresh.ran.filter((line) => line.includes("install"))).toHaveLength(1);
  expect(installDebianPackages(machine({ lacks: [] }))).toEqual([]);
});

test("a package that a distribution does not have keeps none of the others back, and is named", () => {
  const other = machine({
    lacks: ["chromium-headless-shell", "curl", "mtools"],
    unknown: ["chromium-headless-shell"],
  });
  const said = installDebianPackages(other);
  expect(other.installed).toEqual(["curl", "mtools"]);
  expect(said[0]).toMatch(/^Installed curl .+, mtools .+\.$/);
  expect(said[1]).toMatch(
    /^Could not be installed: chromium-headless-shell \(journeys .+\)\. What needs/,
  );
  expect(said).toHaveLength(2);
});

test("who is not root is told what is missing and how it is installed, and nothing is run", () => {
  const own = machine({ lacks: ["curl"], isRoot: false });
  expect(installDebianPackages(own)).toEqual([
    expect.stringMatching(
      /^Missing, and not installed since that takes root on Debian: curl \(.+\)\.$/,
    ),
    expect.stringMatching(/On Debian: apt-get install curl$/),
  ]);
  expect(own.ran).toEqual([]);
});
