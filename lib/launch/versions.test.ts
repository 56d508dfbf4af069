import { existsSync, readFileSync } from "node:fs";
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
  "fast-check": "4.10.2",
  "@playwright/test": "1.65.1",
  "drizzle-kit": "0.31.11",
  typescript: "7.0.2",
  node: "24.21.0",
  // next-auth 4 asks for jose 4 and openid-client 5 and has never run with the later lines (jose 6,
  // openid-client 6); nothing of ours imports either. The last of each line, jose's with the bound on
  // what a sealed token may inflate to (GHSA-hhhv-q57g-882q, closed in 4.15.5).
  jose: "4.15.9",
  "openid-client": "5.7.1",
} as const;

/** Named where floors are decided, and not here: why. */
const absent = {
  undici: "what we fetch with is Node's own, which comes with Node",
  autocannon: "load is made by programs of ours (e2e/bench)",
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

test.for(Object.entries(absent))("%s is not installed, so it has no floor", ([name]) => {
  expect(existsSync(`node_modules/${name}`)).toBe(false);
});

test("what signs and reads tokens for next-auth is the one that is held to its floor", () => {
  const { packages } = read<{ packages: Record<string, unknown> }>("package-lock.json");
  const others = Object.keys(packages).filter((place) =>
    /\/node_modules\/(jose|openid-client)$/.test(place),
  );
  // The identity provider that tests sign in with.
  expect(others).toEqual(["node_modules/oidc-provider/node_modules/jose"]);
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
