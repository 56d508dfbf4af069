import { uptime } from "node:os";
import type { ScriptStore } from "#lib/boot/script-store";
import type { Log } from "#lib/config/log";

const lookMs = 10_000;

/**
 * Ends the scripts whose runner is not heard any more. Only whoever listens can say so: after a start, and
 * after an outage of its database or a standstill of its machine, each runner has all of its time again.
 * @param input.nowMs The clock by which it knows how long it has listened, in milliseconds: how long this machine
 * runs, which nobody sets and which goes on while it sleeps.
 */
export class RunnerWatch {
  readonly #scripts: ScriptStore;
  readonly #log: Log;
  readonly #nowMs: () => number;
  #sinceMs: number;
  #lookedMs: number;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;

  constructor(input: { scripts: ScriptStore; log: Log; nowMs?: () => number }) {
    const { scripts, log, nowMs = () => uptime() * 1_000 } = input;
    this.#scripts = scripts;
    this.#log = log;
    this.#nowMs = nowMs;
    this.#sinceMs = this.#lookedMs = nowMs();
  }

  /** Looks every few seconds until it is stopped. */
  start(): void {
    this.#timer = setInterval(() => {
      this.#looking ??= this.look().finally(() => {
        this.#looking = undefined;
      });
    }, lookMs);
  }

  /** Looks once; never rejects. */
  async look(): Promise<void> {
    const nowMs = this.#nowMs();
    // What came meanwhile may have come to nobody.
    if (nowMs - this.#lookedMs > 3 * lookMs) this.#sinceMs = nowMs;
    this.#lookedMs = nowMs;
    try {
      await this.#scripts.endUnheard((nowMs - this.#sinceMs) / 1_000);
    } catch (error) {
      this.#log.warn({ error }, "runners that are not heard were not looked for");
      this.#sinceMs = this.#nowMs();
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }
}
