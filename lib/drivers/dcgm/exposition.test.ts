import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type GpuMetric, gpuMetrics } from "#lib/domain/telemetry/metric";
import { type GpuSample, sampleValue } from "#lib/domain/telemetry/sample";
import { parseExposition } from "#lib/drivers/dcgm/exposition";
import { fields } from "#lib/drivers/dcgm/fields";
import { maxAnswerBytes, maxAnswerLines } from "#lib/drivers/exporter/exporter-client";
import { ExporterError } from "#lib/ports/exporter";

const fixture = (name: string) =>
  readFileSync(join(process.cwd(), "../shared/fixtures/dcgm", name));
const read = (text: string) => parseExposition(Buffer.from(text));

/** What is known of a sample, by name. */
function known(sample: GpuSample | undefined): Partial<Record<GpuMetric, number>> {
  if (!sample) return {};
  return Object.fromEntries(
    gpuMetrics
      .map((metric) => [metric, sampleValue(sample, metric)] as const)
      .filter(([, value]) => value !== null),
  );
}

function failure(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof ExporterError) return error.failure;
    throw error;
  }
  return "none";
}

describe("third-party expositions", () => {
  test("both naming generations of the default counters give the same values", () => {
    const before = parseExposition(fixture("dcgm-sample-default25.txt"));
    const after = parseExposition(fixture("dcgm-sample-490.txt"));
    expect(before.map((sample) => sample.gpu)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(after).toHaveLength(8);
    let compared = 0;
    for (const [index, sample] of before.entries()) {
      const { fb_total, ...renamed } = known(after[index]);
      // 4.9.0 adds the capacity to the defaults; all else is the same list.
      expect(fb_total).toBe(81_559);
      expect(renamed).toEqual(known(sample));
      compared += Object.keys(renamed).length;
    }
    // 25 defaults less the vGPU licence, which bare metal has no use for.
    expect(compared).toBe(24 * 8);
  });

  test("the default counters come out in canonical units", () => {
    const [, , , third] = parseExposition(fixture("dcgm-sample-default25.txt"));
    expect(known(third)).toMatchObject({
      power_w: 634.82,
      energy_j: 156_930_012,
      nvlink: 273_822,
      pcie_tx: 464.13,
      xid: 0,
    });
  });

  test("the extended counters give every metric but the limits the sample leaves out", () => {
    const samples = parseExposition(fixture("dcgm-sample.txt"));
    expect(samples).toHaveLength(8);
    const missing = gpuMetrics.filter((metric) =>
      samples.some((sample) => sampleValue(sample, metric) === null),
    );
    expect(missing).toEqual(["power_limit", "gpu_temp_limit", "mem_temp_limit"]);
  });

  test("time throttled is in seconds in both generations, and a GPU is known by its UUID", () => {
    const [sample] = read(
      'DCGM_FI_DEV_THERMAL_VIOLATION{gpu="0",UUID="GPU-3c1f8d7e-0d4b-4f5a-9c1e-7a2b5d6e8f90"} 1500000000\n' +
        'DCGM_FI_DEV_GPU_POWER_THROTTLE_SECONDS_TOTAL{gpu="0"} 2.25\n',
    );
    expect(known(sample)).toEqual({ thermal_throttle_s: 1.5, power_throttle_s: 2.25 });
    expect(sample?.uuid).toBe("GPU-3c1f8d7e-0d4b-4f5a-9c1e-7a2b5d6e8f90");
    expect(read('DCGM_FI_DEV_GPU_TEMP{gpu="0",UUID="GPU-x"} 50')[0]?.uuid).toBeUndefined();
  });

  test("of the odd values only the XID is a fact: blanks, texts and MIG instances are absent", () => {
    expect(parseExposition(fixture("dcgm-sample-edge.txt")).map((s) => [s.gpu, known(s)])).toEqual([
      [0, { xid: 45 }],
    ]);
  });

  test("every documented name of a metric we keep is read with the documented factor", () => {
    const documented = JSON.parse(fixture("dcgm-fields.json").toString()) as {
      fields: { column: string; unit: string; aliases: { name: string; factor: number }[] }[];
    };
    const notKept = ["vgpu_lic", "sm_occupancy", "fp64_active", "fp32_active", "fp16_active"];
    notKept.push("ecc_sbe_agg", "ecc_dbe_agg", "recovery_action");
    // Shares are percent here and links are MB/s; the list has ratios and bytes.
    const ours: Record<string, number> = { ratio: 100, "B/s": 1e-6 };
    let names = 0;
    for (const { column, unit, aliases } of documented.fields) {
      for (const { name, factor } of aliases) {
        if (notKept.includes(column)) {
          expect(fields.has(name), name).toBe(false);
          continue;
        }
        expect(fields.get(name)?.factor, name).toBeCloseTo(factor * (ours[unit] ?? 1), 12);
        names += 1;
      }
    }
    // The two limits of temperature are DCGM's own and not in the list.
    expect(names).toBe(fields.size - 2);
  });
});

describe("lines the real world prints", () => {
  const line = (labels: string, value: string) => `DCGM_FI_DEV_GPU_TEMP{${labels}} ${value}\n`;

  test.for([
    ["a plain line", 'gpu="3",UUID="GPU-1"', "61", [[3, { gpu_temp: 61 }]]],
    ["spaces after commas", 'gpu="3", UUID="GPU-1"', "61", [[3, { gpu_temp: 61 }]]],
    ["gpu not first", 'UUID="GPU-1",gpu="3"', "61", [[3, { gpu_temp: 61 }]]],
    ["a comma in a label", 'UUID="a, b",gpu="3"', "61", [[3, { gpu_temp: 61 }]]],
    ["an unescaped quote in a label", 'job="say "hi" now",gpu="3"', "61", [[3, { gpu_temp: 61 }]]],
    ["an escaped quote in a label", 'job="1234\\"x",gpu="3"', "61", [[3, { gpu_temp: 61 }]]],
    ["a brace in a label", 'gpu="3",job="} 99"', "61", [[3, { gpu_temp: 61 }]]],
    ["an exponent", 'gpu="3"', "6.1e+01", [[3, { gpu_temp: 61 }]]],
    ["a timestamp", 'gpu="3"', "61 1732406400000", [[3, { gpu_temp: 61 }]]],
    ["two digits of index", 'gpu="15"', "61", [[15, { gpu_temp: 61 }]]],
    ["a MIG instance", 'gpu="3",GPU_I_PROFILE="1g.10gb",GPU_I_ID="7"', "61", []],
    ["no MIG instance", 'gpu="3",GPU_I_PROFILE="",GPU_I_ID=""', "61", [[3, { gpu_temp: 61 }]]],
    ["a single link", 'nvlink="2",gpu="3"', "61", []],
    ["an index beyond any chassis", 'gpu="32"', "61", []],
    ["an index that is not a number", 'gpu="all"', "61", []],
    ["not a number", 'gpu="3"', "NaN", []],
    ["infinity", 'gpu="3"', "+Inf", []],
    ["a text", 'gpu="3"', "ERROR - FAILED TO CONVERT TO STRING", []],
    ["a negative value", 'gpu="3"', "-1", []],
    ["a value no GPU has", 'gpu="3"', "900", []],
    ["the int32 blank", 'gpu="3"', "2147483632", []],
    ["the int64 blank", 'gpu="3"', "9223372036854775794", []],
    ["the double blank", 'gpu="3"', "140737488355330.000000", []],
    ["no value", 'gpu="3"', "", []],
  ] as const)("%s", ([, labels, value, expected]) => {
    expect(read(line(labels, value)).map((s) => [s.gpu, known(s)])).toEqual(expected);
  });

  test("the last line needs no line feed, and lines may end as on Windows", () => {
    expect(known(read('DCGM_FI_DEV_GPU_TEMP{gpu="0"} 61')[0])).toEqual({ gpu_temp: 61 });
    expect(known(read('DCGM_FI_DEV_GPU_TEMP{gpu="0"} 61\r\n')[0])).toEqual({ gpu_temp: 61 });
  });

  test("a GPU that several pods share is counted once", () => {
    const text = line('gpu="0",pod="a"', "61") + line('gpu="0",pod="b"', "61");
    expect(read(text).map((s) => [s.gpu, known(s)])).toEqual([[0, { gpu_temp: 61 }]]);
  });

  test("a name that only begins like a known one is another name", () => {
    expect(read('DCGM_FI_DEV_GPU_TEMP{gpu="0"} 61\nDCGM_FI_DEV_GPU_TEMP_X{gpu="1"} 62\n')).toEqual(
      read('DCGM_FI_DEV_GPU_TEMP{gpu="0"} 61\n'),
    );
  });

  test("the utilization that changed its unit under one name is read by its generation", () => {
    const util = (label: string, value: string) =>
      known(read(`DCGM_FI_DEV_GPU_UTIL_RATIO{gpu="0",${label}="570"} ${value}\n`)[0]).gpu_util;
    expect(util("DCGM_FI_SYSTEM_DRIVER_VERSION", "0.5")).toBe(50);
    expect(util("DCGM_FI_DRIVER_VERSION", "1")).toBe(1);
    // Whoever printed this, it is not a ratio.
    expect(util("hostname", "37")).toBe(37);
  });
});

describe("answers that are not expositions", () => {
  test.for(["", "\n", "  \n\n"])("an empty body is no sample, not an idle GPU: %j", (text) => {
    expect(read(text)).toEqual([]);
  });

  test.for([
    "<html><body>It works!</body></html>",
    '{"status":"ok"}',
    "Internal Server Error",
    "\u0000\u0001\u0002",
    "# A heading",
  ])("garbage is said to be garbage: %j", (text) => {
    expect(failure(() => read(text))).toBe("malformed");
  });

  test("an exposition of something else has no GPU in it", () => {
    expect(read('# TYPE up gauge\nup{job="node"} 1\n')).toEqual([]);
  });

  test("the caps on size and lines are refused in words", () => {
    expect(failure(() => parseExposition(Buffer.alloc(maxAnswerBytes + 1, "a")))).toBe("too_large");
    expect(failure(() => read("a\n".repeat(maxAnswerLines + 1)))).toBe("too_large");
  });

  test("an endless line costs nothing and says nothing", () => {
    const long = `DCGM_FI_DEV_GPU_TEMP{gpu="0",job="${"x".repeat(100_000)}"} 61\n`;
    expect(read(`${long}DCGM_FI_DEV_GPU_TEMP{gpu="1"} 62\n`).map((s) => s.gpu)).toEqual([1]);
  });
});

describe("whatever the text", () => {
  const pieces = fc.constantFrom(
    ...["DCGM_FI_DEV_GPU_TEMP", "DCGM_FI_DEV_FB_USED", "{", "}", '"', "\\", ",", " ", "\n", "\r\n"],
    ...[
      'gpu="',
      'gpu="0"',
      'GPU_I_ID="',
      "=",
      "# TYPE ",
      "61",
      "1e999",
      "-",
      ".",
      "NaN",
      "ü",
      "\t",
    ],
  );

  test("nothing but the typed error is thrown, and every value is one its metric can have", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(fc.oneof(pieces, fc.string({ maxLength: 4 })), { maxLength: 60 }),
          fc.uint8Array({ maxLength: 400 }),
        ),
        (input) => {
          const body = Array.isArray(input) ? Buffer.from(input.join("")) : Buffer.from(input);
          try {
            for (const sample of parseExposition(body)) {
              expect(sample.gpu).toBeLessThan(32);
              for (const value of sample.values) expect(value === null || value >= 0).toBe(true);
            }
          } catch (error) {
            expect(error).toBeInstanceOf(ExporterError);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test("a damaged exposition loses lines, never the undamaged rest", () => {
    const whole = fixture("dcgm-sample-default25.txt");
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length - 1 }), fc.nat(255), (at, byte) => {
        const damaged = Buffer.from(whole);
        damaged[at] = byte;
        const lost = parseExposition(damaged).flatMap((sample) => {
          const intact = known(parsedWhole[sample.gpu]);
          return Object.entries(intact).filter(
            ([metric, value]) => known(sample)[metric as GpuMetric] !== value,
          );
        });
        // One byte can join two lines.
        expect(lost.length).toBeLessThanOrEqual(2);
      }),
      { numRuns: 300 },
    );
  });
  const parsedWhole = parseExposition(fixture("dcgm-sample-default25.txt"));

  test("the careful way and the fast way read the same", () => {
    const whole = fixture("dcgm-sample.txt").toString();
    // Any instance label anywhere sends every line the careful way.
    const careful = read(`${whole}unknown{GPU_I_ID="1"} 1\n`);
    expect(careful).toEqual(read(whole));
  });
});
