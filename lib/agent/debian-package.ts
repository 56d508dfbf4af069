import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A package could not be had. The message is a sentence for whoever builds. */
export class PackageError extends Error {
  override readonly name = "PackageError";
}

/**
 * The files of a package of Debian, unpacked under the cache directory and not installed: no root
 * is needed and the machine stays as it is. A package that is there is used as it is; to get a
 * newer one, delete its directory.
 * @returns The directory that holds the package's `bin`, `boot`, `lib` …
 * @throws PackageError when apt or dpkg-deb is missing or the package cannot be downloaded.
 */
export async function debianPackage(name: string, cache: string): Promise<string> {
  // Programs are run in other directories than ours.
  const cacheDirectory = path.resolve(cache);
  const unpacked = path.join(cacheDirectory, name);
  if (existsSync(unpacked)) return unpacked;
  await mkdir(cacheDirectory, { recursive: true });
  const work = await mkdtemp(path.join(cacheDirectory, "fetch-"));
  try {
    await apt(cacheDirectory, "apt-get", ["download", name], work);
    const file = (await readdir(work)).find((entry) => entry.endsWith(".deb"));
    if (!file) throw new PackageError(`apt-get downloaded nothing for ${name}.`);
    const tree = path.join(work, "tree");
    await command("dpkg-deb", ["-x", file, tree], work);
    // Another build may have been quicker; its files are the same.
    await rename(tree, unpacked).catch((error) => {
      if (!existsSync(unpacked)) throw error;
    });
    return unpacked;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/**
 * The package that a name without files of its own stands for: `linux-image-cloud-amd64` depends on
 * the kernel of the day.
 * @param pattern What its name begins with.
 * @throws PackageError when there is none.
 */
export async function dependencyOf(
  name: string,
  pattern: RegExp,
  cacheDirectory: string,
): Promise<string> {
  const match = (await dependenciesOf(name, cacheDirectory)).find((part) => pattern.test(part));
  if (!match) throw new PackageError(`${name} depends on nothing that is like ${pattern}.`);
  return match;
}

/** The names of the packages that one depends on, alternatives included. */
export async function dependenciesOf(name: string, cacheDirectory: string): Promise<string[]> {
  await mkdir(cacheDirectory, { recursive: true });
  // Kept with the files of a package that is there: apt takes a second to say it.
  const unpacked = path.join(cacheDirectory, name);
  const kept = path.join(unpacked, ".depends");
  if (existsSync(kept)) return namesIn(await readFile(kept, "utf8"));
  const depends = await askDepends(name, cacheDirectory);
  if (existsSync(unpacked)) {
    // Whole or not at all: another build may be reading.
    const fresh = `${kept}-${randomUUID()}`;
    await writeFile(fresh, depends);
    await rename(fresh, kept);
  }
  return namesIn(depends);
}

/** `libc6 (>= 2.34), debconf:any | cdebconf` -> their three names. */
function namesIn(depends: string): string[] {
  return depends
    .split(/[,|]/)
    .map((part) => part.trim().split(/[ :]/)[0] ?? "")
    .filter(Boolean);
}

async function askDepends(name: string, cacheDirectory: string): Promise<string> {
  const text = await apt(cacheDirectory, "apt-cache", ["show", "--no-all-versions", name]);
  return /^Depends: (.*)$/m.exec(text)?.[1] ?? "";
}

/** Tries with the machine's own package lists, and with lists of its own when those do not do. */
async function apt(
  cacheDirectory: string,
  program: "apt-get" | "apt-cache",
  args: readonly string[],
  directory = cacheDirectory,
): Promise<string> {
  try {
    return await command(program, args, directory);
  } catch (error) {
    if (!(error instanceof PackageError) || error.cause === undefined) throw error;
  }
  const state = path.join(path.resolve(cacheDirectory), "apt");
  for (const part of ["lists/partial", "cache/archives/partial"]) {
    await mkdir(path.join(state, part), { recursive: true });
  }
  const own = ["-o", `Dir::State::lists=${state}/lists`, "-o", `Dir::Cache=${state}/cache`];
  await command("apt-get", [...own, "update"], cacheDirectory);
  return await command(program, [...own, ...args], directory);
}

async function command(
  program: string,
  args: readonly string[],
  directory: string,
): Promise<string> {
  try {
    const { stdout } = await run(program, args, { cwd: directory, maxBuffer: 1 << 26 });
    return stdout;
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    if (code === "ENOENT") {
      throw new PackageError(
        `${program} is not installed: the ramdisk is made from packages of Debian.`,
      );
    }
    throw new PackageError(`${program} ${args.join(" ")} failed: ${stderr?.trim()}`, {
      cause: error,
    });
  }
}
