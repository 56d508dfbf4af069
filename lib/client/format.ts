/**
 * How figures read on screen. Every function takes its unit in its name and answers a short text
 * with a no-break space before the unit; `null` and `undefined` are "unknown", never zero.
 */

type Figure = number | null | undefined;

const unknown = "unknown";
const space = "\u00a0";

const numbers = [0, 1, 2].map(
  (digits) =>
    new Intl.NumberFormat("en", { minimumFractionDigits: 0, maximumFractionDigits: digits }),
);

function plain(value: number, digits: 0 | 1 | 2): string {
  return numbers[digits]?.format(value) ?? String(value);
}

function withUnit(value: Figure, unit: string, digits: 0 | 1 | 2 = 0): string {
  return value == null || !Number.isFinite(value)
    ? unknown
    : `${plain(value, digits)}${space}${unit}`;
}

/** `12,345`. */
export function formatCount(value: Figure): string {
  return value == null || !Number.isFinite(value) ? unknown : plain(value, 0);
}

/** A load average, to hundredths: `12.5`. */
export function formatLoad(value: Figure): string {
  return value == null || !Number.isFinite(value) ? unknown : plain(value, 2);
}

/** A count and its noun: `1 node`, `3 nodes`. `plural` for nouns that do not take an s. */
export function formatQuantity(value: Figure, noun: string, plural = `${noun}s`): string {
  return withUnit(value, value === 1 ? noun : plural);
}

/** A share in percent, 0 to 100: `97 %`; below ten with one decimal. */
export function formatPercent(value: Figure): string {
  return withUnit(value, "%", value != null && Math.abs(value) < 10 ? 1 : 0);
}

/** `1,024 W`. */
export function formatWatts(value: Figure): string {
  return withUnit(value, "W");
}

/** `1,980 MHz`. */
export function formatMegahertz(value: Figure): string {
  return withUnit(value, "MHz");
}

/** `64 °C`. */
export function formatCelsius(value: Figure): string {
  return withUnit(value, "°C");
}

/** `5,400 rpm`. */
export function formatRpm(value: Figure): string {
  return withUnit(value, "rpm");
}

/** Mebibytes as GiB: 81,920 is `80 GiB`. Below one GiB as MiB. */
export function formatMebibytes(value: Figure): string {
  if (value == null) return unknown;
  if (value !== 0 && Math.abs(value) < 1024) return withUnit(value, "MiB");
  const gibibytes = value / 1024;
  return withUnit(gibibytes, "GiB", gibibytes < 100 ? 1 : 0);
}

/** Gibibytes, as they are. */
export function formatGibibytes(value: Figure): string {
  return withUnit(value, "GiB", value != null && value < 100 ? 1 : 0);
}

/** Bytes in the largest binary unit that keeps it at one or above: `1.5 TiB`. */
export function formatBytes(value: Figure): string {
  if (value == null) return unknown;
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;
  const magnitude = Math.max(1, Math.abs(value));
  const index = Math.min(units.length - 1, Math.floor(Math.log2(magnitude) / 10));
  const scaled = value / 1024 ** index;
  return withUnit(scaled, units[index] ?? "B", index > 0 && Math.abs(scaled) < 100 ? 1 : 0);
}

/** Drive and link sizes as their makers count them, powers of ten: `3.8 TB`. */
export function formatDecimalBytes(value: Figure): string {
  if (value == null) return unknown;
  const units = ["B", "kB", "MB", "GB", "TB", "PB"] as const;
  const magnitude = Math.max(1, Math.abs(value));
  const index = Math.min(units.length - 1, Math.floor(Math.log10(magnitude) / 3));
  const scaled = value / 1000 ** index;
  return withUnit(scaled, units[index] ?? "B", index > 0 && Math.abs(scaled) < 100 ? 1 : 0);
}

/** A rate in MB/s (10^6 bytes a second): `450 GB/s` above a thousand. */
export function formatMegabytesPerSecond(value: Figure): string {
  if (value == null) return unknown;
  return Math.abs(value) < 1000
    ? withUnit(value, "MB/s", Math.abs(value) < 10 ? 1 : 0)
    : withUnit(value / 1000, "GB/s", Math.abs(value) < 100_000 ? 1 : 0);
}

/** `1,234.5 GPU-hours`. */
export function formatGpuHours(value: Figure): string {
  return withUnit(value, "GPU-hours", value != null && Math.abs(value) < 10_000 ? 1 : 0);
}

/** `1,234.5 node-hours`. */
export function formatNodeHours(value: Figure): string {
  return withUnit(value, "node-hours", value != null && Math.abs(value) < 10_000 ? 1 : 0);
}

