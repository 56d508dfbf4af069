import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

// What faces strangers is no older than the version that closed its last known hole. Whoever takes an
// older one, or lets npm choose, is stopped here.

const floors = {
  next: "16.3.3",
  react: "19.2.8",
  "react-dom": "19.2.8",
  "next-auth": "4.24.15",
  "drizzle-orm": "0.45.2",
  pg: "8.23.1",
  zod: "4.6.7",
  "@simplewebauthn/server": "14.0.3",
  node: "24.21.0",
} as const;

type Manifest = { dependencies: Record<string, string>; devDependencies: Record<string, string> };
const read = <T>(path: string): T => JSON.parse(readFileSync(path, "utf8"));
const { dependencies, devDependencies } = read<Manifest>("package.json");

const parts = (version: string) => version.split(".").map((part) => Number.parseInt(part, 10));

/** Whether a version is the other or a later one; what comes after a hyphen is before it. */
function isAtLeast(version: string, floor: string): boolean {
  const [ours, least] = [parts(version), parts(floor)];
  for (const [at, part] of least.entries()) {
    if (ours[at] !== part) return (ours[at] ?? 0) > part;
  }
  return !version.includes("-");
}

test.for(Object.entries(floors))("%s is %s or later, as it is installed", ([name, floor]) => {
  const { version } = read<{ version: string }>(`node_modules/${name}/package.json`);
  expect(isAtLeast(version, floor), `${name} ${version}`).toBe(true);
});

test("every dependency is one exact version", () => {
  const ranges = Object.entries({ ...dependencies, ...devDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
  );
  expect(ranges).toEqual([]);
});

test.for([
  ["16.4.6", "16.3.3", true],
  ["16.3.3", "16.3.3", true],
  ["16.3.2", "16.3.3", false],
  ["16.3.3-canary.4", "16.3.3", false],
  ["9.0.0", "16.3.3", false],
] as const)("%s against %s", ([version, floor, expected]) => {
  expect(isAtLeast(version, floor)).toBe(expected);
});
