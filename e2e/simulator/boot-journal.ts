/** Where a machine is between its power button and its operating system. */
export type Phase =
  | "off"
  | "powering-on"
  | "firmware"
  | "network-boot"
  | "medium-boot"
  | "disk-boot"
  | "installing"
  | "sanitizing"
  | "inspecting"
  /** An operating system is up: the one that was deployed. */
  | "running"
  /** A system from the network is up, and nothing told it what to do. */
  | "live"
  /** A qemu machine is on; what it does only its console tells. */
  | "virtual-machine"
  | "no-bootable-device"
  | "halted"
  | "shutting-down"
  | "powering-off";

export type BootRequest = {
  at: string;
  method: string;
  url: string;
  /** Null when no answer came. */
  status: number | null;
  /** Bytes of the answer's body. */
  bytes: number;
};

/** One start of the machine, as far as it came. */
export type Boot = {
  startedAt: string;
  /** Where it looked first: a URL, `disk`, or null while the firmware is still busy. */
  device: string | null;
  kind: "deploy" | "install" | "sanitize" | "inspect" | "live" | "disk" | null;
  /** The kernel's arguments, for a network boot that got so far. */
  args: string | null;
  requests: BootRequest[];
  /** How it ended or what it came to; null while it is going on. */
  outcome: string | null;
};

export type PhaseChange = { phase: Phase; at: string };

const keptBoots = 20;
const keptPhases = 200;
const keptRequests = 200;

/** What happened to a machine, for tests and for people who ask why. */
export class BootJournal {
  readonly boots: Boot[] = [];
  readonly phases: PhaseChange[] = [{ phase: "off", at: now() }];

  get phase(): Phase {
    return this.phases.at(-1)?.phase ?? "off";
  }

  enter(phase: Phase): void {
    if (phase === this.phase) return;
    this.phases.push({ phase, at: now() });
    if (this.phases.length > keptPhases) this.phases.shift();
  }

  openBoot(): Boot {
    const boot: Boot = {
      startedAt: now(),
      device: null,
      kind: null,
      args: null,
      requests: [],
      outcome: null,
    };
    this.boots.push(boot);
    if (this.boots.length > keptBoots) this.boots.shift();
    return boot;
  }
}

/** Adds a request to a boot; a boot keeps its last 200. */
export function recordRequest(boot: Boot, request: BootRequest): void {
  boot.requests.push(request);
  if (boot.requests.length > keptRequests) boot.requests.shift();
}

function now(): string {
  return new Date().toISOString();
}
