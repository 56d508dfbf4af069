import { spawnSync } from "node:child_process";

/** What tests need that npm does not bring, and who needs it. */
const wanted: Record<string, string> = {
  "chromium-headless-shell": "journeys through a browser",
  "cloud-init": "the judge of what booting nodes are given",
  "openssh-client": "the judge of SSH keys",
  "qemu-system-x86": "nodes that really boot",
  "ipxe-qemu": "their network cards' boot program",
  seabios: "their firmware",
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

/**
 * Installs the Debian packages that are missing, as root on Debian. Elsewhere nothing is changed.
 * Gives what is said to the person: nothing when all is there.
 */
export function installDebianPackages(): string[] {
  const missing = Object.keys(wanted).filter((name) => !isInstalled(name));
  if (missing.length === 0) return [];
  const why = missing.map((name) => `${name} (${wanted[name]})`).join(", ");
  if (process.getuid?.() !== 0 || !runs("apt-get", ["--version"])) {
    return [
      `Missing, and not installed since that takes root on Debian: ${why}.`,
      `What needs them is skipped or fails. On Debian: apt-get install ${missing.join(" ")}`,
    ];
  }
  const install = ["install", "-y", "--no-install-recommends", ...missing];
  if (runs("apt-get", install) || (runs("apt-get", ["update"]) && runs("apt-get", install))) {
    return [`Installed ${why}.`];
  }
  return [`Could not be installed: ${why}. What needs them is skipped or fails.`];
}

function isInstalled(name: string): boolean {
  const { status, stdout } = spawnSync("dpkg-query", ["-s", name], { encoding: "utf8" });
  return status === 0 && stdout.includes("\nStatus: install ok installed\n");
}

function runs(program: string, args: string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return spawnSync(program, args, { env, stdio: ["ignore", "ignore", "ignore"] }).status === 0;
}
