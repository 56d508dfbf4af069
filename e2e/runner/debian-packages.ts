import { spawnSync } from "node:child_process";

/** What tests need that npm does not bring, and who needs it. */
const wanted: Record<string, string> = {
  "chromium-headless-shell": "journeys through a browser",
  "cloud-init": "the judge of what booting nodes are given",
  "openssh-client": "the judge of SSH keys",
  "qemu-system-x86": "nodes that really boot",
  "ipxe-qemu": "their network cards' boot program",
  seabios: "their firmware",
  ovmf: "the other firmware that they have, UEFI's",
  "systemd-boot-efi": "what that boots over HTTP",
  "python3-sushy": "OpenStack's Redfish client, a judge of the simulated rack",
  redfishtool: "DMTF's Redfish client, another",
  "ironic-api": "a provisioning engine that drives the simulated rack",
  "ironic-conductor": "its other half",
  ipmitool: "controllers without Redfish",
  openipmi: "such a controller, simulated by someone else",
  iproute2: "bridges and VLANs, in a machine of their own",
  "dnsmasq-base": "the judge of the configuration for DHCP",
  curl: "what its script tells of leases with",
  wget: "the same where there is no curl",
  mmdebstrap: "the disk image that they are installed with",
  fdisk: "its partitions",
  dosfstools: "its file system for UEFI",
  mtools: "what lies on that",
  "grub-pc-bin": "its boot loader",
  prometheus: "the judge of our metrics, and the engine of an operator who has one",
  "victoria-metrics": "another engine that speaks its language",
  "grub-efi-amd64-bin": "the same for UEFI",
};

/** What is asked of a machine: whether it has a package, who we are there, and to run a program to its end. */
export type Machine = {
  has: (name: string) => boolean;
  isRoot: boolean;
  /** Whether it ended well. */
  runs: (program: string, args: string[]) => boolean;
};

/**
 * Installs the Debian packages that are missing, as root on Debian; those that a distribution does not
 * have keep none of the others back. Elsewhere nothing is changed. Gives what is said to the person:
 * nothing when all is there.
 */
export function installDebianPackages(machine: Machine = thisMachine): string[] {
  const missing = Object.keys(wanted).filter((name) => !machine.has(name));
  if (missing.length === 0) return [];
  if (!machine.isRoot || !machine.runs("apt-get", ["--version"])) {
    return [
      `Missing, and not installed since that takes root on Debian: ${why(missing)}.`,
      `What needs them is skipped or fails. On Debian: apt-get install ${missing.join(" ")}`,
    ];
  }
  const install = (names: string[]) =>
    machine.runs("apt-get", ["install", "-y", "--no-install-recommends", ...names]);
  const atOnce = install(missing) || (machine.runs("apt-get", ["update"]) && install(missing));
  const refused = atOnce ? [] : missing.filter((name) => !install([name]));
  const installed = missing.filter((name) => !refused.includes(name));
  return [
    ...(installed.length > 0 ? [`Installed ${why(installed)}.`] : []),
    ...(refused.length > 0
      ? [
          `Could not be installed: ${why(refused)}. What needs them is skipped or fails; apt-get install ${refused[0]} says why.`,
        ]
      : []),
  ];
}

const why = (names: string[]) => names.map((name) => `${name} (${wanted[name]})`).join(", ");

const thisMachine: Machine = {
  has(name) {
    const { status, stdout } = spawnSync("dpkg-query", ["-s", name], { encoding: "utf8" });
    return status === 0 && stdout.includes("\nStatus: install ok installed\n");
  },
  isRoot: process.getuid?.() === 0,
  runs(program, args) {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    return spawnSync(program, args, { env, stdio: "ignore" }).status === 0;
  },
};
