import { expect, test } from "vitest";
import { isSignOfUse } from "#lib/domain/access/presence";

test.for([
  ["a page that is opened", "/fleet", { "sec-fetch-dest": "document" }, true],
  ["a page of a browser that does not say", "/fleet", {}, true],
  ["an act", "/fleet", { "sec-fetch-dest": "empty", "next-action": "40ab" }, true],
  ["a page that asks for itself anew", "/fleet?q=a", { "sec-fetch-dest": "empty" }, false],
  ["what a page asks for every few seconds", "/api/bell", { "sec-fetch-dest": "empty" }, false],
  ["the same once it was used", "/api/bell?present=1", { "sec-fetch-dest": "empty" }, true],
  ["a file that is kept", "/api/audit?format=csv", { "sec-fetch-dest": "document" }, false],
] as const)("%s", ([, path, headers, expected]) => {
  const all = new Headers(headers);
  expect(isSignOfUse(path, (name) => all.get(name))).toBe(expected);
});
