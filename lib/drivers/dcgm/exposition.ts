import { declared, maxGpuIndex } from "#lib/domain/telemetry/metric";
import { emptySample, type GpuReading, type GpuSample } from "#lib/domain/telemetry/sample";
import { type Field, fields } from "#lib/drivers/dcgm/fields";
import { instancesReader } from "#lib/drivers/dcgm/instances";
import { laneFields, lanesReader } from "#lib/drivers/dcgm/lanes";
import { isBlank, type Line, readLine } from "#lib/drivers/dcgm/line";
import { linkFields, linksReader, ownLabelsLength } from "#lib/drivers/dcgm/links";
import { switchesReader, switchFields } from "#lib/drivers/dcgm/switches";
import { xidFields, xidsReader } from "#lib/drivers/dcgm/xids";
import { maxAnswerBytes, maxAnswerLines } from "#lib/drivers/exporter/exporter-client";
import { ExporterError } from "#lib/ports/exporter";

/** A longer line is passed over: labels are the tenant's to fill. */
const maxLineBytes = 4_096;

const newline = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const quote = 0x22;
const hash = 0x23;
const point = 0x2e;
const zero = 0x30;
const openBrace = 0x7b;
const closeBrace = 0x7d;

const helpMark = Buffer.from("# HELP ");
const typeMark = Buffer.from("# TYPE ");
/** A GPU's own line goes on like this after its name; links and switches name themselves first. */
const gpuLabel = Buffer.from('{gpu="');

/** The name that the lines read last began with; the exporter prints one name's lines together. */
type Family = {
  name: Buffer;
  text: string;
  field: Field | undefined;
  ofSwitch: boolean;
  ofLanes: boolean;
  ofLinks: boolean;
  ofXids: boolean;
};

/**
 * Reads a DCGM exporter's text into canonical samples, one per GPU, in the order of their index, and
 * what it says of switches.
 *
 * - What is not given stays absent: blanks, texts instead of numbers, `NaN`, values no GPU can have.
 *   A GPU of which nothing usable was said is not in the answer; an empty body is no sample at all.
 * - Lines of a MIG instance go to that instance: a part must not be mistaken for the whole. Of a GPU in
 *   MIG mode the exporter prints no other lines unless it is told to; then what is its board's is taken
 *   from them, and its own activity and memory are unknown.
 * - Lines of a switch, or of a link of one, go to that switch; of a GPU's single links only their states
 *   are taken, and lines of a CPU are passed over.
 * - Lines that repeat a GPU (one per pod or job that shares it) repeat its value: the first counts.
 * - A last line without a line feed, which the format asks for, is half a line: half a number would be another.
 * - A line that cannot be read is passed over; labels are not escaped, so one label can break it.
 *
 * Throws `ExporterError`: `too_large` beyond the caps, `malformed` when the text is not empty and
 * no line of it belongs to an exposition.
 */
