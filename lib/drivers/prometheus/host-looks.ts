import type { HeldBuckets } from "#lib/domain/telemetry/held-buckets";
import { type HostRate, hostRates } from "#lib/domain/telemetry/host-metric";
import type { HostLook, HostReading } from "#lib/domain/telemetry/host-sample";
import type { PromSeries } from "#lib/drivers/prometheus/api";
import { type HostFields, lookFields } from "#lib/drivers/prometheus/queries";

/** What is gathered of one look. */
type Found = {
  atMs: number | null;
  bootSeconds: number | null;
  processors: number;
  modes: Map<string, number>;
  bytes: Record<HostRate, Map<string, number>>;
  bonds: Set<string>;
};

/** No counter of the kernel is greater, and no clock of a host. */
const maxValue = 2 ** 64;

/**
 * What the answer to `looksQuery` says, as looks at a host, the oldest first. A look of which the engine
 * does not know the moment, or at which the host said nothing new, is none.
 */
export function hostLooks(
  series: readonly PromSeries[],
  part: HeldBuckets,
  { fields, longestLookMs }: { fields: HostFields; longestLookMs: number },
): HostLook[] {
  const rates = new Map(hostRates.map((rate) => [fields.counters[rate].name, rate]));
  const looks = new Map<number, Found>();
  for (const { labels, points } of series) {
    const { ingot_field: field = "", mode, master } = labels;
    const rate = rates.get(field);
    const device = rate && fields.counters[rate].deviceOf((name) => labels[name]);
    for (const [endMs, value] of points) {
      if (!(value >= 0 && value <= maxValue)) continue;
      const found = looks.get(endMs) ?? nothingFound();
      looks.set(endMs, found);
      if (field === lookFields.at) found.atMs = Math.round(value * 1_000);
      else if (field === lookFields.processors) found.processors = value;
      else if (field === fields.bootSeconds) found.bootSeconds = value;
      else if (field === fields.cpu && mode) found.modes.set(mode, value);
      else if (field === fields.bonds && master) found.bonds.add(master);
      else if (rate && device) found.bytes[rate].set(device, value);
    }
  }
  const rangeMs = Math.min(part.widthMs, longestLookMs);
  return [...looks]
    .sort(([a], [b]) => a - b)
    .flatMap(([endMs, found]) => {
      const { atMs } = found;
      const isOfRange = atMs !== null && atMs > endMs - rangeMs && atMs <= endMs;
      return isOfRange ? [{ atMs, reading: readingOf(found) }] : [];
    });
}

function nothingFound(): Found {
  return {
    ...{ atMs: null, bootSeconds: null, processors: 0, modes: new Map(), bonds: new Set() },
    bytes: {
      ...{ net_rx: new Map(), net_tx: new Map(), disk_read: new Map() },
      ...{ disk_write: new Map(), ib_rx: new Map(), ib_tx: new Map() },
    },
  };
}

function readingOf({ bootSeconds, processors, modes, bytes, bonds }: Found): HostReading {
  for (const bond of bonds) {
    bytes.net_rx.delete(bond);
    bytes.net_tx.delete(bond);
  }
  const seconds = [...modes.values()].reduce((sum, of) => sum + of, 0);
  const idleSeconds = (modes.get("idle") ?? 0) + (modes.get("iowait") ?? 0);
  return {
    ...{ bootSeconds, load1: null, memTotalBytes: null, memAvailableBytes: null, bytes },
    cpu: processors > 0 ? { processors, idleSeconds, allSeconds: seconds } : null,
  };
}
