import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

// What is safe only as long as nobody writes it otherwise. These tests read the source, since what they
// look for would work just as well.

const sources = globSync("{app,components,lib,db}/**/*.{ts,tsx,mjs}")
  .filter((path) => !/\.(test|test-support)\.tsx?$/.test(path))
  .map((path) => ({ path, text: readFileSync(path, "utf8") }));

const having = (what: RegExp) =>
  sources
    .filter(({ text }) => what.test(text))
    .map(({ path }) => path)
    .sort();

test("there is something to look at", () => {
  expect(sources.length).toBeGreaterThan(1_000);
});

test("a text is made part of a query only where it is our own", () => {
  // Constants, names of columns, and a value that is one of two.
  expect(having(/\bsql\.raw\(/)).toEqual([
    "db/queries/rollups.ts",
    "db/queries/use-windows.ts",
    "db/schema/password-rotations.ts",
    "lib/views/audit-log.ts",
    "lib/views/environment-health.ts",
  ]);
  // Names of roles, databases and channels, and a password that is escaped.
  expect(having(/\.query(?:<[^>]*>)?\(\s*`[^`]*\$\{/)).toEqual([
    "db/embedded.ts",
    "db/listen.ts",
    "db/service-login.ts",
  ]);
});

test("a program is given its arguments one by one, and no line for a shell", () => {
  const starting = sources.filter(({ text }) => text.includes('"node:child_process"'));
  expect(starting.length).toBeGreaterThan(5);
  for (const { path, text } of starting) {
    const [, names] = /^import \{(.+)\} from "node:child_process"/m.exec(text) ?? [];
    expect(names, path).toBeDefined();
    expect(names, path).not.toMatch(/\bexec(?:Sync)?\b/);
    expect(text, path).not.toMatch(/\bshell: /);
  }
});

test("nothing that must not be guessed is drawn by Math.random", () => {
  // The name of a file that is moved at once, and how far apart tries are.
  expect(having(/\bMath\.random\b/)).toEqual([
    "lib/config/directory-lock.mjs",
    "lib/worker/notifications/tried.ts",
  ]);
});
