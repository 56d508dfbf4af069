import { expect, test } from "vitest";
import { createLog } from "#lib/config/log";
import { banner, readableLine } from "#lib/launch/terminal";

function logged(write: (log: ReturnType<typeof createLog>) => void): string {
  let written = "";
  write(
    createLog("worker", "info", (line) => {
      written = line;
    }),
  );
  return written;
}

test("an event is shown with its time, its source, its message and its fields", () => {
  const line = logged((log) => log.warn({ node: "gpu-a1", waitedMs: 20 }, "node is slow"));
  expect(readableLine("worker", line)).toMatch(
    /^\d\d:\d\d:\d\d worker {3}warning node is slow {2}node=gpu-a1 {2}waitedMs=20$/,
  );
});

test("what is not an event of ours is shown as it is", () => {
  for (const line of ["    at main (file.ts:1:1)", '{"half":', '{"other":"json"}']) {
    expect(readableLine("web", line)).toBe(`         web      ${line}`);
  }
});

test("a value from outside makes no line and no colour of its own", () => {
  const name = "a\n12:00:00 worker   forged\u001b[31m\u202e";
  const line = logged((log) => log.warn({ name }, "node is slow"));
  const shown = "name=a\\u000a12:00:00 worker   forged\\u001b[31m\\u202e";
  expect(readableLine("worker", line)).toContain(shown);
  expect(readableLine("web", `GET /\u001b[2J`)).toContain("GET /\\u001b[2J");
});

test("of a build only the course is shown", () => {
  const lines = ["Building the portal.", "✓ Compiled in 9 s", "├ ƒ /fleet", ""];
  expect(lines.map((line) => readableLine("build", line)?.trim() ?? null)).toEqual([
    "build    Building the portal.",
    "build    ✓ Compiled in 9 s",
    null,
    null,
  ]);
});

test("Next greets from each of its processes, and nobody reads that", () => {
  const lines = [
    "▲ Next.js 16.4.6",
    "- Local:         http://x",
    "✓ Ready in 192ms",
    "⨯ Error: no",
  ];
  expect(lines.map((line) => readableLine("web", line)?.trim() ?? null)).toEqual([
    ...[null, null, null],
    "web      ⨯ Error: no",
  ]);
});

test("the banner says where everything is, and the first link only while there is one", () => {
  const running = {
    origin: "http://127.0.0.1:3000",
    bootOrigin: "http://127.0.0.1:3001",
    services: ["web", "worker"],
    database: "embedded, port 5432",
  };
  const shown = banner({ ...running, setupLink: "http://127.0.0.1:3000/setup?token=x" });
  expect(shown).toContain("make the first operator: http://127.0.0.1:3000/setup?token=x");
  expect(shown).not.toContain("boot server");
  expect(banner({ ...running, setupLink: null })).not.toContain("operator");
});
