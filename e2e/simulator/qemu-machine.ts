import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { BootJournal } from "./boot-journal.ts";
import type { BootOverride, BootSettings } from "./boot-override.ts";
import { variablesToBoot } from "./efi-variables.ts";
import { bootMac, type Hardware } from "./hardware.ts";
import type { Machine } from "./machine.ts";
import type { PowerState } from "./power.ts";

const program = "qemu-system-x86_64";
// slirp copies the boot file name into the 128 bytes that BOOTP has for it.
const longestBootFile = 127;

/** Where a machine's own port 22 is on its address: no root is needed to listen there. */
export const sshPort = 2_222;

const [uefiCode, uefiVariables] = ["CODE", "VARS"].map(
  (part) => `/usr/share/OVMF/OVMF_${part}_4M.fd`,
) as [string, string];

// What the guest gives up the file gives back; and no test outlives a crash of this host.
const diskOptions = "discard=unmap,cache=unsafe";

/** Whether a node of `machine: "qemu"` can run here. */
export function isQemuInstalled(): boolean {
  return spawnSync(program, ["--version"]).status === 0;
}

type Target = { kind: "disk" } | { kind: "pxe" | "http"; url: string };

/**
 * A real machine: qemu without KVM, on a network of its own in which the host of the rack is 10.0.2.2.
 * Its firmware is SeaBIOS with iPXE in the network card, or OVMF, EDK II's, with nothing in the card.
 * Its power is its process: it is off when the guest powers itself off.
 */
export class QemuMachine implements Machine {
  readonly journal = new BootJournal();
  /** What is on its disk only its console and the portal know. */
  readonly installed = null;
  /** The files of its drives, in the order of its hardware. */
  readonly diskPaths: string[];
  readonly consolePath: string;
  readonly #name: string;
  readonly #address: string;
  readonly #firmware: "bios" | "uefi";
  /** The board's memory of its firmware's settings. */
  readonly #variablesPath: string;
  readonly #hardware: Hardware;
  readonly #override: BootOverride;
  readonly #pxeUrl: () => string | null;
  readonly #onChange: () => void;
  #process: ChildProcess | null = null;
  #restarting = false;
  #power: PowerState = "Off";

  /**
   * Makes the disk, empty, when it is not there.
   * @throws Error when qemu, or OVMF for a machine with UEFI, is not installed.
   */
  constructor(input: {
    name: string;
    /** Of the host's, where the machine's port 22 is reached. */
    address: string;
    directory: string;
    firmware: "bios" | "uefi";
    hardware: Hardware;
    override: BootOverride;
    pxeUrl: () => string | null;
    onChange: () => void;
  }) {
    if (!isQemuInstalled()) {
      throw new Error(
        `node ${input.name} needs ${program}, which is not installed (Debian packages: qemu-system-x86 ipxe-qemu)`,
      );
    }
    if (input.firmware === "uefi" && !existsSync(uefiCode)) {
      throw new Error(`node ${input.name} needs ${uefiCode} (Debian package: ovmf)`);
    }
    this.#name = input.name;
    this.#firmware = input.firmware;
    this.#variablesPath = join(input.directory, `${input.name}.variables.fd`);
    this.#address = input.address;
    this.#hardware = input.hardware;
    this.#override = input.override;
    this.#pxeUrl = input.pxeUrl;
    this.#onChange = input.onChange;
    mkdirSync(input.directory, { recursive: true });
    this.diskPaths = this.#hardware.drives.map(({ index }) =>
      join(input.directory, `${input.name}.${index}.raw`),
    );
    this.consolePath = join(input.directory, `${input.name}.console.log`);
    for (const [at, file] of this.diskPaths.entries()) {
      if (existsSync(file)) continue;
      writeFileSync(file, "");
      truncateSync(file, this.#hardware.drives[at]?.sizeBytes ?? 0);
    }
  }

  get power(): PowerState {
    return this.#power;
  }

