import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import type { CpioEntry } from "#lib/agent/cpio";
import { debianPackage, dependenciesOf, PackageError } from "#lib/agent/debian-package";

const loaderName = "ld-linux-x86-64.so.2";
const libraryDirectories = ["lib", "usr/lib"].map((name) => `${name}/x86_64-linux-gnu`);

/**
 * A program of a Debian package with the shared libraries it needs, as files of a ramdisk: the
 * program in `bin`, the libraries in `lib`, where the loader looks.
 * @throws PackageError when a package or a library cannot be had.
 */
export async function programWithLibraries(
  packageName: string,
  program: string,
  cacheDirectory: string,
): Promise<CpioEntry[]> {
  const file = path.join(await debianPackage(packageName, cacheDirectory), program);
  const trees = [await debianPackage("libc6", cacheDirectory)];
  const loader = await librariesIn(trees).then((found) => found.get(loaderName));
  if (!loader) throw new PackageError(`libc6 has no ${loaderName}.`);

  // Packages say what they depend on, and the loader what the program needs. Of the first only as
  // much is fetched as the second asks for.
  const seen = new Set(["libc6", packageName]);
  let names = [packageName];
  for (;;) {
    const needed = await neededBy(file, loader, trees);
    const found = await librariesIn(trees);
    const missing = needed.filter((name) => !found.has(name));
    if (missing.length === 0) {
      const entry = async (name: string, source: string): Promise<CpioEntry> => ({
        kind: "file",
        path: name,
        content: await readFile(source),
        executable: true,
      });
      return Promise.all([
        entry(`bin/${path.basename(program)}`, file),
        entry(`lib64/${loaderName}`, loader),
        ...needed.map((name) => entry(`lib/${name}`, found.get(name) ?? "")),
      ]);
    }
    const next: string[] = [];
    for (const name of names) next.push(...(await dependenciesOf(name, cacheDirectory)));
    names = [...new Set(next)].filter((name) => !seen.has(name) && name.includes("lib"));
    if (names.length === 0) {
      throw new PackageError(`${program} needs ${missing.join(", ")}, which no package brings.`);
    }
    for (const name of names) {
      seen.add(name);
      trees.push(await debianPackage(name, cacheDirectory));
    }
  }
}

/** The names of the libraries that a program needs, and those that these need in turn. */
async function neededBy(file: string, loader: string, trees: string[]): Promise<string[]> {
  const directories = trees.flatMap((tree) =>
    libraryDirectories.map((name) => path.join(tree, name)),
  );
  // As ldd does it: a library that is missing is listed with the others.
  const { stdout } = await promisify(execFile)(
    loader,
    ["--library-path", directories.join(":"), file],
    { env: { ...process.env, LD_TRACE_LOADED_OBJECTS: "1" } },
  );
  return [...stdout.matchAll(/^\s*([^/\s]+) => /gm)].map((match) => match[1] ?? "");
}

/** Every shared library of the trees, by its name. */
async function librariesIn(trees: string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const tree of trees) {
    for (const name of libraryDirectories) {
      const directory = path.join(tree, name);
      if (!existsSync(directory)) continue;
      for (const library of await readdir(directory)) {
        found.set(library, path.join(directory, library));
      }
    }
  }
  return found;
}