/** A price in cents of `currency` (ISO 4217): `€12.50`. */
export function formatCents(value: Figure, currency: string): string {
  if (value == null) return unknown;
  return new Intl.NumberFormat("en", { style: "currency", currency }).format(value / 100);
}

/**
 * A length of time by its two largest parts: `40 s`, `3 min`, `3 min 20 s` (below ten minutes),
 * `2 h 5 min`, `3 d 4 h`.
 */
export function formatDuration(ms: Figure): string {
  if (ms == null || !Number.isFinite(ms)) return unknown;
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds}${space}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return pair(minutes, "min", seconds % 60, "s");
  const roundedMinutes = Math.round(seconds / 60);
  if (roundedMinutes < 60) return `${roundedMinutes}${space}min`;
  const hours = Math.floor(roundedMinutes / 60);
  if (hours < 48) return pair(hours, "h", roundedMinutes % 60, "min");
  const roundedHours = Math.round(roundedMinutes / 60);
  return pair(Math.floor(roundedHours / 24), "d", roundedHours % 24, "h");
}

/** How long something took: `0.3 s` and `8.2 s`, and from ten seconds on as any length of time. */
export function formatTook(ms: Figure): string {
  if (ms == null || !Number.isFinite(ms) || ms >= 9_950) return formatDuration(ms);
  return ms < 50 ? `<${space}0.1${space}s` : withUnit(ms / 1000, "s", 1);
}

function pair(big: number, bigUnit: string, small: number, smallUnit: string): string {
  const first = `${big}${space}${bigUnit}`;
  return small === 0 ? first : `${first}${space}${small}${space}${smallUnit}`;
}

/** How far an instant is from now, by its largest part: `3 min ago`, `in 2 h`, `just now`. */
export function formatRelative(atMs: number, nowMs: number): string {
  const distance = Math.abs(nowMs - atMs);
  if (distance < 5_000) return "just now";
  const text = formatSpan(distance);
  return atMs <= nowMs ? `${text} ago` : `in ${text}`;
}

/** A length of time by its largest part alone: `40 s`, `3 min`, `2 h`, `5 d`. */
export function formatSpan(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}${space}s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes}${space}min`;
  const hours = Math.round(minutes / 60);
  if (hours < 48) return `${hours}${space}h`;
  return `${Math.round(hours / 24)}${space}d`;
}

/** The time of day on the reader's clock, for an instant that is near: `14:05`, `14:05:32`. */
export function formatClock(at: string | number | Date, precision?: "seconds"): string {
  return new Intl.DateTimeFormat("en-GB", {
    hour: "2-digit",
    minute: "2-digit",
    ...(precision && { second: "2-digit" }),
  }).format(new Date(at));
}

/** An instant in UTC, to the minute unless `seconds`: `2026-10-03 14:02 UTC`. */
export function formatUtc(at: string | number | Date, precision?: "seconds"): string {
  const iso = new Date(at).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, precision ? 19 : 16)} UTC`;
}

/**
 * An instant on the reader's clock; only for the browser, whose time zone it takes. In the hours that
 * the clock shows twice, when summer time ends, with its distance from UTC: `2027-10-31 02:30 +01:00`.
 */
export function formatLocal(at: string | number | Date, precision?: "seconds"): string {
  const date = new Date(at);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  const seconds = precision ? `:${two(date.getSeconds())}` : "";
  return `${day} ${time}${seconds}${isShownTwice(date) ? ` ${distanceFromUtc(date)}` : ""}`;
}

const two = (n: number) => String(n).padStart(2, "0");

/** The distance from UTC of the reader's clock at an instant, in milliseconds. */
export function localOffsetMs(at: number | Date): number {
  return -new Date(at).getTimezoneOffset() * 60_000;
}

/** True where the reader's clock shows an instant's time a second time, before or after it. */
function isShownTwice(date: Date): boolean {
  const at = date.getTime();
  const offset = localOffsetMs(date);
  // The two of a time are as far apart as the clock is put back.
  return [-12, 12].some((hours) => {
    const other = at + offset - localOffsetMs(at + hours * 3_600_000);
    return other !== at && other + localOffsetMs(other) === at + offset;
  });
}

function distanceFromUtc(date: Date): string {
  const minutes = Math.abs(date.getTimezoneOffset());
  const sign = date.getTimezoneOffset() > 0 ? "-" : "+";
  return `${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** The first and last characters of a long id, for places where the whole does not fit. */
export function shortId(id: string): string {
  return id.length <= 16 ? id : `${id.slice(0, 8)}…${id.slice(-4)}`;
}
