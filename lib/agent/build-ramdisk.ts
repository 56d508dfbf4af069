import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { type CpioEntry, cpioArchive } from "#lib/agent/cpio";
import { debianPackage, dependencyOf, PackageError } from "#lib/agent/debian-package";
import { programWithLibraries } from "#lib/agent/debian-program";
import { chooseModules } from "#lib/agent/kernel-modules";

/** Ingot's own system in memory, ready to be registered as an image for tenants or for wiping. */
export type Ramdisk = {
  kernelVersion: string;
  kernel: RamdiskFile;
  initrd: RamdiskFile;
  /** Arguments that its kernel wants: the console on the first serial port, as servers have it. */
  kernelArgs: string;
};

export type RamdiskFile = { name: string; path: string; sha256: string; sizeBytes: number };

/** The smaller kernel, without drivers of real servers' disk and network controllers. */
export const cloudKernel = "linux-image-cloud-amd64";
/** The kernel for real servers. */
export const serverKernel = "linux-image-amd64";

/**
 * Makes the ramdisk from packages of Debian: a kernel, busybox, tools for drives, and our scripts. Nothing is
 * installed and no root is needed. The same packages make the same bytes.
 * @param input.outputDirectory Where kernel and initrd are put, as `ingot-ramdisk-{vmlinuz,initrd.gz}`.
 * @param input.cacheDirectory Where packages are unpacked and kept for the next time.
 * @throws PackageError with a sentence, when a package cannot be had.
 */
export async function buildRamdisk(input: {
  outputDirectory: string;
  cacheDirectory: string;
  kernelPackage?: typeof cloudKernel | typeof serverKernel;
}): Promise<Ramdisk> {
  const { outputDirectory, cacheDirectory, kernelPackage = cloudKernel } = input;
  const busybox = path.join(await debianPackage("busybox-static", cacheDirectory), "bin/busybox");
  const kernel = await unpackKernel(kernelPackage, cacheDirectory);
  const programs: CpioEntry[] = [];
  for (const [packageName, program] of carriedPrograms) {
    programs.push(...(await programWithLibraries(packageName, program, cacheDirectory)));
  }
  const modules = chooseModules(await depmod(busybox, kernel));

  const modulesPath = `lib/modules/${kernel.version}`;
  const entries: CpioEntry[] = [
    { kind: "file", path: "init", content: await ownFile("init"), executable: true },
    { kind: "file", path: "bin/busybox", content: await readFile(busybox), executable: true },
    { kind: "file", path: "etc/udhcpc.sh", content: await ownFile("udhcpc.sh"), executable: true },
    { kind: "file", path: `${modulesPath}/modules.dep`, content: Buffer.from(modules.dep) },
    { kind: "file", path: `${modulesPath}/modules.alias`, content: Buffer.from(modules.alias) },
    { kind: "file", path: "lib/ingot/drives.sh", content: await ownFile("drives.sh") },
    { kind: "file", path: "lib/ingot/inspect.sh", content: await ownFile("inspect.sh") },
    { kind: "file", path: "lib/ingot/burn-in.sh", content: await ownFile("burn-in.sh") },
    // Programs share libraries, and each is there once.
    ...new Map(programs.map((entry) => [entry.path, entry])).values(),
    // The kernel opens it for init before anything is mounted.
    { kind: "character-device", path: "dev/console", major: 5, minor: 1 },
    ...["proc", "sys", "run"].map((name) => ({ kind: "directory" as const, path: name })),
  ];
  for (const file of modules.files) {
    const content = await readFile(path.join(kernel.modules, file));
    entries.push({ kind: "file", path: `${modulesPath}/${file}`, content });
  }

  await mkdir(outputDirectory, { recursive: true });
  const archive = cpioArchive(withDirectories(entries));
  return {
    kernelVersion: kernel.version,
    kernel: await put(outputDirectory, "ingot-ramdisk-vmlinuz", await readFile(kernel.image)),
    initrd: await put(
      outputDirectory,
      "ingot-ramdisk-initrd.gz",
      await promisify(gzip)(archive, { level: 9 }),
    ),
    kernelArgs: "console=ttyS0,115200n8 quiet panic=10",
  };
}

/** Programs beside busybox, each with its package: to wipe drives, and to ask about hardware. */
const carriedPrograms = [
  ["nvme-cli", "usr/sbin/nvme"],
  ["hdparm", "sbin/hdparm"],
  ["sg3-utils", "usr/bin/sg_sanitize"],
  ["smartmontools", "usr/sbin/smartctl"],
  ["dmidecode", "usr/sbin/dmidecode"],
] as const;

export type Kernel = {
  version: string;
  /** What `lib/modules` lies in. */
  base: string;
  modules: string;
  image: string;
};

/** A kernel's package, unpacked. */
export async function unpackKernel(kernelPackage: string, cacheDirectory: string): Promise<Kernel> {
  const name = await dependencyOf(kernelPackage, /^linux-image-\d/, cacheDirectory);
  const tree = await debianPackage(name, cacheDirectory);
  const version = name.replace("linux-image-", "");
  // Debian 13 keeps modules below /usr.
  const base = existsSync(path.join(tree, "lib/modules")) ? tree : path.join(tree, "usr");
  const modules = path.join(base, "lib/modules", version);
  if (!existsSync(modules)) {
    const found = await readdir(tree);
    throw new PackageError(`${name} has no modules of ${version}; it holds ${found.join(", ")}.`);
  }
  return { version, base, modules, image: path.join(tree, "boot", `vmlinuz-${version}`) };
}

/** What a kernel's installation would have found out about its modules. */
export async function depmod(busybox: string, kernel: Kernel): Promise<string> {
  const args = ["depmod", "-n", "-b", kernel.base, kernel.version];
  const { stdout } = await promisify(execFile)(busybox, args, { maxBuffer: 1 << 26 });
  return stdout;
}

/** Puts the directories of all entries in front of them; in a fixed order. */
export function withDirectories(entries: readonly CpioEntry[]): CpioEntry[] {
  const directories = new Set<string>();
  for (const entry of entries) {
    const parts = entry.path.split("/").slice(0, -1);
    for (let n = 1; n <= parts.length; n++) directories.add(parts.slice(0, n).join("/"));
  }
  const made = [...directories].map((name) => ({ kind: "directory" as const, path: name }));
  return [...made, ...entries].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function ownFile(name: string): Promise<Buffer> {
  return readFile(fileURLToPath(new URL(name, import.meta.url)));
}

/** Written beside and renamed, so that a node never gets half a file. */
async function put(directory: string, name: string, content: Buffer): Promise<RamdiskFile> {
  const target = path.join(directory, name);
  await writeFile(`${target}.part`, content);
  await rename(`${target}.part`, target);
  return {
    name,
    path: target,
    sha256: createHash("sha256").update(content).digest("hex"),
    sizeBytes: content.length,
  };
}
