import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { boardMetrics, type InstanceSample, instanceMetrics } from "#lib/domain/telemetry/instance";
import { type GpuMetric, gpuMetrics } from "#lib/domain/telemetry/metric";
import { type GpuSample, sampleValue } from "#lib/domain/telemetry/sample";
import { parseExposition } from "#lib/drivers/dcgm/exposition";
import { fields } from "#lib/drivers/dcgm/fields";
import { maxAnswerBytes, maxAnswerLines } from "#lib/drivers/exporter/exporter-client";
import { ExporterError } from "#lib/ports/exporter";

const fixture = (name: string) =>
  readFileSync(join(process.cwd(), "../shared/fixtures/dcgm", name));
const read = (text: string) => parseExposition(Buffer.from(text)).gpus;
const readFixture = (name: string) => parseExposition(fixture(name)).gpus;

/** What is known of a sample, by name. */
function known(sample: GpuSample | undefined): Partial<Record<GpuMetric, number>> {
  if (!sample) return {};
  return Object.fromEntries(
    gpuMetrics
      .map((metric) => [metric, sampleValue(sample, metric)] as const)
      .filter(([, value]) => value !== null),
  );
}

/** The same of a part of a GPU. */
const knownOf = ({ values }: InstanceSample) =>
  Object.fromEntries(
    instanceMetrics
      .map((metric, index) => [metric, values[index]] as const)
      .filter(([, value]) => value !== null),
  );

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
    const before = readFixture("dcgm-sample-default25.txt");
    const after = readFixture("dcgm-sample-490.txt");
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
    const [, , , third] = readFixture("dcgm-sample-default25.txt");
    expect(known(third)).toMatchObject({
      power_w: 634.82,
      energy_j: 156_930_012,
      nvlink: 273_822,
      pcie_tx: 464.13,
      xid: 0,
    });
  });

  test("the extended counters give every metric but the limits the sample leaves out", () => {
    const samples = readFixture("dcgm-sample.txt");
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
    expect(read('DCGM_FI_DEV_GPU_TEMP{gpu="0",UUID="GPU-x"} 50\n')[0]?.uuid).toBeUndefined();
  });

  test("Hopper's NVLink errors are counted under the names before 4.9.0 and since", () => {
    const [sample] = read(
      'DCGM_FI_DEV_NVLINK_ERROR_DL_CRC{gpu="0"} 3\nDCGM_FI_DEV_NVLINK_REPLAY_TOTAL{gpu="0"} 2\n' +
        'DCGM_FI_DEV_NVLINK_ERROR_DL_RECOVERY{gpu="0"} 1\n',
    );
    expect(known(sample)).toEqual({ nvlink_crc_data: 3, nvlink_replay: 2, nvlink_recovery: 1 });
  });

  test("of the odd values only the XID is a fact of a GPU: blanks and texts are absent, MIG instances apart", () => {
    const samples = readFixture("dcgm-sample-edge.txt");
    expect(samples.map((s) => [s.gpu, known(s)])).toEqual([[0, { xid: 45 }]]);
    expect(
      samples[0]?.instances?.map((part) => [part.instance, part.profile, knownOf(part)]),
    ).toEqual([
      [2, "3g.40gb", { gr_active: 0 }],
      [7, "1g.10gb", { gr_active: 31.2 }],
    ]);
  });

  test("switches of the extended counters are themselves, and no GPU", () => {
    const { gpus, switches } = parseExposition(fixture("dcgm-sample.txt"));
    expect(gpus).toHaveLength(8);
    expect(gpus.some(({ instances }) => instances)).toBe(false);
    expect(switches).toEqual(
      [0, 1, 2, 3].map((nvswitch) => ({
        ...{ nvswitch, temperature: 41 + nvswitch, fatal: nvswitch, nonFatal: nvswitch },
        ...{ sentMibit: 9_182_736_455 + nvswitch, receivedMibit: null, linkErrors: null },
      })),
    );
  });

  test("every documented name of a metric we keep is read with the documented factor", () => {
    const documented = JSON.parse(fixture("dcgm-fields.json").toString()) as {
      fields: { column: string; unit: string; aliases: { name: string; factor: number }[] }[];
    };
    const notKept = ["vgpu_lic", "ecc_sbe_agg", "ecc_dbe_agg", "recovery_action"];
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
    // Not in the list: the two limits of temperature by either of their names, and what Hopper counts of
    // NVLink errors.
    expect(names).toBe(fields.size - 4 - 6);
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
    [
      "a MIG instance",
      'gpu="3",GPU_I_PROFILE="1g.10gb",GPU_I_ID="7"',
      "61",
      [[3, { gpu_temp: 61 }]],
    ],
    ["a MIG instance of no size", 'gpu="3",GPU_I_PROFILE="",GPU_I_ID="7"', "61", []],
    ["a MIG instance of no number", 'gpu="3",GPU_I_PROFILE="1g.10gb"', "61", []],
    ["a number no instance has", 'gpu="3",GPU_I_PROFILE="1g.10gb",GPU_I_ID="16"', "61", []],
    ["a size that is a text", 'gpu="3",GPU_I_PROFILE="<b>",GPU_I_ID="7"', "61", []],
    ["a switch", 'nvswitch="nvswitch3"', "61", []],
    ["a switch that names a GPU", 'nvswitch="nvswitch3",gpu="3"', "61", []],
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

  test("lines may end as on Windows", () => {
    expect(known(read('DCGM_FI_DEV_GPU_TEMP{gpu="0"} 61\r\n')[0])).toEqual({ gpu_temp: 61 });
  });

  test("wherever a text is cut, it loses lines, and no number is cut with it", () => {
    const whole = fixture("dcgm-sample-default25.txt");
    const intact = parseExposition(whole).gpus;
    fc.assert(
      fc.property(fc.nat(whole.length - 1), (length) => {
        const cut = whole.subarray(0, length);
        // Of less than a line it is not known what it is of.
        if (!cut.includes("\n")) return;
        for (const sample of parseExposition(cut).gpus) {
          expect(known(intact[sample.gpu])).toMatchObject(known(sample));
        }
      }),
      { numRuns: 1_000 },
    );
    expect(failure(() => read('DCGM_FI_DEV_GPU_TEMP{gpu="0"} 6'))).toBe("malformed");
  });

  test("a GPU that several pods share is counted once", () => {
    const text = line('gpu="0",pod="a"', "61") + line('gpu="0",pod="b"', "61");
    expect(read(text).map((s) => [s.gpu, known(s)])).toEqual([[0, { gpu_temp: 61 }]]);
  });

  test("lanes of a PCIe link are told where both numbers are, also by the parts of a GPU", () => {
    const width = (labels: string, now: string, most?: string) =>
      `DCGM_FI_DEV_PCIE_LINK_WIDTH{${labels}} ${now}\n${most ? `DCGM_FI_DEV_PCIE_MAX_LINK_WIDTH{${labels}} ${most}\n` : ""}DCGM_FI_DEV_GPU_TEMP{${labels}} 61\n`;
    const part = 'gpu="4",GPU_I_PROFILE="3g.40gb",GPU_I_ID="1"';
    const told = read(
      width('gpu="0",UUID="GPU-1"', "8", "16") +
        width('gpu="1"', "16") +
        width('gpu="2"', "9223372036854775794", "16") +
        width('gpu="3"', "-8", "16.5") +
        width(part, "16", "16"),
    );
    expect(told.map(({ gpu, lanes }) => [gpu, lanes])).toEqual([
      [0, { now: 8, most: 16 }],
      ...[1, 2, 3].map((gpu) => [gpu, undefined]),
      [4, { now: 16, most: 16 }],
    ]);
  });

  test("NVLinks are up or down by either name of their state, each once, and a switch's are no GPU's", () => {
    const state = (name: string, labels: string, value: string) =>
      `DCGM_FI_DEV_NVLINK_${name}{${labels},gpu_uuid="GPU-1"} ${value}\n`;
    const links = (gpu: number, ...values: string[]) =>
      values
        .map((value, link) => state("GET_STATE", `nvlink="${link}",gpu="${gpu}"`, value))
        .join("");
    const told = read(
      [0, 1, 2, 3].map((gpu) => `DCGM_FI_DEV_GPU_TEMP{gpu="${gpu}"} 61\n`).join("") +
        links(0, "1", "1", "2", "0") +
        state("LINK_STATUS", 'nvlink="3",gpu="0"', "1") +
        state("LINK_STATUS", 'gpu="1",nvlink="17"', "0") +
        // No state, no link, no GPU, a blank.
        links(2, "3", "0.5", "9223372036854775794") +
        state("LINK_STATUS", 'nvlink="64",gpu="2"', "0") +
        state("LINK_STATUS", 'nvlink="1",gpu="32"', "0") +
        state("LINK_STATUS", 'gpu="2"', "0") +
        state("LINK_STATUS", 'nvlink="1",nvswitch="nvswitch0",gpu="3"', "0"),
    );
    expect(told.map((sample) => sample.links)).toEqual([
      ...[{ up: 3, down: 1 }, { up: 0, down: 1 }, undefined, undefined],
    ]);
    expect(told.every((sample) => Object.keys(known(sample)).length === 1)).toBe(true);
  });

  test("XIDs are counted since the exporter's start, or in its window where that is not told", () => {
    const count = (name: string, labels: string, value: string) =>
      `DCGM_EXP_XID_ERRORS_${name}{${labels}} ${value}\nDCGM_FI_DEV_GPU_TEMP{${labels}} 61\n`;
    const told = read(
      count("COUNT", 'gpu="0",window_size_in_ms="300000"', "0") +
        count("COUNT", 'gpu="1",window_size_in_ms="300000",xid="94"', "2") +
        count("COUNT", 'gpu="1",window_size_in_ms="300000",xid="13"', "1") +
        count("COUNT", 'gpu="2",xid="94"', "2") +
        count("TOTAL", 'gpu="2",xid="94"', "7") +
        count("TOTAL", 'gpu="3",xid="94"', "1.5") +
        count("TOTAL", 'gpu="4",xid="0"', "1") +
        Array.from({ length: 99 }, (_, n) => count("TOTAL", `gpu="5",xid="${n + 1}"`, "1")).join(
          "",
        ),
    ).map(({ xids }) => xids && [xids.span, Object.fromEntries(xids.times)]);
    expect(told.slice(0, 5)).toEqual([
      ["window", {}],
      ["window", { 13: 1, 94: 2 }],
      ["lifetime", { 94: 7 }],
      ["lifetime", {}],
      ["lifetime", {}],
    ]);
    expect(Object.keys(told[5]?.[1] ?? {})).toHaveLength(64);
    const counted = readFixture("dcgm-sample.txt").map(({ xids }) => [...(xids?.times ?? [])]);
    expect(counted).toEqual([[], [], [], [[94, 2]], [], [[45, 1]], [], []]);
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

describe("GPUs that are split (MIG)", () => {
  // As dcgm-exporter's template prints them (internal/pkg/rendermetrics, 4.8): of a GPU in MIG mode its
  // instances alone, each with what is its own and, repeated, what is its board's.
  type Naming = "4.8" | "4.9";
  const instance = (naming: Naming, gpu: number, id: number, profile: string, share: number) => {
    const driver = naming === "4.8" ? "DCGM_FI_DRIVER_VERSION" : "DCGM_FI_SYSTEM_DRIVER_VERSION";
    const labels =
      `{gpu="${gpu}",UUID="GPU-604ac76c-d9cf-fef3-62e9-d92044ab6e5${gpu}",pci_bus_id="00000000:1B:00.0",` +
      `device="nvidia${gpu}",modelName="NVIDIA H100 80GB HBM3",GPU_I_PROFILE="${profile}",GPU_I_ID="${id}",` +
      `hostname="mig-node-1",${driver}="570.133.20"}`;
    return naming === "4.8"
      ? `DCGM_FI_PROF_GR_ENGINE_ACTIVE${labels} ${share}\nDCGM_FI_DEV_FB_USED${labels} ${share * 8_000}\n` +
          `DCGM_FI_DEV_FB_FREE${labels} 100\nDCGM_FI_DEV_GPU_TEMP${labels} 61\nDCGM_FI_DEV_POWER_USAGE${labels} 400.5\n`
      : `DCGM_FI_PROF_GR_ENGINE_UTIL_RATIO${labels} ${share}\nDCGM_FI_DEV_FB_USED_BYTES${labels} ${share * 8_000 * 2 ** 20}\n` +
          `DCGM_FI_DEV_FB_FREE_BYTES${labels} ${100 * 2 ** 20}\nDCGM_FI_DEV_GPU_TEMP_CELSIUS${labels} 61\nDCGM_FI_DEV_BOARD_POWER_WATTS${labels} 400.5\n`;
  };
  const whole = (gpu: number) =>
    `DCGM_FI_DEV_GPU_TEMP{gpu="${gpu}",UUID="GPU-1"} 55\nDCGM_FI_DEV_FB_USED{gpu="${gpu}",UUID="GPU-1"} 70000\n`;

  test.for<Naming>(["4.8", "4.9"])(
    "instances in the names of %s are told apart from each other and from the GPU",
    (naming) => {
      const text =
        instance(naming, 0, 2, "3g.40gb", 0.5) +
        instance(naming, 0, 1, "4g.40gb", 0.25) +
        instance(naming, 2, 7, "1g.10gb+me", 1) +
        whole(1);
      const told = read(text).map(({ instances, ...gpu }) => ({
        ...{ gpu: gpu.gpu, own: known(gpu) },
        parts: instances?.map((part) => [part.instance, part.profile, knownOf(part)]),
      }));
      expect(told).toEqual([
        {
          ...{ gpu: 0, own: { gpu_temp: 61, power_w: 400.5 } },
          parts: [
            [1, "4g.40gb", { gr_active: 25, fb_used: 2_000, fb_free: 100 }],
            [2, "3g.40gb", { gr_active: 50, fb_used: 4_000, fb_free: 100 }],
          ],
        },
        { gpu: 1, own: { gpu_temp: 55, fb_used: 70_000 }, parts: undefined },
        {
          ...{ gpu: 2, own: { gpu_temp: 61, power_w: 400.5 } },
          parts: [[7, "1g.10gb+me", { gr_active: 100, fb_used: 8_000, fb_free: 100 }]],
        },
      ]);
    },
  );

  test("whatever the order, a GPU that is told beside its instances keeps its own values", () => {
    const parts = instance("4.8", 0, 2, "3g.40gb", 0.5) + instance("4.8", 0, 1, "4g.40gb", 0.25);
    const lines = (parts + whole(0)).trimEnd().split("\n");
    fc.assert(
      fc.property(fc.shuffledSubarray(lines, { minLength: lines.length }), (shuffled) => {
        const [gpu] = read(shuffled.map((one) => `${one}\n`).join(""));
        expect(known(gpu)).toEqual({ gpu_temp: 55, fb_used: 70_000 });
        expect(gpu?.instances?.map(knownOf)).toEqual([
          { gr_active: 25, fb_used: 2_000, fb_free: 100 },
          { gr_active: 50, fb_used: 4_000, fb_free: 100 },
        ]);
      }),
      { numRuns: 100 },
    );
  });

  test("what only a part can have is never its GPU's, and what is the board's is the first part's", () => {
    const names = [...fields].filter(([, { metric }]) => metric !== "gpu_util");
    const lines = [1, 2].flatMap((id) =>
      names.map(
        ([name]) => `${name}{gpu="0",GPU_I_PROFILE="1g.10gb",GPU_I_ID="${id}"} ${id === 1 ? 1 : 0}`,
      ),
    );
    const told = Object.keys(known(read(lines.map((one) => `${one}\n`).join(""))[0]));
    expect(told.toSorted()).toEqual([...boardMetrics].toSorted());
    const [xid] = read(
      'DCGM_FI_DEV_XID_ERRORS{gpu="0",GPU_I_PROFILE="1g.10gb",GPU_I_ID="9"} 63\n' +
        'DCGM_FI_DEV_XID_ERRORS{gpu="0",GPU_I_PROFILE="1g.10gb",GPU_I_ID="1"} 0\n',
    );
    expect(known(xid)).toEqual({ xid: 63 });
  });

  test("clocks, and why they are held back, are the board's: all parts of a GPU have them", () => {
    // NVIDIA/dcgm-exporter#713 has the first line, and #50 the words.
    const labels =
      '{gpu="0",UUID="GPU-06357e72-c3ee-614b-775f-a89e18e8cc08",device="nvidia0",' +
      'modelName="NVIDIA A100 80GB PCIe",GPU_I_PROFILE="7g.79gb",GPU_I_ID="0",Hostname="metal-gpu-08"}';
    const [gpu] = read(
      `DCGM_FI_DEV_SM_CLOCK${labels} 1410\nDCGM_FI_DEV_CLOCKS_EVENT_REASONS${labels} 64\n` +
        `DCGM_FI_DEV_THERMAL_VIOLATION${labels} 2000000000\nDCGM_FI_DEV_PCIE_REPLAY_COUNTER${labels} 7\n`,
    );
    expect(known(gpu)).toEqual({
      ...{ sm_clock: 1_410, clock_reasons: 0x40, thermal_throttle_s: 2, pcie_replay: 7 },
    });
  });

  test("of more parts than a GPU can have, the first are taken", () => {
    const lines = [15, 3, 1, 2, 9, 8, 7, 6, 5, 3, 0].map((id) =>
      instance("4.8", 0, id, "1g.10gb", 0),
    );
    const [gpu] = read(lines.join(""));
    expect(gpu?.instances?.map((part) => part.instance)).toEqual([1, 2, 3, 7, 8, 9, 15]);
  });

  test.for([
    ["1g.10gb", 1],
    ["1g.10gb+me", 1],
    ["1g.24gb+me.all", 1],
    ["1g.24gb-me", 1],
    ["1g.24gb+gfx", 1],
    ["7g.269gb", 1],
    ["1c.3g.40gb", 1],
    ["8g.80gb", 0],
    ["1g.0gb", 0],
    ["1g.1000gb", 0],
    ["1g.10gb+", 0],
    ["1g.10gb+a1", 0],
    ["1g.10gb.7", 0],
    ["pod-7f9c", 0],
  ] as const)("%s is a profile: %i", ([profile, count]) => {
    expect(read(instance("4.8", 0, 1, profile, 0))).toHaveLength(count);
  });

  test("an instance that two pods share is counted once, and one number has one size", () => {
    const of = (profile: string, pod: string, value: string) =>
      `DCGM_FI_DEV_FB_USED{gpu="0",GPU_I_PROFILE="${profile}",GPU_I_ID="3",pod="${pod}"} ${value}\n`;
    const [gpu] = read(
      of("1g.10gb", "a", "10") + of("1g.10gb", "b", "11") + of("2g.20gb", "c", "12"),
    );
    expect(gpu?.instances?.map((part) => [part.profile, knownOf(part)])).toEqual([
      ["1g.10gb", { fb_used: 10 }],
    ]);
  });
});

describe("switches", () => {
  const readSwitches = (text: string) => parseExposition(Buffer.from(text)).switches;

  test("both naming generations say the same, and links are added up", () => {
    const older =
      'DCGM_FI_DEV_NVSWITCH_TEMPERATURE_CURRENT{nvswitch="nvswitch1",hostname="n"} 44\n' +
      'DCGM_FI_DEV_NVSWITCH_FATAL_ERRORS{nvswitch="nvswitch1",hostname="n"} 20034\n' +
      'DCGM_FI_DEV_NVSWITCH_NON_FATAL_ERRORS{nvswitch="nvswitch1",hostname="n"} 0\n' +
      'DCGM_FI_DEV_NVSWITCH_LINK_CRC_ERRORS{nvlink="0",nvswitch="nvswitch1",hostname="n"} 2\n' +
      'DCGM_FI_DEV_NVSWITCH_LINK_CRC_ERRORS{nvlink="1",nvswitch="nvswitch1",hostname="n"} 3\n' +
      'DCGM_FI_DEV_NVSWITCH_LINK_CRC_ERRORS{nvlink="1",nvswitch="nvswitch1",hostname="n"} 3\n';
    const newer = older
      .replaceAll("NVSWITCH_TEMPERATURE_CURRENT", "NVSWITCH_TEMP_CELSIUS")
      .replaceAll("NVSWITCH_FATAL_ERRORS", "SXID_FATAL_ERROR")
      .replaceAll("NVSWITCH_NON_FATAL_ERRORS", "SXID_NON_FATAL_ERROR")
      .replaceAll("LINK_CRC_ERRORS", "LINK_CRC_ERROR_TOTAL");
    expect(readSwitches(older)).toEqual([
      {
        ...{ nvswitch: 1, temperature: 44, fatal: 20_034, nonFatal: 0, linkErrors: 5 },
        ...{ sentMibit: null, receivedMibit: null },
      },
    ]);
    expect(readSwitches(newer)).toEqual(readSwitches(older));
    expect(read(older)).toEqual([]);
  });

  test.for([
    'DCGM_FI_DEV_NVSWITCH_FATAL_ERRORS{nvswitch="nvswitch1",gpu="0"} 20034',
    'DCGM_FI_DEV_NVSWITCH_FATAL_ERRORS{nvswitch="nvswitch1",nvlink="0"} 20034',
    'DCGM_FI_DEV_NVSWITCH_LINK_CRC_ERRORS{nvswitch="nvswitch1"} 2',
    'DCGM_FI_DEV_NVSWITCH_FATAL_ERRORS{gpu="1"} 20034',
    'DCGM_FI_DEV_NVSWITCH_FATAL_ERRORS{nvswitch="nvswitch32"} 20034',
    'DCGM_FI_DEV_NVSWITCH_FATAL_ERRORS{nvswitch="nvswitch1"} 2147483632',
    'DCGM_FI_DEV_NVSWITCH_THROUGHPUT_TX{nvswitch="nvswitch1"} 9223372036854775792',
    'DCGM_FI_DEV_NVSWITCH_TEMPERATURE_CURRENT{nvswitch="nvswitch1"} NaN',
    "DCGM_FI_DEV_NVSWITCH_FATAL_ERRORS 20034",
  ])("says nothing: %s", (line) => {
    expect(parseExposition(Buffer.from(`${line}\n`))).toEqual({ gpus: [], switches: [] });
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
      'GPU_I_ID="1",GPU_I_PROFILE="1g.10gb"',
      'nvswitch="nvswitch1"',
      'nvlink="1"',
      "DCGM_FI_DEV_NVSWITCH_FATAL_ERRORS",
      "DCGM_FI_DEV_NVSWITCH_LINK_CRC_ERRORS",
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
            const { gpus, switches } = parseExposition(body);
            for (const { gpu, values, instances = [] } of gpus) {
              expect(gpu).toBeLessThan(32);
              expect(instances.every(({ instance }) => instance < 16)).toBe(true);
              for (const value of [...values, ...instances.flatMap((part) => part.values)]) {
                expect(value === null || value >= 0).toBe(true);
              }
            }
            for (const reading of switches) {
              expect(reading.nvswitch).toBeLessThan(32);
              for (const value of Object.values(reading)) {
                expect(value === null || value >= 0).toBe(true);
              }
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
        const lost = parseExposition(damaged).gpus.flatMap((sample) => {
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
  const parsedWhole = readFixture("dcgm-sample-default25.txt");

  test("the careful way and the fast way read the same", () => {
    const whole = fixture("dcgm-sample.txt").toString();
    // Any instance label anywhere sends every line the careful way.
    const careful = read(`${whole}unknown{GPU_I_ID="1"} 1\n`);
    expect(careful).toEqual(read(whole));
  });
});
