/** Everything that can be wrong with a node, by name. */
export const faultNames = [
  /** The firmware never gets past its self test. */
  "never-boots",
  /** Power changes take twenty times as long. */
  "slow-power",
  /** A power order is accepted and nothing happens. */
  "power-lies",
  /** The controller takes requests and answers none. */
  "bmc-hangs",
  /** Nothing listens at the controller's address. */
  "bmc-unreachable",
  /** The controller takes requests and cuts the connection. */
  "bmc-resets",
  /** The controller begins to answer, and sends a byte now and then. */
  "bmc-drips",
  /** Every credential is refused: someone else changed the password. */
  "bmc-401",
  /** The account is locked: sessions are over, and a sign-in gets 403. */
  "bmc-locked",
  /** Every session slot is taken by somebody else; Basic goes on. */
  "sessions-full",
  /** Nothing is where it was: 404 for all but the service root and the sessions. */
  "not-found",
  /** Every change gets 409. */
  "conflict",
  /** Everything but the service root gets 429 with Retry-After. */
  "too-many-requests",
  /** The next n requests (3 when not said) get 500; then the fault is gone. */
  "internal-error",
  /** A page of HTML instead of every resource. */
  "html-body",
  /** Resources whose values are of other types than the schema says. */
  "wrong-types",
  /** A new password for the account gets 400. */
  "password-refused",
  /** A new password is accepted, and the one before stays. */
  "password-lies",
  /** A new password is taken, and the connection cut before it is said. */
  "password-answer-lost",
  /** Somebody has added an account. */
  "extra-account",
  /** Somebody has changed the BIOS. */
  "firmware-changed",
  /** Somebody has changed a BIOS setting; a reset changes it back. */
  "bios-changed",
  /** A reset of the BIOS is taken, and forgotten when the firmware starts. */
  "bios-reset-ignored",
  /** An order to clear the TPM gets 400. */
  "tpm-clear-refused",
  /** An order to clear the TPM is taken, and the firmware starts without it. */
  "tpm-clear-ignored",
  /** A medium gets 400, whatever it is. */
  "medium-refused",
  /** An order to take a medium out is taken, and it stays in. */
  "medium-stays",
  /** A power order makes a task (202) that never ends, and nothing happens. */
  "task-never-ends",
  /** The controller presents another certificate than the one that was confirmed. */
  "certificate-changed",
  /** Answers are cut off in the middle. */
  "malformed-json",
  /** Answers are 50 MB long. */
  "huge-answer",
  /** The next n requests (3 when not said) get 503 with Retry-After; then the fault is gone. */
  "busy",
  /** The GPU tray answers 503 although the host is on. */
  "hgx-503",
  /** The first power supply has failed. */
  "psu-failed",
  /** The first fan has failed. */
  "fan-failed",
  /** The air that comes in is hotter than the controller allows. */
  "hot-inlet",
  /** n critical entries (1 when not said) stand in the controller's log; it is cleared when the fault ends. */
  "log-critical",
  /** One GPU is missing from the inventory and from the exporter. */
  "wrong-gpu-count",
  /** The first device cannot be wiped; the report says so. */
  "wipe-fails",
  /** The wipe starts and never ends. */
  "wipe-hangs",
  /** The host says another serial number than its controller. */
  "other-host",
  /** The host says another serial number of its first drive than its controller. */
  "drive-differs",
  /** The first GPU has half of its lanes. */
  "narrow-link",
  /** The memory does not pass its test. */
  "burn-in-fails",
  /** What the machine boots to be inspected carries no tools for GPUs. */
  "no-gpu-tools",
  /** The machine goes off in the middle of its burn-in. */
  "dies-in-burn-in",
  /** The system comes up but never phones home. */
  "no-phone-home",
  /** A script of the user-data fails; the system comes up and phones home. */
  "script-fails",
  /** A script of a hook writes a line and goes on until its time is over. */
  "hook-never-ends",
  /** A script of a hook writes more than it may, and is ended. */
  "hook-floods",
  /** A script of a hook ends with exit code 0 and gives no outputs. */
  "hook-forgets-outputs",
  /** Somebody has ended what asks for scripts of hooks. */
  "hook-runner-ended",
  /** The exporter answers 200 with something that is no exposition. */
  "exporter-garbage",
  /** The exporter sends a byte now and then and never ends. */
  "exporter-drip",
  /** Nothing listens on the exporter's port. */
  "exporter-down",
  /** GPU 0 reports XID n (79 when not said). */
  "xid",
  /** GPU 0 is at 92 °C. */
  "hot-gpu",
  /** GPU 0 is slowed down by heat. */
  "throttles",
  /** n NVLinks of GPU 0 (2 when not said) are down. */
  "nvlink-down",
] as const;

export type FaultName = (typeof faultNames)[number];

const defaultCounts: Partial<Record<FaultName, number>> = {
  busy: 3,
  "internal-error": 3,
  "log-critical": 1,
  "nvlink-down": 2,
  xid: 79,
};

/** Which faults a node has at the moment. */
export class Faults {
  #active = new Map<FaultName, number>();
  #since = new Map<FaultName, Date>();

  /** Throws a RangeError for an unknown name. */
  constructor(faults: readonly string[] = []) {
    this.replace(faults);
  }

  /**
   * Sets the faults, all others end. A fault is its name, with a number after a colon where it
   * takes one: `busy:5`. Throws a RangeError for an unknown name or a number that is none.
   */
  replace(faults: readonly string[]): void {
    this.#active = new Map(faults.map(parseFault));
    const now = new Date();
    this.#since = new Map(
      [...this.#active.keys()].map((name) => [name, this.#since.get(name) ?? now]),
    );
  }

  has(name: FaultName): boolean {
    return this.#active.has(name);
  }

  /** Since when the fault is active, or undefined when it is not. */
  sinceOf(name: FaultName): Date | undefined {
    return this.#since.get(name);
  }

  /** The fault's number, or undefined when the fault is not active. */
  countOf(name: FaultName): number | undefined {
    return this.#active.get(name);
  }

  /** Uses up one of a counted fault's occurrences. Returns whether there was one. */
  takeOne(name: FaultName): boolean {
    const left = this.#active.get(name);
    if (left === undefined) return false;
    if (left <= 1) this.#active.delete(name);
    else this.#active.set(name, left - 1);
    return true;
  }

  /** As `replace` takes them. */
  list(): string[] {
    return [...this.#active].map(([name, count]) =>
      defaultCounts[name] === undefined ? name : `${name}:${count}`,
    );
  }
}

function parseFault(text: string): [FaultName, number] {
  const [name, digits] = text.split(":", 2);
  const known = faultNames.find((candidate) => candidate === name);
  if (known === undefined) throw new RangeError(`no fault is called ${JSON.stringify(text)}`);
  const count = digits === undefined ? (defaultCounts[known] ?? 1) : Number(digits);
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new RangeError(`${JSON.stringify(text)} needs a whole number above zero`);
  }
  return [known, count];
}
