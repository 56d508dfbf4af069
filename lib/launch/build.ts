import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { waitForLock } from "#lib/config/directory-lock";
import { ownEnvironment, systemEnvironment } from "#lib/config/env";

const root = path.join(import.meta.dirname, "../..");
const stamp = path.join(root, ".next/ingot-build");

/**
 * Builds the portal unless what is built came of the very sources that are here. Of several at
 * once one builds, and the others wait for it. Throws with the last lines of the build when it fails.
 */
export async function ensureBuilt(input: {
  onLine: (line: string) => void;
  signal?: AbortSignal;
}): Promise<void> {
  const onWait = (pid: number) =>
    input.onLine(`Waiting for process ${pid}, which is building the portal.`);
  const release = await waitForLock(path.join(root, "data"), "build", onWait, input.signal);
  try {
    const sources = sourcesHash();
    if (sources === builtHash()) return;
    input.onLine("Building the portal. This takes about half a minute.");
    // A build that is broken off must not pass for the one before.
    rmSync(stamp, { force: true });
    await build(input.onLine, input.signal);
    mkdirSync(path.dirname(stamp), { recursive: true });
    writeFileSync(stamp, sources);
  } finally {
    release();
  }
}

async function build(onLine: (line: string) => void, signal?: AbortSignal): Promise<void> {
  const next = path.join(root, "node_modules/next/dist/bin/next");
  const child = spawn(process.execPath, [next, "build"], {
    cwd: root,
    // No setting and no secret: what is built is the same for everybody.
    env: {
      ...systemEnvironment(ownEnvironment()),
      NODE_ENV: "production",
      NEXT_TELEMETRY_DISABLED: "1",
    },
    stdio: ["ignore", "pipe", "pipe"],
    signal,
  });
  const last: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      last.push(line);
      if (last.length > 60) last.shift();
      onLine(line);
    });
  }
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`The portal could not be built:\n${last.join("\n")}`);
}

function builtHash(): string | undefined {
  try {
    return readFileSync(stamp, "utf8");
  } catch {
    return undefined;
  }
}

/** One hash over the names and contents of all that a build reads: the portal, not its servers. */
function sourcesHash(): string {
  const files = globSync(
    [
      "{app,components,public}/**/*",
      "lib/{access,client,commands,config,domain,schemas,server,views}/**/*",
      "db/**/*.ts",
      "{package,package-lock,tsconfig}.json",
      "{next,postcss}.config.*",
      "{proxy,instrumentation,instrumentation-client}.ts",
    ],
    { cwd: root, withFileTypes: true },
  )
    .filter((entry) => entry.isFile() && !/\.test\.ts$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
  const hash = createHash("sha256");
  for (const file of files) {
    hash
      .update(`${path.relative(root, file)}\0`)
      .update(readFileSync(file))
      .update("\0");
  }
  return hash.digest("hex");
}

if (import.meta.main) {
  rmSync(stamp, { force: true });
  try {
    await ensureBuilt({ onLine: console.log });
  } catch {
    // The build has said why, line by line.
    process.exitCode = 1;
  }
}
