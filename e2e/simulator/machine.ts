import { bootFromAddress, bootFromNetwork, type NetworkBootResult } from "./boot-client.ts";
import { type Boot, BootJournal, type Phase } from "./boot-journal.ts";
import type { BootOverride } from "./boot-override.ts";
import { deploy, type Installed } from "./deploy.ts";
import type { Faults } from "./faults.ts";
import type { Hardware } from "./hardware.ts";
import { runHooks } from "./hooks.ts";
import { inspect } from "./inspect.ts";
import { install } from "./install.ts";
import type { PowerState } from "./power.ts";
import { sanitize } from "./sanitize.ts";
import { hang, pause, type Timing } from "./timing.ts";
import type { VirtualDrive } from "./virtual-drive.ts";

/**
 * A host that a controller can turn on and off. Orders begin at once and end later: read `power`.
 * An order cancels whatever the machine was doing.
 */
export type Machine = {
  readonly power: PowerState;
  readonly journal: BootJournal;
  readonly installed: Installed | null;
  turnOn(): void;
  turnOff(): void;
  /** Asks the operating system; without one nothing happens. */
  shutDown(): void;
  restart(how: "forced" | "graceful"): void;
  /** When the power change that is going on has ended or was replaced by another. */
  settled(): Promise<void>;
  /** Cuts the power without a word, at the end of the program. */
  close(): Promise<void>;
};

export type MachineEnvironment = {
  hardware: Hardware;
  address: string;
  override: BootOverride;
  drive: VirtualDrive;
  faults: Faults;
  timing: () => Timing;
  /** What the site's DHCP answers this machine; null where it answers nothing. */
  pxeUrl: () => string | null;
  /** Called after every change of power, phase or disk. */
  onChange: () => void;
};

// Phases in which something listens to the power button. Firmware does not, nor does a wipe.
const systemPhases: readonly Phase[] = ["disk-boot", "installing", "running", "live"];

/** A machine that is a program: firmware, boot client, first boot and wipe over real HTTP. */
export class SimulatedMachine implements Machine {
  readonly journal = new BootJournal();
  readonly #environment: MachineEnvironment;
  #power: PowerState = "Off";
  #installed: Installed | null = null;
  /** Where the system that an installer wrote to the disk finds its seed at its first boot. */
  #writtenSeed: string | null = null;
  #run = new AbortController();
  #settled: Promise<void> = Promise.resolve();

  /** @param restored What an earlier run of the rack left: a machine that is up comes back up. */
  constructor(
    environment: MachineEnvironment,
    restored?: { power: PowerState; phase: Phase; installed: Installed | null },
  ) {
    this.#environment = environment;
    if (restored === undefined) return;
    this.#installed = restored.installed;
    if (restored.power === "Off" || restored.power === "PoweringOff") return;
    this.#power = "On";
    // What was half done ended with the program, as if its network had been unplugged for good.
    const isUp = restored.installed !== null && restored.phase === "running";
    this.journal.enter(isUp ? "running" : "halted");
  }

  get power(): PowerState {
    return this.#power;
  }

  get installed(): Installed | null {
    return this.#installed;
  }

  turnOn(): void {
    this.#begin(
      async (signal) => {
        this.#enter(signal, "powering-on", "PoweringOn");
        await pause(this.#powerMs(), signal);
      },
      (signal) => this.#start(signal),
    );
  }

  turnOff(): void {
    if (this.#power === "Off" || this.#power === "PoweringOff") return;
    this.#begin((signal) => this.#losePower(signal));
  }

  shutDown(): void {
    if (!systemPhases.includes(this.journal.phase)) return;
    this.#begin(async (signal) => {
      this.#enter(signal, "shutting-down", "On");
      await pause(this.#timing.shutdownMs, signal);
      await this.#losePower(signal);
    });
  }

