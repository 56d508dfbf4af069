import { type HostRate, hostRates } from "#lib/domain/telemetry/host-metric";
import type { HostReading } from "#lib/domain/telemetry/host-sample";
import { maxAnswerBytes, maxAnswerLines } from "#lib/drivers/exporter/exporter-client";
import { hostFields } from "#lib/drivers/node-exporter/fields";
import { ExporterError } from "#lib/ports/exporter";

/** A longer line is passed over: labels are the tenant's to fill. */
const maxLineBytes = 4_096;
/** More devices than this of one kind are passed over. */
const maxDevices = 1_024;
/** A counter of the kernel has 64 bits. */
const maxCounter = 2 ** 64;

const newline = 0x0a;
const space = 0x20;
const hash = 0x23;
const openBrace = 0x7b;

type Labels = ReadonlyMap<string, string>;
type Family = (found: Found, value: number, labels: Labels) => void;
/** The name that the lines read last began with, and what is made of its lines. */
type Named = { name: Buffer; family: Family | undefined };
const levels = ["bootSeconds", "load1", "memTotalBytes", "memAvailableBytes"] as const;
type Level = (typeof levels)[number];

/** What is gathered on the way through the lines. */
type Found = Record<Level, number | null> & {
  idleSeconds: number;
  allSeconds: number;
  /** Each processor's modes, so that a line that comes twice counts once. */
  modes: Map<string, string[]>;
  bytes: Record<HostRate, Map<string, number>>;
  bonds: Set<string>;
};

const level =
  (name: Level): Family =>
  (found, value) => {
    found[name] ??= value;
  };

function counter(rate: HostRate): [string, Family] {
  const { name, deviceOf } = hostFields.counters[rate];
  return [
    name,
    ({ bytes }, value, labels) => {
      const device = deviceOf((label) => labels.get(label));
      const counted = bytes[rate];
      if (device === null || counted.has(device) || counted.size >= maxDevices) return;
      counted.set(device, value);
    },
  ];
}

const families = new Map<string, Family>([
  ...levels.map((name): [string, Family] => [hostFields[name], level(name)]),
  [hostFields.cpu, countProcessor],
  ...hostRates.map(counter),
  [hostFields.bonds, ({ bonds }, _, labels) => bonds.add(labels.get("master") ?? "")],
]);

/**
 * Reads a node_exporter's text in one pass. What is not given, or is no number that can be so, stays
 * absent; a line that cannot be read is passed over, and so is a last one without a line feed, which is half a
 * line; of a line that comes twice the first counts.
 * A bond whose members are named is left out whatever it is called.
 *
 * Throws `ExporterError`: `too_large` beyond the caps, `malformed` when the text is not empty and no
 * line of it belongs to an exposition.
 */
export function parseHostExposition(body: Buffer): HostReading {
  if (body.length > maxAnswerBytes) throw tooLarge("is larger than 1 MiB");
  const found = nothingFound();
  let lineCount = 0;
  let named: Named | null = null;
  let understood = false;
  let empty = true;

  for (let at = 0, next = 0; at < body.length; at = next) {
    const end = body.indexOf(newline, at);
    if (end === -1) {
      empty &&= body.toString("utf8", at).trim() === "";
      break;
    }
    next = end + 1;
    if (++lineCount > maxAnswerLines) throw tooLarge("has more than 20,000 lines");
    if (end === at) continue;
    // The exporter prints the lines of one name together, and most names are none of ours.
    if (named === null || !isNamed(body, at, named.name)) named = nameAt(body, at, end);
    const family = named?.family;
    if (!family || end - at > maxLineBytes) {
      // What else the text is made of matters only until it is known for an exposition.
      if (understood) continue;
      const text = body.toString("utf8", at, Math.min(end, at + maxLineBytes));
      empty &&= text.trim() === "";
      understood = /^# (?:HELP|TYPE) /.test(text) || readLine(text) !== null;
      continue;
    }
    empty = false;
    if (family === countProcessor) {
      // A large host has thousands of these lines and they are all alike.
      const rest = body.toString("latin1", at + (named?.name.length ?? 0), end);
      const [whole, processor = "", mode = "", seconds] = processorText.exec(rest) ?? [];
      if (whole !== undefined) {
        understood = true;
        addProcessorTime(found, processor, mode, Number(seconds));
        continue;
      }
    }
    const line = readLine(body.toString("utf8", at, end));
    if (!line) continue;
    understood = true;
    const labels = line.value === null ? null : readLabels(line.labels);
    if (line.value !== null && labels) family(found, line.value, labels);
  }

  if (!understood && !empty) {
    throw new ExporterError("malformed", "The answer is not a metrics exposition.", {
      retryable: true,
    });
  }
  return readingOf(found);
}

