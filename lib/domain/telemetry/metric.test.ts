import fc from "fast-check";
import { expect, test } from "vitest";
import { declared, gpuMetricSpecs, gpuMetrics } from "#lib/domain/telemetry/metric";
import { emptySample, gpuSample, sampleValue } from "#lib/domain/telemetry/sample";

test("every metric, its unit, kind, precision and greatest believable value", () => {
  const table = gpuMetrics.map((metric) => {
    const { label, unit, kind, decimals, max } = gpuMetricSpecs[metric];
    return `${metric.padEnd(20)}${unit.padEnd(6)}${kind.padEnd(8)}${decimals} ${String(max).padEnd(17)}${label}`;
  });
  expect(table.join("\n")).toMatchInlineSnapshot(`
    "gpu_util            %     gauge   2 100              GPU utilization
    mem_copy_util       %     gauge   2 100              Memory copy utilization
    enc_util            %     gauge   2 100              Encoder utilization
    dec_util            %     gauge   2 100              Decoder utilization
    sm_active           %     gauge   2 100              SM activity
    tensor_active       %     gauge   2 100              Tensor activity
    dram_active         %     gauge   2 100              DRAM activity
    gr_active           %     gauge   2 100              Graphics engine activity
    fb_used             MiB   gauge   0 16777216         Memory used
    fb_free             MiB   gauge   0 16777216         Memory free
    fb_reserved         MiB   gauge   0 16777216         Memory reserved
    fb_total            MiB   gauge   0 16777216         Memory total
    power_w             W     gauge   2 20000            Power
    power_limit         W     gauge   2 20000            Power limit
    energy_j            J     counter 0 1000000000000000 Energy
    gpu_temp            °C    gauge   0 200              GPU temperature
    mem_temp            °C    gauge   0 200              Memory temperature
    sm_clock            MHz   gauge   0 20000            SM clock
    mem_clock           MHz   gauge   0 20000            Memory clock
    nvlink              MB/s  gauge   0 10000000         NVLink throughput
    nvlink_tx           MB/s  gauge   0 10000000         NVLink sent
    nvlink_rx           MB/s  gauge   0 10000000         NVLink received
    nvlink_crc_flit     count counter 0 2147483631       NVLink flow control CRC errors
    nvlink_crc_data     count counter 0 2147483631       NVLink data CRC errors
    nvlink_replay       count counter 0 2147483631       NVLink replays
    nvlink_recovery     count counter 0 2147483631       NVLink recoveries
    pcie_tx             MB/s  gauge   2 160000           PCIe sent
    pcie_rx             MB/s  gauge   2 160000           PCIe received
    pcie_replay         count counter 0 2147483631       PCIe replays
    xid                 code  state   0 9999             Last XID
    clock_reasons       code  state   0 2147483631       Clock event reasons
    ecc_sbe             count counter 0 2147483631       Corrected ECC errors
    ecc_dbe             count counter 0 2147483631       Uncorrected ECC errors
    remap_cor           count counter 0 2147483631       Rows remapped, correctable
    remap_unc           count counter 0 2147483631       Rows remapped, uncorrectable
    remap_pending       code  state   0 1                Row remap pending
    remap_fail          code  state   0 1                Row remap failed
    power_throttle_s    s     counter 2 1000000000       Time throttled by the power limit
    thermal_throttle_s  s     counter 2 1000000000       Time throttled by heat
    gpu_temp_limit      °C    gauge   0 200              GPU temperature limit
    mem_temp_limit      °C    gauge   0 200              Memory temperature limit
    sm_occupancy        %     gauge   2 100              SM occupancy
    fp64_active         %     gauge   2 100              FP64 pipe activity
    fp32_active         %     gauge   2 100              FP32 pipe activity
    fp16_active         %     gauge   2 100              FP16 pipe activity"
  `);
});

test("a value is kept at the declared precision, and what no GPU can have is not kept", () => {
  expect(declared(gpuMetricSpecs.power_w, 634.819524)).toBe(634.82);
  expect(declared(gpuMetricSpecs.gpu_temp, 61.4)).toBe(61);
  expect(declared(gpuMetricSpecs.gpu_util, 0.9 * 100)).toBe(90);
  for (const value of [-1, 100.1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(declared(gpuMetricSpecs.gpu_util, value)).toBeNull();
  }
});

test("keeping a value twice changes nothing more", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...gpuMetrics),
      fc.double({ min: 0, noNaN: true }),
      (name, value) => {
        const spec = gpuMetricSpecs[name];
        const once = declared(spec, value);
        if (once !== null && once <= spec.max) expect(declared(spec, once)).toBe(once);
      },
    ),
  );
});

test("a metric that was not given is unknown, and zero is a value", () => {
  const sample = gpuSample(0, { gpu_util: 0, gpu_temp: 900 });
  expect(sampleValue(sample, "gpu_util")).toBe(0);
  expect(sampleValue(sample, "gpu_temp")).toBeNull();
  expect(sampleValue(emptySample(0), "power_w")).toBeNull();
});