export function parseExposition(body: Buffer): GpuReading {
  if (body.length > maxAnswerBytes) throw tooLarge("is larger than 1 MiB");

  const samples: (GpuSample | undefined)[] = [];
  const instances = instancesReader();
  const switches = switchesReader();
  const lanes = lanesReader();
  const links = linksReader();
  const xids = xidsReader();
  // One search through the whole text spares every line from looking for GPU_I_ID and GPU_I_PROFILE. A
  // needle this short is looked for by its first byte, and a U is rare.
  const everyLineIsWhole = !body.includes("U_I_");
  let utilIsPercent: boolean | undefined;
  let family: Family | null = null;
  let lineCount = 0;
  let understood = false;
  let empty = true;

  for (let at = 0, next = 0; at < body.length; at = next) {
    let end = body.indexOf(newline, at);
    if (end === -1) {
      empty &&= body.toString("latin1", at).trim() === "";
      break;
    }
    next = end + 1;
    if (++lineCount > maxAnswerLines) throw tooLarge("has more than 20,000 lines");

    if (body[end - 1] === carriageReturn) end--;
    if (end <= at) continue;
    if (body[at] === hash) {
      empty = false;
      understood ||= startsWith(body, at, helpMark) || startsWith(body, at, typeMark);
      continue;
    }
    if (end - at > maxLineBytes) {
      empty = false;
      continue;
    }

    if (!family || !isNamed(body, at, family.name)) family = familyAt(body, at, end);
    if (!family) {
      empty &&= body.toString("latin1", at, end).trim() === "";
      continue;
    }
    empty = false;

    const labelsAt = at + family.name.length;
    const ofPart = family.ofSwitch || family.ofLanes || family.ofLinks || family.ofXids;
    const isTaken = family.field || ofPart;
    if (!isTaken && body[labelsAt] === openBrace) {
      understood = true;
      continue;
    }
    if (family.ofLinks) {
      const state = numberBefore(body, labelsAt, end);
      const begin = body.toString("latin1", labelsAt, Math.min(labelsAt + ownLabelsLength, end));
      if (state !== -1 && links.noteOwn(begin, state)) {
        understood = true;
        continue;
      }
    }
    let gpu = -1;
    let value = -1;
    let line: Line | null = null;
    if (everyLineIsWhole && family.field) {
      gpu = gpuAt(body, labelsAt);
      if (gpu !== -1) value = numberBefore(body, labelsAt, end);
    }
    if (value === -1) {
      // Anything but a GPU's own line with a plain number.
      line = readLine(body.toString("utf8", labelsAt, end));
      if (!line) continue;
      gpu = wholeGpu(line.labels);
      value = line.value ?? -1;
    }
    understood = true;
    if (value < 0 || isBlank(value)) continue;
    if (family.ofSwitch && line) switches.note(family.text, line.labels, value);
    if (family.ofLanes && line) lanes.note(family.text, line.labels, value);
    if (family.ofLinks && line) links.note(line.labels, value);
    if (family.ofXids && line) xids.note(family.text, line.labels, value);
    if (!family.field) continue;

    const { spec, index, factor, ratioOrPercent } = family.field;
    let isPercent = false;
    if (ratioOrPercent) {
      utilIsPercent ??= printsUtilAsPercent(body);
      isPercent = utilIsPercent || value > 1.0001;
    }
    const canonical = declared(spec, isPercent ? value : value * factor);
    if (canonical === null) continue;
    if (line && gpu === -1) instances.note(family.field.metric, line.labels, canonical);
    if (gpu < 0 || gpu > maxGpuIndex) continue;
    let sample = samples[gpu];
    if (!sample) {
      sample = emptySample(gpu);
      const uuid = uuidIn(body.toString("latin1", labelsAt, end));
      if (uuid) sample.uuid = uuid;
      samples[gpu] = sample;
    }
    sample.values[index] ??= canonical;
  }

  if (!understood && !empty) {
    throw new ExporterError("malformed", "The answer is not a metrics exposition.", {
      retryable: true,
    });
  }
  for (const { board, parts } of instances.gpus()) {
    const sample = samples[board.gpu] ?? board;
    samples[board.gpu] = sample;
    sample.instances = parts;
  }
  const gpus = samples.filter((sample) => sample !== undefined);
  for (const sample of gpus) {
    const ofGpu = lanes.of(sample.gpu);
    if (ofGpu) sample.lanes = ofGpu;
    const linked = links.of(sample.gpu);
    if (linked) sample.links = linked;
    const counted = xids.of(sample.gpu);
    if (counted) sample.xids = counted;
  }
  return { gpus, switches: switches.all() };
}

function tooLarge(how: string): ExporterError {
  return new ExporterError("too_large", `The exporter's answer ${how}.`, { retryable: true });
}

/**
 * True when `DCGM_FI_DEV_GPU_UTIL_RATIO` is a percentage in this text: exporters that print the
 * driver's version under its old name are of the generation in which it was.
 */