function nothingFound(): Found {
  return {
    ...{ bootSeconds: null, load1: null, memTotalBytes: null, memAvailableBytes: null },
    ...{ idleSeconds: 0, allSeconds: 0, modes: new Map(), bonds: new Set() },
    bytes: {
      ...{ net_rx: new Map(), net_tx: new Map(), disk_read: new Map() },
      ...{ disk_write: new Map(), ib_rx: new Map(), ib_tx: new Map() },
    },
  };
}

function readingOf({ idleSeconds, allSeconds, modes, bonds, ...found }: Found): HostReading {
  for (const bond of bonds) {
    found.bytes.net_rx.delete(bond);
    found.bytes.net_tx.delete(bond);
  }
  const cpu = modes.size > 0 ? { processors: modes.size, idleSeconds, allSeconds } : null;
  return { ...found, cpu };
}

/** A processor's line as node_exporter prints it. */
const processorText = /^\{cpu="(\d{1,5})",mode="([a-z]{1,16})"\} (\d{1,12}(?:\.\d{1,9})?)$/;

/** A virtual machine's own time is in its mode "user" already: the guests' family is another one. */
function countProcessor(found: Found, value: number, labels: Labels): void {
  addProcessorTime(found, labels.get("cpu") ?? "", labels.get("mode") ?? "", value);
}

function addProcessorTime(found: Found, processor: string, mode: string, seconds: number): void {
  if (!processor || !mode) return;
  let modes = found.modes.get(processor);
  if (!modes) {
    if (found.modes.size >= 2 * maxDevices) return;
    modes = [];
    found.modes.set(processor, modes);
  }
  // The kernel has ten of them.
  if (modes.length >= 16 || modes.includes(mode)) return;
  modes.push(mode);
  found.allSeconds += seconds;
  if (mode === "idle" || mode === "iowait") found.idleSeconds += seconds;
}

function isNamed(body: Buffer, at: number, name: Buffer): boolean {
  const after = body[at + name.length];
  if (after !== openBrace && after !== space) return false;
  for (let i = 0; i < name.length; i++) if (body[at + i] !== name[i]) return false;
  return true;
}

/** The name that a line begins with; `null` when it begins with none. */
function nameAt(body: Buffer, at: number, end: number): Named | null {
  let nameEnd = at;
  while (nameEnd < end && body[nameEnd] !== openBrace && body[nameEnd] !== space) nameEnd++;
  if (body[at] === hash || nameEnd === at || nameEnd === end) return null;
  const name = body.subarray(at, nameEnd);
  return { name, family: families.get(name.toString("latin1")) };
}

const nameText = /^[A-Za-z_:][\w:]*\s*/;
const numberText = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A sample line's parts; `null` when it is none. The value is `null` where no counter can be so. */
function readLine(text: string): { labels: string; value: number | null } | null {
  const [whole] = nameText.exec(text) ?? [];
  if (whole === undefined) return null;
  const hasLabels = text[whole.length] === "{";
  // The last brace: a label's value may hold one, a number does not.
  const close = hasLabels ? text.lastIndexOf("}") : whole.length - 1;
  if (close < whole.length - 1) return null;
  // The value, and perhaps the moment of the scrape after it.
  const rest = text.slice(close + 1).trim();
  const gap = rest.search(/\s/);
  const word = gap === -1 ? rest : rest.slice(0, gap);
  if (!numberText.test(word) && !/^(?:NaN|[+-]?Inf)$/.test(word)) return null;
  const value = Number(word);
  return {
    labels: hasLabels ? text.slice(whole.length + 1, close) : "",
    value: value >= 0 && value <= maxCounter ? value : null,
  };
}

const labelText = /\s*([A-Za-z_]\w*)\s*=\s*"([^"\\]*(?:\\.[^"\\]*)*)"\s*(?:,|$)/y;
const escapes: Record<string, string> = { "\\n": "\n", '\\"': '"', "\\\\": "\\" };

/** Reads `a="x",b="y"`; `null` when it is not that. */
function readLabels(text: string): Labels | null {
  const labels = new Map<string, string>();
  labelText.lastIndex = 0;
  while (labelText.lastIndex < text.length) {
    const match = labelText.exec(text);
    if (!match) return null;
    const [, name = "", value = ""] = match;
    labels.set(
      name,
      value.replace(/\\./g, (escaped) => escapes[escaped] ?? escaped),
    );
  }
  return labels;
}

function tooLarge(how: string): ExporterError {
  return new ExporterError("too_large", `The exporter's answer ${how}.`, { retryable: true });
}
