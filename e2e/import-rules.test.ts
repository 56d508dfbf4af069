import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { cruise, type ICruiseOptions, type ICruiseResult } from "dependency-cruiser";
import { afterAll, beforeAll, expect, test } from "vitest";

type Rules = { forbidden: { name: string }[]; options: ICruiseOptions };
const { forbidden, options }: Rules = createRequire(import.meta.url)(
  path.resolve(".dependency-cruiser.cjs"),
);
const places = ["app", "components", "lib", "db", "e2e", "proxy.ts"];

async function cruised(where: string): Promise<ICruiseResult> {
  const { output } = await cruise(places, {
    ...options,
    baseDir: where,
    validate: true,
    ruleSet: { forbidden },
  } as ICruiseOptions);
  if (typeof output === "string") throw new Error(output);
  return output;
}

function broken(result: ICruiseResult): string[] {
  return result.summary.violations
    .map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)
    .sort();
}

/** A file that breaks one rule, and what it imports to do so. */
const offences: Record<string, { file: string; imports: string }[]> = {
  "app-imports-what-it-may": [
    { file: "app/page.tsx", imports: "#db/client" },
    { file: "app/other.tsx", imports: "#lib/worker/main" },
  ],
  "proxy-imports-what-it-may": [{ file: "proxy.ts", imports: "#lib/server/session" }],
  "components-imports-what-it-may": [
    { file: "components/node.tsx", imports: "#lib/views/node" },
    { file: "components/quota.tsx", imports: "#app/layout" },
  ],
  "lib-domain-imports-what-it-may": [{ file: "lib/domain/quota.ts", imports: "#db/client" }],
  "lib-schemas-imports-what-it-may": [{ file: "lib/schemas/quota.ts", imports: "#db/client" }],
  "lib-client-imports-what-it-may": [{ file: "lib/client/quota.ts", imports: "#lib/views/node" }],
  "lib-config-imports-what-it-may": [{ file: "lib/config/other.ts", imports: "#db/client" }],
  "lib-access-imports-what-it-may": [{ file: "lib/access/one.ts", imports: "#lib/commands/do" }],
  "lib-commands-imports-what-it-may": [
    { file: "lib/commands/act.ts", imports: "#lib/server/session" },
  ],
  "lib-views-imports-what-it-may": [{ file: "lib/views/screen.ts", imports: "#lib/commands/do" }],
  "lib-api-imports-what-it-may": [{ file: "lib/api/one.ts", imports: "#lib/server/session" }],
  "lib-ports-imports-what-it-may": [{ file: "lib/ports/clock.ts", imports: "#db/client" }],
  "lib-server-imports-what-it-may": [{ file: "lib/server/one.ts", imports: "#lib/worker/main" }],
  "lib-metrics-imports-what-it-may": [{ file: "lib/metrics/one.ts", imports: "#db/client" }],
  "lib-launch-imports-what-it-may": [{ file: "lib/launch/one.ts", imports: "#lib/views/node" }],
  "lib-boot-imports-what-it-may": [{ file: "lib/boot/one.ts", imports: "#lib/server/session" }],
  "lib-agent-imports-what-it-may": [{ file: "lib/agent/one.ts", imports: "#db/client" }],
  "lib-worker-imports-what-it-may": [{ file: "lib/worker/one.ts", imports: "#lib/client/live" }],
  "db-imports-what-it-may": [{ file: "db/one.ts", imports: "#lib/access/policy" }],
  "driver-knows-ports-alone": [
    { file: "lib/drivers/redfish/one.ts", imports: "#lib/drivers/dcgm/scrape" },
    { file: "lib/drivers/dcgm/one.ts", imports: "#db/client" },
  ],
  "domain-is-pure": [
    { file: "lib/domain/clock.ts", imports: "node:fs" },
    { file: "lib/domain/shape.ts", imports: "zod" },
  ],
  "only-the-worker-builds-drivers": [
    { file: "lib/boot/two.ts", imports: "#lib/drivers/dcgm/scrape" },
    { file: "lib/server/three.ts", imports: "#lib/drivers/dcgm/scrape" },
  ],
  "product-never-knows-its-tests": [{ file: "lib/worker/two.ts", imports: "#e2e/simulator/rack" }],
  "simulator-is-another-program": [
    { file: "e2e/simulator/one.ts", imports: "#lib/domain/id" },
    { file: "e2e/simulator/two.ts", imports: "#e2e/fixtures/lab" },
  ],
  "frameworks-at-the-edge": [
    { file: "lib/views/two.ts", imports: "next" },
    { file: "lib/worker/three.ts", imports: "react" },
  ],
  "one-file-knows-next-auth": [{ file: "lib/server/two.ts", imports: "next-auth" }],
  "one-folder-draws-charts": [{ file: "components/chart.tsx", imports: "recharts" }],
  "no-cycles": [{ file: "lib/domain/a.ts", imports: "#lib/domain/b" }],
  "imports-resolve": [{ file: "lib/domain/lost.ts", imports: "#lib/domain/nowhere" }],
  "product-needs-no-dev-packages": [{ file: "lib/client/dev.ts", imports: "vitest" }],
};