function printsUtilAsPercent(body: Buffer): boolean {
  return body.includes("DCGM_FI_DRIVER_VERSION") && !body.includes("DCGM_FI_SYSTEM_DRIVER_VERSION");
}

/** The UUID in a line's labels; null when there is none, or something else stands in its place. */
function uuidIn(labels: string): string | null {
  return /[{,]\s*(?:UUID|uuid)="(GPU-[0-9a-fA-F-]{36})"/.exec(labels)?.[1] ?? null;
}

/** The index of the GPU that a line speaks of as a whole, or -1. */
function wholeGpu(labels: ReadonlyMap<string, string>): number {
  const gpu = labels.get("gpu");
  const isInstance = labels.get("GPU_I_ID") || labels.get("GPU_I_PROFILE");
  const isPart = isInstance || labels.has("nvlink") || labels.has("nvswitch");
  return gpu !== undefined && !isPart && /^\d{1,3}$/.test(gpu) ? Number(gpu) : -1;
}

function startsWith(body: Buffer, at: number, text: Buffer): boolean {
  for (let i = 0; i < text.length; i++) if (body[at + i] !== text[i]) return false;
  return true;
}

/** True when the line at `at` begins with this whole name. */
function isNamed(body: Buffer, at: number, name: Buffer): boolean {
  const after = body[at + name.length];
  return (after === openBrace || after === space) && startsWith(body, at, name);
}

/** Reads the name a line begins with; `null` when it begins with none. */
function familyAt(body: Buffer, at: number, end: number): Family | null {
  let nameEnd = at;
  while (nameEnd < end && isNameByte(body[nameEnd] ?? 0)) nameEnd++;
  const after = body[nameEnd];
  if (nameEnd === at || nameEnd === end || (after !== openBrace && after !== space)) return null;
  const name = body.subarray(at, nameEnd);
  const text = name.toString("latin1");
  return {
    ...{ name, text, field: fields.get(text) },
    ...{ ofSwitch: switchFields.has(text), ofLanes: laneFields.has(text) },
    ...{ ofLinks: linkFields.has(text), ofXids: xidFields.has(text) },
  };
}

function isNameByte(byte: number): boolean {
  const letter = byte | 0x20;
  return (
    (letter >= 0x61 && letter <= 0x7a) || (byte >= zero && byte <= 0x3a) || byte === 0x5f // 0-9 : _
  );
}

/** Reads `{gpu="N"` at `at`; -1 when something else stands there. */
function gpuAt(body: Buffer, at: number): number {
  if (!startsWith(body, at, gpuLabel)) return -1;
  let i = at + gpuLabel.length;
  const tens = (body[i] ?? 0) - zero;
  if (tens < 0 || tens > 9) return -1;
  if (body[++i] === quote) return tens;
  const ones = (body[i] ?? 0) - zero;
  if (ones < 0 || ones > 9) return -1;
  return body[i + 1] === quote ? tens * 10 + ones : -1;
}

/**
 * Reads the plain decimal that ends at `end` and has `} ` before it; -1 when something else stands
 * there, or more digits than a double holds exactly.
 */
function numberBefore(body: Buffer, from: number, end: number): number {
  let start = end;
  while (start > from && body[start - 1] !== space) start--;
  if (body[start - 2] !== closeBrace || start === end || end - start > 16) return -1;
  let digits = 0;
  let scale = 0;
  for (let i = start; i < end; i++) {
    const byte = body[i] ?? 0;
    const digit = byte - zero;
    if (digit >= 0 && digit <= 9) {
      digits = digits * 10 + digit;
      scale *= 10;
    } else if (byte === point && scale === 0 && i > start && i < end - 1) {
      scale = 1;
    } else {
      return -1;
    }
  }
  if (digits > Number.MAX_SAFE_INTEGER) return -1;
  return scale === 0 ? digits : digits / scale;
}