  restart(how: "forced" | "graceful"): void {
    if (how === "graceful" && !systemPhases.includes(this.journal.phase)) return;
    this.#begin(
      async (signal) => {
        if (how === "graceful") {
          this.#enter(signal, "shutting-down", "On");
          await pause(this.#timing.shutdownMs, signal);
        }
        this.#enter(signal, "powering-on", "On");
        await pause(this.#powerMs(), signal);
      },
      (signal) => this.#start(signal),
    );
  }

  settled(): Promise<void> {
    return this.#settled;
  }

  async close(): Promise<void> {
    this.#run.abort();
    await this.#settled;
  }

  get #timing(): Timing {
    return this.#environment.timing();
  }

  #powerMs(): number {
    return this.#timing.powerMs * (this.#environment.faults.has("slow-power") ? 20 : 1);
  }

  async #losePower(signal: AbortSignal): Promise<void> {
    this.#enter(signal, "powering-off", "PoweringOff");
    await pause(this.#powerMs(), signal);
    this.#enter(signal, "off", "Off");
  }

  #begin(
    change: (signal: AbortSignal) => Promise<void>,
    afterwards?: (signal: AbortSignal) => Promise<void>,
  ): void {
    this.#run.abort();
    const run = new AbortController();
    this.#run = run;
    const changed = change(run.signal);
    this.#settled = changed.catch(() => undefined);
    // An aborted run ends wherever it was; anything else that is thrown is a bug and is not caught.
    changed
      .then(() => afterwards?.(run.signal))
      .catch((error: unknown) => {
        if (!run.signal.aborted) throw error;
      });
  }

  #enter(signal: AbortSignal, phase: Phase, power: PowerState = this.#power): void {
    signal.throwIfAborted();
    this.#power = power;
    this.journal.enter(phase);
    this.#environment.onChange();
  }

  async #start(signal: AbortSignal): Promise<void> {
    const { faults, override } = this.#environment;
    this.#enter(signal, "firmware", "On");
    const boot = this.journal.openBoot();
    await pause(this.#timing.bootMs, signal);
    if (faults.has("never-boots")) await hang(signal);

    const { enabled, target, httpBootUri } = override.take();
    this.#environment.onChange();
    const from = enabled === "Disabled" ? undefined : this.#sourceOf(target, httpBootUri);
    if (from?.url === null) boot.outcome = from.absent;
    else if (from && (await this.#startFrom(target, from.url, boot, signal))) return;
    await this.#startFromDisk(boot, signal);
  }

  /** Where what it is told to start lies, and what it says where there is nothing; undefined for its disk. */
  #sourceOf(
    target: string,
    httpBootUri: string | null,
  ): { url: string | null; absent: string } | undefined {
    const { drive, pxeUrl } = this.#environment;
    switch (target) {
      // Without an address of its own, HTTP boot would take one of DHCP's, which names none for it.
      case "UefiHttp":
        return { url: httpBootUri, absent: "no DHCP answer" };
      case "Pxe":
        return { url: pxeUrl(), absent: "no DHCP answer" };
      case "Cd":
        return { url: drive.medium, absent: "no medium" };
      default:
        return undefined;
    }
  }

  async #startFromDisk(boot: Boot, signal: AbortSignal): Promise<void> {
    if (this.#writtenSeed !== null) {
      boot.device ??= "disk";
      this.#enter(signal, "disk-boot");
      const seedUrl = this.#writtenSeed;
      this.#writtenSeed = null;
      return this.#bootFirst(seedUrl, boot, signal);
    }
    if (this.#installed === null) {
      boot.outcome = boot.outcome ?? "no bootable device";
      this.#enter(signal, "no-bootable-device");
      return;
    }
    boot.device ??= "disk";
    boot.kind = "disk";
    this.#enter(signal, "disk-boot");
    await pause(this.#timing.bootMs, signal);
    boot.outcome = "running";
    this.#enter(signal, "running");
    await this.#runHooks(this.#installed, boot, signal);
  }

  /** Returns false when the firmware shall go on to the next boot device. */
  async #startFrom(target: string, url: string, boot: Boot, signal: AbortSignal): Promise<boolean> {
    const { address, hardware, faults } = this.#environment;
    const timing = this.#timing;
    boot.device = url;
    this.#enter(signal, target === "Cd" ? "medium-boot" : "network-boot");
    const loaded = await this.#load(target, url, boot, signal);
    if ("failure" in loaded) {
      boot.outcome = loaded.failure;
      return false;
    }
    boot.args = loaded.args;
    const seedUrl = argument(loaded.args, "ds=nocloud-net;s=");
    const jobUrl = argument(loaded.args, "ingot.install=");
    const wipeUrl = argument(loaded.args, "ingot.wipe=");
    const inspectUrl = argument(loaded.args, "ingot.inspect=");

    if (seedUrl !== undefined && wipeUrl !== undefined) {
      boot.outcome = "halted: told both to deploy and to sanitize";
      this.#enter(signal, "halted");
    } else if (seedUrl !== undefined) {
      await this.#bootFirst(seedUrl, boot, signal);
    } else if (jobUrl !== undefined) {
      boot.kind = "install";
      this.#installed = null;
      this.#enter(signal, "installing");
      const orders = {
        jobUrl,
        imageUrl: argument(loaded.args, "ingot.image=") ?? "",
        sha256: argument(loaded.args, "ingot.sha256=") ?? "",
      };
      const result = await install({ orders, address, hardware, timing, boot, signal });
      signal.throwIfAborted();
      boot.outcome = result.outcome;
      if (result.isWritten) this.#writtenSeed = argument(loaded.args, "ingot.seed=") ?? null;
      this.turnOff();
    } else if (wipeUrl !== undefined) {
      boot.kind = "sanitize";
      this.#enter(signal, "sanitizing");
      const result = await sanitize({ wipeUrl, address, hardware, timing, faults, boot, signal });
      signal.throwIfAborted();
      boot.outcome = result.outcome;
      if (result.clean) {
        this.#installed = null;
        this.#writtenSeed = null;
      }
      this.turnOff();
    } else if (inspectUrl !== undefined) {
      boot.kind = "inspect";
      this.#enter(signal, "inspecting");
      const burn = argument(loaded.args, "ingot.burn=");
      const given = { inspectUrl, burn, address, hardware, timing, faults, boot, signal };
      const result = await inspect(given);
      signal.throwIfAborted();
      boot.outcome = result.outcome;
      this.turnOff();
    } else {
      boot.kind = "live";
      boot.outcome = "started without a task";
      this.#enter(signal, "live");
    }
    return true;
  }

  #load(target: string, url: string, boot: Boot, signal: AbortSignal): Promise<NetworkBootResult> {
    const { address, hardware, drive } = this.#environment;
    const timing = this.#timing;
    switch (target) {
      case "UefiHttp":
        return bootFromAddress({ url, address, timing, boot, signal });
      case "Cd":
        return drive.start(signal);
      default:
        return bootFromNetwork({ url, address, hardware, timing, boot, signal });
    }
  }

  /** The first boot of a system, from the network or from the disk that it was written to. */
  async #bootFirst(seedUrl: string, boot: Boot, signal: AbortSignal): Promise<void> {
    const { address, faults } = this.#environment;
    const timing = this.#timing;
    boot.kind = "deploy";
    // From here on the old system on the disk is gone, whatever comes of the new one.
    this.#installed = null;
    this.#enter(signal, "installing");
    const result = await deploy({ seedUrl, address, timing, faults, boot, signal });
    boot.outcome = result.outcome;
    this.#installed = result.installed;
    this.#enter(signal, result.installed === null ? "live" : "running");
    if (result.installed) await this.#runHooks(result.installed, boot, signal);
  }

  /** Beside what the system does, until the power is cut or nothing is left to run. */
  async #runHooks({ userData }: Installed, boot: Boot, signal: AbortSignal): Promise<void> {
    const { address, faults } = this.#environment;
    await runHooks({ userData, address, timing: this.#timing, faults, boot, signal });
  }
}

function argument(args: string, prefix: string): string | undefined {
  const word = args.split(/\s+/).find((candidate) => candidate.startsWith(prefix));
  return word?.slice(prefix.length);
}
