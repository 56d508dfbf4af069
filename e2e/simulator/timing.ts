import { setTimeout as sleep } from "node:timers/promises";

/** How long things take in the rack, in milliseconds, before `speed` divides them. */
export type Timing = {
  /** From the order to the power being on or off. */
  powerMs: number;
  /** Firmware self test, before a boot device is tried. */
  bootMs: number;
  /** A deployed system's first boot, from its kernel to its last stage. */
  installMs: number;
  /** Wiping one device. */
  wipeDeviceMs: number;
  /** From the request to the operating system being down. */
  shutdownMs: number;
  /** Between two tries of a download, a report or a phone home. */
  retryMs: number;
  /** Tries of a download before the firmware goes on to the next boot device. */
  bootTries: number;
};

/** Quick enough for tests; a demo slows them down with `speed` below one. */
export const defaultTiming: Timing = {
  powerMs: 300,
  bootMs: 500,
  installMs: 1_000,
  wipeDeviceMs: 60,
  shutdownMs: 300,
  retryMs: 400,
  bootTries: 4,
};

/** The times divided by `speed` (2 is twice as fast). Throws a RangeError unless `speed` is positive. */
export function scaledTiming(timing: Timing, speed: number): Timing {
  if (!(speed > 0)) throw new RangeError(`speed must be above zero, not ${speed}`);
  return {
    powerMs: timing.powerMs / speed,
    bootMs: timing.bootMs / speed,
    installMs: timing.installMs / speed,
    wipeDeviceMs: timing.wipeDeviceMs / speed,
    shutdownMs: timing.shutdownMs / speed,
    retryMs: timing.retryMs / speed,
    bootTries: timing.bootTries,
  };
}

/** Waits; rejects with an AbortError as soon as the signal fires (the power was cut). */
export async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  await sleep(durationMs, undefined, { signal });
}

/** Never comes back by itself: something hangs until the power is cut. */
export function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
