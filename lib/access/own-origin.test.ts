import { expect, test } from "vitest";
import { comesFromOwnPage } from "#lib/access/own-origin";

const ours = "https://ingot.example.com";

test.for([
  ["our own page", { origin: ours, "sec-fetch-site": "same-origin" }, true],
  ["our own page in a browser that sends no fetch metadata", { origin: ours }, true],
  ["no origin at all", { "sec-fetch-site": "same-origin" }, false],
  ["a foreign origin", { origin: "https://evil.example" }, false],
  ["the null origin of a sandboxed frame", { origin: "null" }, false],
  ["a sibling host", { origin: ours, "sec-fetch-site": "same-site" }, false],
  ["our name over http", { origin: "http://ingot.example.com" }, false],
  ["our name on another port", { origin: `${ours}:8443` }, false],
  [
    "a foreign origin that forges the forwarded host",
    { origin: "https://evil.example", "x-forwarded-host": "evil.example", host: "evil.example" },
    false,
  ],
] as const)("%s", ([, headers, expected]) => {
  expect(comesFromOwnPage(new Headers(headers), ours)).toBe(expected);
});

test("the three names of this machine are one place, on the same port only", () => {
  const from = (origin: string) =>
    comesFromOwnPage(new Headers({ origin }), "http://127.0.0.1:3000");
  expect(from("http://localhost:3000")).toBe(true);
  expect(from("http://[::1]:3000")).toBe(true);
  expect(from("http://localhost:3001")).toBe(false);
  expect(from("http://localhost.evil.example:3000")).toBe(false);
});
