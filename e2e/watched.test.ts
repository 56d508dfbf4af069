import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

// A page that breaks its content security policy, or throws, fails the browser test it is open in: the
// fixture listens (e2e/fixtures/portal.ts). A browser that a test opened past it would be heard by nobody.

const specs = globSync("e2e/**/*.spec.ts").map((name) => ({
  name,
  text: readFileSync(name, "utf8"),
}));

test("every browser test has its pages from the fixture that listens to them", () => {
  expect(specs.length).toBeGreaterThan(20);
  for (const { name, text } of specs) {
    expect(text, name).toMatch(/import \{[^}]*\btest\b[^}]*\} from "#e2e\/fixtures\/portal"/);
    expect(text, name).not.toMatch(/import \{(?!\s*type\b)[^}]*\} from "@playwright\/test"/);
    expect(text, name).not.toMatch(/\bnewContext\b|\bbrowser\.\w|\bbrowser\(\)/);
  }
});