  turnOn(): void {
    if (this.#process === null) this.#spawn();
  }

  turnOff(): void {
    this.#restarting = false;
    if (this.#process !== null) this.#process.kill("SIGKILL");
    else if (this.#power === "On") this.#set("Off", "off");
  }

  shutDown(): void {
    this.#command("system_powerdown");
  }

  restart(how: "forced" | "graceful"): void {
    // A new process, so that the boot settings are read again as firmware does.
    this.#restarting = true;
    if (how === "graceful") this.#command("system_powerdown");
    else this.#process?.kill("SIGKILL");
  }

  /** A process starts and ends at once: there is nothing to wait for. */
  async settled(): Promise<void> {}

  async close(): Promise<void> {
    const running = this.#process;
    if (running === null) return;
    this.turnOff();
    await once(running, "exit");
  }

  /** Everything the machine wrote on its serial console, over all its starts. */
  console(): string {
    return existsSync(this.consolePath) ? readFileSync(this.consolePath, "utf8") : "";
  }

  #spawn(): void {
    const boot = this.journal.openBoot();
    const target = this.#bootTarget(this.#override.take());
    if (target.kind === "refused") {
      boot.outcome = target.reason;
      this.#set("On", "no-bootable-device");
      return;
    }
    boot.device = target.kind === "disk" ? "disk" : target.url;
    if (this.#firmware === "uefi") this.#setVariables(target);
    const started = spawn(program, this.#arguments(target), { stdio: ["pipe", "pipe", "pipe"] });
    this.#process = started;
    const kill = () => started.kill("SIGKILL");
    process.once("exit", kill);
    let complaint = "";
    started.stderr.on("data", (chunk: Buffer) => {
      complaint = `${complaint}${chunk}`.slice(-2_000);
    });
    // The monitor wants a greeting before it takes commands; its answers are of no use here.
    createInterface({ input: started.stdout }).on("line", () => undefined);
    started.stdin.on("error", () => undefined);
    this.#command("qmp_capabilities");
    started.once("exit", (code) => {
      process.off("exit", kill);
      this.#process = null;
      boot.outcome = code ? `qemu ended with ${code}: ${complaint.trim()}` : "powered off";
      const again = this.#restarting;
      this.#restarting = false;
      this.#set("Off", "off");
      if (again) this.#spawn();
    });
    this.#set("On", "virtual-machine");
  }

  #set(power: PowerState, phase: "off" | "virtual-machine" | "no-bootable-device"): void {
    this.#power = power;
    this.journal.enter(phase);
    this.#onChange();
  }

  #command(name: string): void {
    this.#process?.stdin?.write(`${JSON.stringify({ execute: name })}\n`);
  }

  #bootTarget(settings: BootSettings): Target | { kind: "refused"; reason: string } {
    const { enabled, target, httpBootUri } = settings;
    if (enabled === "Disabled" || (target !== "UefiHttp" && target !== "Pxe")) {
      return { kind: "disk" };
    }
    if (target === "UefiHttp") {
      if (this.#firmware === "bios")
        return { kind: "refused", reason: "the BIOS has no HTTP boot" };
      if (httpBootUri === null) return { kind: "refused", reason: "DHCP names no program" };
      return { kind: "http", url: httpBootUri };
    }
    // What UEFI would load by TFTP is not there: its network has no such server.
    const url = this.#firmware === "bios" ? this.#pxeUrl() : null;
    if (url === null) return { kind: "refused", reason: "no DHCP answer" };
    if (Buffer.byteLength(url) > longestBootFile) {
      return { kind: "refused", reason: `${url}: longer than DHCP can say` };
    }
    return { kind: "pxe", url };
  }

  /** As a controller hands its settings to the firmware, for this start alone. */
  #setVariables(target: Target): void {
    const empty = readFileSync(uefiVariables);
    const url = target.kind === "http" ? target.url : null;
    writeFileSync(this.#variablesPath, url === null ? empty : variablesToBoot(empty, url));
  }

  #arguments(target: Target): string[] {
    const { uuid, serial, drives, memory } = this.#hardware;
    // A comma ends an option of qemu; two stand for one.
    const literal = (text: string) => text.replaceAll(",", ",,");
    const flash = (unit: number, options: string, file: string) => [
      ...["-drive", `if=pflash,format=raw,unit=${unit},${options}file=${literal(file)}`],
    ];
    const isUefi = this.#firmware === "uefi";
    const bootFile = target.kind === "pxe" ? `,bootfile=${literal(target.url)}` : "";
    return [
      // The plainest processor: wide vector instructions, which libraries choose where there are some, cost
      // an emulator more than they spare. A boot of the disk image: 110 s of processor with "max", 96 so.
      ...["-name", this.#name, "-accel", "tcg", "-cpu", "qemu64", "-m", String(memory.moduleMib)],
      // Without graphics, firmware and iPXE speak on the serial console.
      ...["-machine", "graphics=off", "-display", "none", "-monitor", "none", "-qmp", "stdio"],
      ...["-chardev", `file,id=console,path=${literal(this.consolePath)},append=on`],
      ...["-serial", "chardev:console"],
      ...["-uuid", uuid, "-smbios", `type=1,serial=${serial},uuid=${uuid}`],
      ...["-netdev", `user,id=net0,hostfwd=tcp:${this.#address}:${sshPort}-:22${bootFile}`],
      ...(isUefi
        ? [...flash(0, "readonly=on,", uefiCode), ...flash(1, "", this.#variablesPath)]
        : []),
      // A card without a program of its own: OVMF has a driver for it, and its own HTTP client.
      ...[
        "-device",
        `virtio-net-pci,netdev=net0,mac=${bootMac(this.#hardware)}${isUefi ? ",romfile=" : ""}`,
      ],
      ...drives.flatMap(({ index, kind, serial }) => [
        "-drive",
        `file=${literal(this.diskPaths[index] ?? "")},if=none,id=disk${index},format=raw,${diskOptions}`,
        "-device",
        `${kind === "nvme" ? "nvme" : "virtio-blk-pci"},drive=disk${index},serial=${serial}`,
      ]),
      ...["-device", "virtio-rng-pci"],
      ...["-boot", target.kind === "pxe" ? "order=c,once=n" : "order=c"],
    ];
  }
}
