import { expect, test } from "vitest";
import { ownPath } from "#lib/domain/access/next-path";

test("a path of our own is kept with its query", () => {
  expect(ownPath("/acme/projects/vision?tab=keys#top")).toBe("/acme/projects/vision?tab=keys#top");
});

test.for([
  "https://evil.example/",
  "//evil.example",
  "/\\evil.example",
  "/\t/evil.example",
  "\\\\evil.example",
  "javascript:alert(1)",
  "evil",
  "",
  undefined,
  ["/a", "/b"],
])("%j leads to the start page", (asked) => {
  expect(ownPath(asked)).toBe("/");
});
