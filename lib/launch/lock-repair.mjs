// `npm run lock:repair`, after every change of package-lock.json.
//
// A package that ships one binary per platform names them all as optional dependencies. npm leaves
// those out of the lock file that the registry in use does not carry, without a word, and `npm ci`
// then refuses the whole file ("Missing: @biomejs/cli-darwin-arm64 from lock file"), here and on
// every other machine. This puts the missing entries back: name, version and platform, without an
// integrity hash, since nothing was downloaded to take one from.

import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

const platforms = {
  aix: "aix",
  android: "android",
  darwin: "darwin",
  freebsd: "freebsd",
  linux: "linux",
  linuxmusl: "linux",
  netbsd: "netbsd",
  openbsd: "openbsd",
  openharmony: "openharmony",
  sunos: "sunos",
  win32: "win32",
  windows: "win32",
};

const processors = new Set(
  "arm arm64 ia32 loong64 mips64el ppc64 riscv64 s390x wasm32 x64".split(" "),
);

/**
 * Puts the missing optional packages into a parsed lock file (version 3), in place.
 * Returns `name@version` of what was added, and of what could not be because its version is a range.
 */
export function repairLock(lock) {
  const { packages } = lock;
  const added = [];
  const unclear = [];
  for (const [at, entry] of Object.entries(packages)) {
    for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
      if (isLocked(packages, at, name)) continue;
      const version = /^[~^]?(\d+\.\d+\.\d+.*)$/.exec(range)?.[1];
      if (!version) {
        unclear.push(`${name}@${range}`);
        continue;
      }
      packages[`node_modules/${name}`] = {
        version,
        ...(entry.dev ? { dev: true } : {}),
        optional: true,
        ...platformOf(name),
      };
      added.push(`${name}@${version}`);
    }
  }
  lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { added, unclear };
}

/** Whether a package required at `at` is found there or in a folder above, as Node looks for it. */
function isLocked(packages, at, name) {
  for (let folder = at; ; folder = parentOf(folder)) {
    if (packages[`${folder ? `${folder}/` : ""}node_modules/${name}`]) return true;
    if (folder === "") return false;
  }
}

function parentOf(folder) {
  const end = folder.lastIndexOf("node_modules/");
  return end <= 0 ? "" : folder.slice(0, end - 1);
}

/** What npm keeps of a platform's package, read from its name: `@next/swc-linux-x64-musl`. */
function platformOf(name) {
  const words = name.split(/[/-]/);
  const os = words.map((word) => platforms[word]).find(Boolean);
  // `arm-gnueabihf`, but never the `arm` inside `arm64`.
  const cpu = words.find((word) => processors.has(word));
  const libc = words.some((word) => word.endsWith("musl"))
    ? "musl"
    : words.at(-1) === "gnu" && "glibc";
  return {
    ...(os ? { os: [os] } : {}),
    ...(cpu ? { cpu: [cpu] } : {}),
    ...(libc ? { libc: [libc] } : {}),
  };
}

if (process.argv[1] === import.meta.filename) {
  const file = path.join(import.meta.dirname, "../../package-lock.json");
  const lock = JSON.parse(readFileSync(file, "utf8"));
  const { added, unclear } = repairLock(lock);
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`package-lock.json: ${added.length} platform packages added.`);
  if (unclear.length > 0) {
    console.log(`Left out, since their version is a range: ${unclear.join(", ")}.`);
    process.exitCode = 1;
  }
}