/** What the offenders import; harmless in themselves. */
const innocents = [
  "app/layout.ts",
  "components/button.tsx",
  "db/client.ts",
  "e2e/fixtures/lab.ts",
  "e2e/simulator/rack.ts",
  "lib/access/policy.ts",
  "lib/client/live.ts",
  "lib/commands/do.ts",
  "lib/config/env.ts",
  "lib/domain/id.ts",
  "lib/drivers/dcgm/scrape.ts",
  "lib/server/session.ts",
  "lib/views/node.ts",
  "lib/worker/main.ts",
];
const packages = ["next", "react", "next-auth", "recharts", "zod", "vitest"];

let house: string;
beforeAll(() => {
  house = realpathSync(mkdtempSync(path.join(tmpdir(), "ingot-house-")));
  const write = (file: string, text: string) => {
    mkdirSync(path.dirname(path.join(house, file)), { recursive: true });
    writeFileSync(path.join(house, file), text);
  };
  const imports = Object.fromEntries(
    [
      ["app", "ts"],
      ["components", "tsx"],
      ["lib", "ts"],
      ["db", "ts"],
      ["e2e", "ts"],
    ].map(([folder, extension]) => [`#${folder}/*`, `./${folder}/*.${extension}`]),
  );
  const { vitest, ...dependencies } = Object.fromEntries(packages.map((name) => [name, "1.0.0"]));
  const manifest = { type: "module", imports, dependencies, devDependencies: { vitest } };
  write("package.json", JSON.stringify(manifest));
  for (const name of packages) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, main: "index.js" }));
    write(`node_modules/${name}/index.js`, "");
  }
  for (const file of innocents) write(file, "export type One = 1;\n");
  // A type is all that is imported: it counts like a value, save for development packages.
  for (const { file, imports: what } of Object.values(offences).flat()) {
    const statement =
      what === "vitest" ? `import { One } from "${what}";` : `import type { One } from "${what}";`;
    write(file, `${statement}\nexport const one: One = 1;\n`);
  }
  write(
    "lib/domain/b.ts",
    'import type { one } from "#lib/domain/a";\nexport type One = typeof one;\n',
  );
});
afterAll(() => rmSync(house, { recursive: true }));

test("every rule has an offence that breaks it, and objects to each of them", {
  timeout: 300_000,
}, async () => {
  expect(Object.keys(offences).sort()).toEqual(forbidden.map(({ name }) => name).sort());
  const found = broken(await cruised(house));
  for (const [rule, cases] of Object.entries(offences)) {
    for (const { file } of cases) {
      expect(
        found.some((line) => line.startsWith(`${rule}: ${file} -> `)),
        `${rule}: ${file}`,
      ).toBe(true);
    }
  }
});

test("the house keeps every rule, and every file of it was read", {
  timeout: 300_000,
}, async () => {
  const result = await cruised(process.cwd());
  const read = new Set(result.modules.map(({ source }) => source));
  const files = await Array.fromAsync(glob("{app,components,lib,db,e2e}/**/*.{ts,tsx}"));
  expect(files.length).toBeGreaterThan(0);
  expect(files.filter((file) => !read.has(file))).toEqual([]);
  // A parser that understands nothing would find no edge, and no fault.
  expect(result.summary.totalDependenciesCruised ?? 0).toBeGreaterThan(files.length);
  expect(broken(result)).toEqual([]);
});
