import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { boardMetrics, emptyInstance, instanceIndex } from "#lib/domain/telemetry/instance";
import {
  type GpuMetric,
  gpuMetricSpecs,
  gpuMetrics,
  maxGpuIndex,
} from "#lib/domain/telemetry/metric";
import { emptySample, type GpuSample, metricIndex } from "#lib/domain/telemetry/sample";
import { parseExposition } from "#lib/drivers/dcgm/exposition";
import { fields } from "#lib/drivers/dcgm/fields";
import { ExporterError } from "#lib/ports/exporter";

// Expositions as exporters print them, made together with what they say. Each node has values that no
// other has: the odd numbers or the even ones.

type Line = { name: string; metric: GpuMetric; gpu: number; part: number | null; value: number };
type Random = (below: number) => number;

/** Mulberry32: ten times as fast as drawing each choice from fast-check, and a seed tells it all. */
function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** The names that each generation has for what can be any number up to a hundred. */
const namesOf = Object.groupBy([...fields.keys()], (name) => fields.get(name)?.metric ?? "");
const generations = [0, 1].map((generation) =>
  gpuMetrics.flatMap((metric) => {
    const names = namesOf[metric] ?? [];
    const name = names[generation] ?? names[0];
    return name && gpuMetricSpecs[metric].max >= 100 ? [{ name, metric }] : [];
  }),
);
const profiles = ["1g.10gb", "3g.40gb", "1g.24gb+me"];
/** What a tenant's labels may hold; none ends a label by itself. */
const texts = [
  "train",
  "a, b",
  "} 99",
  'say "hi" now',
  '1234\\"x',
  "C:\\\\",
  "ü",
  '{gpu=\\"0\\"}',
  "",
];
/** Stands where a number should. */
const noNumbers = ["NaN", "+Inf", "-Inf", "-3", "", "ERROR - FAILED TO CONVERT TO STRING"];
const blanks = ["9223372036854775794", "2147483632", "140737488355330.000000"];
const noLines = [
  "",
  "# a comment",
  "<html>",
  "DCGM_FI_DEV_GPU_TEMP",
  'DCGM_FI_DEV_GPU_TEMP{gpu="0"',
  'DCGM_FI_DEV_POWER_USAGE{gpu="0} 99',
  'DCGM_FI_DEV_GPU_TEMP_X{gpu="0"} 99',
  'DCGM_FI_DEV_GPU_TEMP{gpu="32"} 99',
  'DCGM_FI_DEV_FB_USED{nvlink="1",gpu="0"} 99',
  'DCGM_FI_DEV_FB_USED{nvswitch="nvswitch1"} 99',
];

/** An exposition of a node whose every value is `tag` more than an even number, and what it says. */
function anyExposition(random: Random, tag: 0 | 1): { text: string; gpus: GpuSample[] } {
  const pick = <T>(of: readonly T[]) => of[random(of.length)] as T;
  const generation = random(2);
  const metrics = generations[generation] ?? [];
  const driver = generation === 0 ? "DCGM_FI_DRIVER_VERSION" : "DCGM_FI_SYSTEM_DRIVER_VERSION";
  const profile = pick(profiles);
  const groups = Array.from({ length: 1 + random(5) }, () => pick(metrics)).map((of) =>
    Array.from({ length: 1 + random(4) }, (_, gpu): Line[] => {
      const index = gpu * (1 + random(2));
      // The second GPU, where there is one, is split.
      const parts = gpu === 1 ? [1, 2] : [null];
      return parts.map((part) => ({
        ...{ ...of, gpu: part === null ? index * 2 : 1, part },
        value: random(49) * 2 + tag,
      }));
    }).flat(),
  );
  shuffle(groups, random);

  const samples = new Map<number, GpuSample>();
  const rows: string[] = [];
  for (const group of groups) {
    rows.push(`# HELP ${group[0]?.name} Words.`, `# TYPE ${group[0]?.name} gauge`);
    for (const line of group) {
      const labels = [`gpu="${line.gpu}"`, `UUID="GPU-${tag}"`, `${driver}="570.133.20"`];
      labels.push(`job="${pick(texts)}"`);
      if (line.part !== null) labels.push(`GPU_I_PROFILE="${profile}"`, `GPU_I_ID="${line.part}"`);
      if (random(3) === 0) shuffle(labels, random);
      const told = random(12);
      const value =
        told === 0 ? pick(noNumbers) : told === 1 ? pick(blanks) : printed(line, random);
      rows.push(`${line.name}{${labels.join(pick([",", ",", ", "]))}} ${value}`);
      if (told > 1) note(samples, line, profile);
      if (random(8) === 0) rows.push(pick(noLines));
    }
  }
  const gpus = [...samples.values()].sort((a, b) => a.gpu - b.gpu);
  for (const { instances } of gpus) instances?.sort((a, b) => a.instance - b.instance);
  const ends = pick(["\n", "\n", "\r\n"]);
  return { text: rows.map((row) => row + ends).join(""), gpus };
}

function shuffle<T>(items: T[], random: Random): void {
  for (let last = items.length - 1; last > 0; last--) {
    const other = random(last + 1);
    [items[last], items[other]] = [items[other] as T, items[last] as T];
  }
}

/** A value as the exporter prints it, in the unit of its name. */
function printed({ name, value }: Line, random: Random): string {
  const factor = fields.get(name)?.factor ?? 1;
  const raw = factor < 1 ? value * Math.round(1 / factor) : value / factor;
  return (
    [String(raw), raw.toFixed(6), raw.toExponential(), `${raw} 1732406400000`][random(4)] ?? ""
  );
}

/** Adds what a line says: the first of a kind counts, of a GPU, of its board and of its parts. */
function note(samples: Map<number, GpuSample>, line: Line, profile: string): void {
  const { gpu, part, metric, value } = line;
  const sample = samples.get(gpu) ?? emptySample(gpu);
  samples.set(gpu, sample);
  if (part === null || boardMetrics.has(metric)) sample.values[metricIndex[metric]] ??= value;
  if (part === null) return;
  sample.instances ??= [];
  const instance =
    sample.instances.find((one) => one.instance === part) ?? emptyInstance(part, profile);
  if (!sample.instances.includes(instance)) sample.instances.push(instance);
  const index = instanceIndex.get(metric);
  if (index !== undefined) instance.values[index] ??= value;
}

const parse = (text: string) => parseExposition(Buffer.from(text)).gpus;

test("20,000 expositions say what they were made of, and none says anything of another node's", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const random = randomFrom(seed);
      const both = [anyExposition(random, 0), anyExposition(random, 1)];
      for (const [tag, { text, gpus }] of both.entries()) {
        const told = parse(text);
        if (!isDeepStrictEqual(told, gpus)) expect(told, text).toEqual(gpus);
        const values = told.flatMap((gpu) =>
          [gpu, ...(gpu.instances ?? [])].map((of) => of.values),
        );
        const isMixed = values.some((of) =>
          of.some((value) => value !== null && value % 2 !== tag),
        );
        expect(isMixed).toBe(false);
      }
      const damaged = Buffer.from(both[random(2)]?.text ?? "");
      damaged[random(damaged.length)] = random(256);
      try {
        expect(parseExposition(damaged).gpus.every(({ gpu }) => gpu <= maxGpuIndex)).toBe(true);
      } catch (error) {
        if (!(error instanceof ExporterError)) throw error;
      }
    }),
    { numRuns: 10_000 },
  );
});
