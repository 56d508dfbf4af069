import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { mostPerMinute } from "#lib/domain/access/pace";

const files = globSync("app/docs/guides/*.md");
const registered = readFileSync("lib/server/guides.ts", "utf8");
const guides = files.map((file) => `/docs/${path.basename(file, ".md")}`);
const pages = globSync("app/**/page.tsx").map((page) =>
  path
    .dirname(page)
    .replace(/^app/, "")
    .replaceAll(/\/\([^)]+\)/g, ""),
);

test("there are guides, and pages they may lead to", () => {
  expect(files.length).toBeGreaterThan(8);
  expect(pages).toContain("/fleet/templates");
});

test.for(files)("%s has a title and a summary, stands in the list, and leads somewhere", (file) => {
  const text = readFileSync(file, "utf8");
  expect(text).toMatch(/^# \S.*\n\n\S[^\n]+\n\n/);
  expect(registered).toContain(`"${path.basename(file, ".md")}"`);
  for (const [, target] of text.matchAll(/\]\((\/[^)]*)\)/g))
    expect([...pages, ...guides]).toContain(target);
  // Nothing leads to a file that is beside it in the source only.
  expect(text).not.toMatch(/\]\((?!\/|https:\/\/)/);
});

test("how much there may be in a minute is told as it is kept", () => {
  const guide = readFileSync("app/docs/guides/programs-and-tokens.md", "utf8").replace(/\s+/g, " ");
  const { read, change, launch } = mostPerMinute;
  expect(guide).toContain(`at most ${change} changes and ${read} reads a minute`);
  expect(guide).toContain(`a project launches ${launch} environments a minute`);
});
