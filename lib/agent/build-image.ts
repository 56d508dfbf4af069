import { execFile } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import {
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { createGzip } from "node:zlib";
import { PackageError } from "#lib/agent/debian-package";
import { gptLayout, grubBootSectors } from "#lib/agent/disk-layout";
import { mountsBelow } from "#lib/agent/mounts-below";

const run = promisify(execFile);

/** A disk image that nodes can be installed with, and what to enter when it is registered. */
export type DiskImage = {
  suite: string;
  /** Of Linux, as the image boots it. */
  kernelVersion: string;
  diskFile: string;
  path: string;
  /** Of the compressed file: what the boot server sends. */
  diskSha256: string;
  sizeBytes: number;
  /** Unpacked: how large a disk must be at least. */
  diskBytes: number;
  defaultUser: string;
};

/** What building takes, by program, with the Debian package it is in. */
const tools: Record<string, string> = {
  mmdebstrap: "mmdebstrap",
  sfdisk: "fdisk",
  "mkfs.ext4": "e2fsprogs",
  "mkfs.vfat": "dosfstools",
  mcopy: "mtools",
  "grub-mkimage": "grub-common",
};
const grubPlatforms = { "i386-pc": "grub-pc-bin", "x86_64-efi": "grub-efi-amd64-bin" } as const;
const grubDirectory = "/usr/lib/grub";

const packages = [
  ...["systemd-sysv", "systemd-resolved", "udev", "dbus", "cloud-init", "openssh-server", "sudo"],
  ...["iproute2", "ca-certificates", "cloud-guest-utils", "fdisk", "e2fsprogs", "zstd"],
];

// What nobody reads on a server that is rented for hours.
const leftOut = ["doc", "man", "info", "locale"].map((name) => `usr/share/${name}`);

/**
 * Makes a disk image of Debian or Ubuntu from packages: cloud-init, an SSH server, and a boot
 * loader for BIOS and UEFI. The root file system grows to its disk at the first boot. Nothing is
 * mounted and no loop device is needed.
 * @param input.outputDirectory Where the image is put, as `{suite}-{kernel}-disk.raw.gz`.
 * @throws PackageError with a sentence: not root, a program is missing, or one failed.
 */
export async function buildImage(input: {
  outputDirectory: string;
  suite?: string;
  kernel?: "cloud" | "server";
}): Promise<DiskImage> {
  const { outputDirectory, suite = "bookworm", kernel = "server" } = input;
  if (process.getuid?.() !== 0) {
    throw new PackageError("Building an image takes root: its files belong to several users.");
  }
  await requireTools();
  await mkdir(outputDirectory, { recursive: true });
  const work = await mkdtemp(path.join(outputDirectory, "build-"));
  try {
    const root = path.join(work, "root");
    const distribution = isUbuntu(suite) ? "ubuntu" : "debian";
    await installRoot({ root, suite, kernelPackage: kernelPackage(distribution, kernel) });
    const uuid = randomUUID();
    await configureRoot({ root, suite, uuid });
    const kernelVersion = path
      .basename(await readLink(path.join(root, "vmlinuz")))
      .replace(/^vmlinuz-/, "");
    const raw = path.join(work, "disk.raw");
    const diskBytes = await writeDisk({ work, root, raw, uuid });
    const diskFile = `${suite}-${kernel}-disk.raw.gz`;
    const packed = path.join(work, diskFile);
    await pipeline(createReadStream(raw), createGzip({ level: 1 }), createWriteStream(packed));
    const target = path.join(outputDirectory, diskFile);
    await rename(packed, target);
    return {
      suite,
      kernelVersion,
      diskFile,
      path: target,
      diskSha256: await sha256Of(target),
      sizeBytes: (await stat(target)).size,
      diskBytes,
      defaultUser: distribution,
    };
  } finally {
    // Left by a program that was killed: removing what is there would remove this machine's own.
    const mounted = mountsBelow(await readFile("/proc/self/mounts", "utf8"), await realpath(work));
    for (const at of mounted) await command("umount", ["--lazy", at]);
    await rm(work, { recursive: true, force: true });
  }
}

async function requireTools(): Promise<void> {
  const missing: string[] = [];
  const directories = `${process.env.PATH ?? ""}:/usr/sbin:/sbin`.split(":");
  for (const [program, name] of Object.entries(tools)) {
    if (!directories.some((directory) => existsSync(path.join(directory, program)))) {
      missing.push(name);
    }
  }
  for (const [platform, name] of Object.entries(grubPlatforms)) {
    if (!existsSync(path.join(grubDirectory, platform, "kernel.img"))) missing.push(name);
  }
  if (missing.length > 0) {
    throw new PackageError(
      `Building an image takes programs that are not here: apt-get install ${missing.join(" ")}`,
    );
  }
}

const isUbuntu = (suite: string) => ["jammy", "noble", "plucky", "questing"].includes(suite);

function kernelPackage(distribution: "debian" | "ubuntu", kernel: "cloud" | "server"): string {
  if (distribution === "ubuntu") return kernel === "cloud" ? "linux-virtual" : "linux-generic";
  return kernel === "cloud" ? "linux-image-cloud-amd64" : "linux-image-amd64";
}

async function installRoot(input: { root: string; suite: string; kernelPackage: string }) {
  const { root, suite } = input;
  const included = [input.kernelPackage, ...packages];
  const settings = "etc/dpkg/dpkg.cfg.d";
  const excluded = leftOut.map((name) => `path-exclude=/${name}/*\n`).join("");
  // Options that mmdebstrap is given stay in the image, and it filters each package by a program of its own.
  const hook = [
    `mkdir -p "$1/${settings}"`,
    `printf '${excluded}' >"$1/${settings}/ingot"`,
    // A root that is not finished is thrown away: nothing of it needs to outlive a power cut.
    `echo force-unsafe-io >"$1/${settings}/building"`,
  ];
  await command(
    "mmdebstrap",
    [
      ...["--quiet", "--variant=minbase", `--include=${included.join(",")}`],
      `--setup-hook=${hook.join(" && ")}`,
      '--aptopt=Acquire::Languages "none"',
      suite,
      root,
      ...(await ownSources(suite)),
    ],
    // Packages that come after the kernel would have its initrd made again.
    { INITRD: "No" },
  );
  const [kernel = ""] = await readdir(path.join(root, "lib/modules"));
  await command("chroot", [root, "update-initramfs", "-c", "-k", kernel]);
  const link = path.join(root, "initrd.img");
  await rm(link, { force: true });
  await symlink(`boot/initrd.img-${kernel}`, link);
  await rm(path.join(root, settings, "building"));
  // What came before the settings were read.
  for (const name of leftOut) {
    await rm(path.join(root, name), { recursive: true, force: true });
    await mkdir(path.join(root, name));
  }
}

/**
 * Where this machine has the suite's packages from, as lines of sources.list; none when it is of
 * another suite, and mmdebstrap's own choice is taken.
 */
async function ownSources(suite: string): Promise<string[]> {
  const format = "$(CREATED_BY) $(SITE) $(RELEASE) $(COMPONENT)";
  const text = await command("apt-get", ["indextargets", "--format", format]).catch(() => "");
  const lines = new Set<string>();
  for (const line of text.split("\n")) {
    const [by, site, release = "", component] = line.split(" ");
    if (by !== "Packages" || !release.startsWith(suite)) continue;
    if (!["", "-updates", "-security"].includes(release.slice(suite.length))) continue;
    lines.add(`deb ${site} ${release} ${component}`);
  }
  return [...lines];
}

/** Everything that makes the root file system fit for many machines instead of the one it was made on. */
async function configureRoot(input: { root: string; suite: string; uuid: string }): Promise<void> {
  const { root, suite, uuid } = input;
  const put = async (name: string, content: string) => {
    await mkdir(path.dirname(path.join(root, name)), { recursive: true });
    await writeFile(path.join(root, name), content);
  };
  await put("etc/fstab", `UUID=${uuid} / ext4 errors=remount-ro 0 1\n`);
  await put("etc/hostname", "localhost\n");
  // Empty, and not missing: systemd makes one without taking this for a system's very first boot.
  await put("etc/machine-id", "");
  await put("etc/cloud/cloud.cfg.d/90_ingot.cfg", "datasource_list: [NoCloud, None]\n");
  await put("etc/apt/sources.list", publicSources(suite));
  await put(
    "boot/grub/grub.cfg",
    [
      "serial --unit=0 --speed=115200",
      "terminal_output serial console",
      "set timeout=0",
      'menuentry "Linux" {',
      // These links follow the newest kernel that is installed, so no configuration is ever made anew.
      `  linux /vmlinuz root=UUID=${uuid} ro console=tty0 console=ttyS0,115200n8`,
      "  initrd /initrd.img",
      "}",
      "",
    ].join("\n"),
  );
  const units = ["systemd-networkd", "systemd-resolved"];
  await command("chroot", [root, "systemctl", "enable", "--quiet", ...units]);
  await command("chroot", [
    root,
    "ln",
    "-sf",
    "/run/systemd/resolve/stub-resolv.conf",
    "/etc/resolv.conf",
  ]);
  // Host keys of its own are made by each machine.
  await command("chroot", [
    root,
    "sh",
    "-c",
    "rm -f /etc/ssh/ssh_host_* /var/log/*.log /var/log/apt/*",
  ]);
}

function publicSources(suite: string): string {
  if (isUbuntu(suite)) {
    return ["", "-updates", "-security"]
      .map((part) => `deb http://archive.ubuntu.com/ubuntu ${suite}${part} main universe\n`)
      .join("");
  }
  return [
    `deb http://deb.debian.org/debian ${suite} main non-free-firmware\n`,
    `deb http://deb.debian.org/debian ${suite}-updates main non-free-firmware\n`,
    `deb http://security.debian.org/debian-security ${suite}-security main non-free-firmware\n`,
  ].join("");
}

/** Lays the root file system and both boot loaders out on a disk. Gives its size. */
async function writeDisk(input: {
  work: string;
  root: string;
  raw: string;
  uuid: string;
}): Promise<number> {
  const { work, root, raw, uuid } = input;
  const used = Number((await command("du", ["-s", "-B1", root])).split("\t")[0]);
  const layout = gptLayout(used);
  const file = await open(raw, "w");
  await file.truncate(layout.diskBytes);
  await file.close();
  const table = path.join(work, "table");
  await writeFile(table, layout.sfdisk);
  await command("sh", ["-c", 'sfdisk --quiet "$0" <"$1"', raw, table]);

  const early = path.join(work, "early.cfg");
  await writeFile(
    early,
    `search --no-floppy --fs-uuid --set=root ${uuid}\nset prefix=($root)/boot/grub\n`,
  );
  const modules = [
    "part_gpt",
    "ext2",
    "search",
    "search_fs_uuid",
    "normal",
    "configfile",
    "linux",
    "serial",
    "gzio",
    "boot",
  ];
  const grub = async (platform: keyof typeof grubPlatforms, ...more: string[]) => {
    const image = path.join(work, `grub-${platform}`);
    const args = ["-O", platform, "-p", "/boot/grub", "-c", early, "-o", image];
    await command("grub-mkimage", [...args, ...modules, ...more]);
    return image;
  };

  const efi = path.join(work, "efi.fat");
  await command("mkfs.vfat", ["-C", "-n", "EFI", efi, String(layout.efi.bytes / 1024)]);
  await command("mmd", ["-i", efi, "::EFI", "::EFI/BOOT"]);
  const loader = await grub("x86_64-efi", "fat", "efi_gop");
  await command("mcopy", ["-i", efi, loader, "::EFI/BOOT/BOOTX64.EFI"]);
  await put(raw, layout.efi.at, efi);

  const sectors = grubBootSectors({
    boot: await readFile(path.join(grubDirectory, "i386-pc/boot.img")),
    core: await readFile(await grub("i386-pc", "biosdisk")),
    layout,
    mbr: await firstSector(raw),
  });
  for (const { at, content } of sectors) await writeAt(raw, at, content);

  const offset = `offset=${layout.root.at}`;
  await command("mkfs.ext4", [
    ...["-q", "-F", "-L", "root", "-U", uuid, "-m", "1", "-d", root, "-E", offset],
    ...[raw, `${layout.root.bytes / 1024}k`],
  ]);
  return layout.diskBytes;
}

async function put(raw: string, at: number, file: string): Promise<void> {
  const target = createWriteStream(raw, { flags: "r+", start: at });
  await pipeline(createReadStream(file), target);
}

async function writeAt(raw: string, at: number, content: Buffer): Promise<void> {
  const file = await open(raw, "r+");
  await file.write(content, 0, content.length, at);
  await file.close();
}

async function firstSector(raw: string): Promise<Buffer> {
  const file = await open(raw, "r");
  const { buffer } = await file.read(Buffer.alloc(512), 0, 512, 0);
  await file.close();
  return buffer;
}

async function readLink(link: string): Promise<string> {
  return (await command("readlink", [link])).trim();
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

async function command(
  program: string,
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<string> {
  const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;
  const env = { ...process.env, LC_ALL: "C.UTF-8", PATH, ...environment };
  try {
    const { stdout } = await run(program, args, { env, maxBuffer: 1 << 26 });
    return stdout;
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    const words = stderr?.trim().split("\n").slice(-5).join(" ");
    throw new PackageError(`${program} failed: ${words}`, { cause: error });
  }
}
