import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { mutants } from "#e2e/runner/mutant-list";

// The mutants themselves are run by `npm run mutants`.

test.for(mutants.map((mutant) => [mutant.name, mutant] as const))(
  "what is taken back stands in its file once, and the test that must notice is there: %s",
  ([, { file, find, put, test: noticing }]) => {
    expect(readFileSync(file, "utf8").split(find)).toHaveLength(2);
    expect(put).not.toBe(find);
    expect(readFileSync(noticing.file, "utf8")).toContain(noticing.name);
  },
);

test("no two mutants have one name", () => {
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
});
