import {
  type HostMetric,
  type HostRate,
  hostMetricSpecs,
  hostMetrics,
  hostRates,
} from "#lib/domain/telemetry/host-metric";
import { declared } from "#lib/domain/telemetry/metric";

/** What one scrape said about one host. `null` was not given, or cannot be told yet. */
export type HostSample = Record<HostMetric, number | null>;

/** What a host's exporter said at one moment, before anything is made of it. `null` was not given. */
export type HostReading = {
  /** Since when the system runs, in seconds since the epoch by its own clock. */
  bootSeconds: number | null;
  load1: number | null;
  memTotalBytes: number | null;
  memAvailableBytes: number | null;
  /** Seconds that all processors together were idle (also while they waited for a disk), and all seconds. */
  cpu: { processors: number; idleSeconds: number; allSeconds: number } | null;
  /** Bytes since the boot, by device. */
  bytes: Record<HostRate, ReadonlyMap<string, number>>;
};

/** A reading and when it came. */
export type HostLook = { reading: HostReading; atMs: number };

/** The clock of a host may be put right while it runs, and the moment of its boot moves with it. */
const sameBootSeconds = 2;
const bytesPerMegabyte = 1_000_000;
const bytesPerMebibyte = 1_048_576;

/**
 * What a look at a host says, with the one before it. Counters are told as their rate between the two:
 * absent when there is no look before, when the host has booted in between, when a counter went back
 * (a driver was loaded anew), and when the looks are further apart than `longestGapMs`, for a mean over
 * that says nothing of now. A device that is only in one of the looks is not counted.
 */
export function hostSample(
  before: HostLook | null,
  now: HostLook,
  longestGapMs: number,
): HostSample {
  const { reading } = now;
  const elapsedMs = before ? now.atMs - before.atMs : 0;
  const comparable =
    before && elapsedMs > 0 && elapsedMs <= longestGapMs && isSameBoot(before.reading, reading)
      ? before.reading
      : null;
  const { memTotalBytes: total, memAvailableBytes: available } = reading;
  const used = total !== null && available !== null ? total - available : null;
  const values: Partial<Record<HostMetric, number | null>> = {
    cpu_busy: comparable && busyPercent(comparable.cpu, reading.cpu),
    load1: reading.load1,
    mem_used: used === null ? null : used / bytesPerMebibyte,
    mem_total: total === null ? null : total / bytesPerMebibyte,
  };
  for (const rate of hostRates) {
    const moved = comparable && movedBytes(comparable.bytes[rate], reading.bytes[rate]);
    values[rate] = moved === null ? null : moved / bytesPerMegabyte / (elapsedMs / 1_000);
  }
  return Object.fromEntries(
    hostMetrics.map((metric) => {
      const value = values[metric] ?? null;
      return [metric, value === null ? null : declared(hostMetricSpecs[metric], value)];
    }),
  ) as HostSample;
}

/** True when a reading holds nothing at all. */
export function isSilent({ load1, memTotalBytes, cpu, bytes }: HostReading): boolean {
  const nothing = load1 === null && memTotalBytes === null && cpu === null;
  return nothing && hostRates.every((rate) => bytes[rate].size === 0);
}

function isSameBoot(before: HostReading, now: HostReading): boolean {
  // Where one of them does not say it, the counters must: they go back with a boot.
  if (before.bootSeconds === null || now.bootSeconds === null) return true;
  return Math.abs(now.bootSeconds - before.bootSeconds) <= sameBootSeconds;
}

function busyPercent(before: HostReading["cpu"], now: HostReading["cpu"]): number | null {
  // A processor that was switched on brings all of its past.
  if (!before || !now || before.processors !== now.processors) return null;
  const all = now.allSeconds - before.allSeconds;
  const idle = now.idleSeconds - before.idleSeconds;
  return all > 0 && idle >= 0 && idle <= all ? (1 - idle / all) * 100 : null;
}

function movedBytes(
  before: ReadonlyMap<string, number>,
  now: ReadonlyMap<string, number>,
): number | null {
  let moved: number | null = null;
  for (const [device, bytes] of now) {
    const was = before.get(device);
    if (was === undefined) continue;
    if (bytes < was) return null;
    moved = (moved ?? 0) + bytes - was;
  }
  return moved;
}
