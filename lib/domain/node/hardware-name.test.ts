import { describe, expect, test } from "vitest";
import { sameCpuModel, sameGpuModel, sameName } from "#lib/domain/node/hardware-name";

describe("GPU models", () => {
  test.each([
    ["H100", "NVIDIA H100 80GB HBM3"],
    ["NVIDIA H100 80GB HBM3", "H100"],
    ["H100 SXM5", "NVIDIA H100 80GB HBM3"],
    ["H100 SXM5 80GB", "NVIDIA H100-SXM5-80GB"],
    ["H200", "NVIDIA H200 141GB HBM3e"],
    ["H200", "NVIDIA-H200"],
    ["B200", "NVIDIA B200"],
    ["GB200", "NVIDIA GB200"],
    ["A100", "NVIDIA A100-SXM4-80GB"],
    ["A100 40GB", "NVIDIA Corporation A100 40 GB"],
    ["L40S", "NVIDIA L40S"],
    ["MI300X", "AMD Instinct MI300X OAM"],
    ["H100 NVL", "NVIDIA H100 NVL"],
    ["RTX 6000 Ada", "NVIDIA RTX 6000 Ada"],
    ["h100", "H100"],
  ])("%s is %s", (expected, found) => {
    expect(sameGpuModel(expected, found)).toBe(true);
  });

  test.each([
    ["H100", "NVIDIA H200"],
    ["H200", "NVIDIA GH200"],
    ["B200", "NVIDIA GB200"],
    ["L40", "NVIDIA L40S"],
    ["A100 40GB", "NVIDIA A100-SXM4-80GB"],
    ["H100 PCIe", "NVIDIA H100 SXM5"],
    ["H100 NVL", "NVIDIA H100 PCIe"],
    ["MI300X", "AMD Instinct MI300A"],
    ["RTX 6000 Ada", "RTX 5000 Ada"],
    ["A10", "A100"],
  ])("%s is not %s", (expected, found) => {
    expect(sameGpuModel(expected, found)).toBe(false);
  });
});

describe("CPU models", () => {
  test.each([
    ["Xeon Platinum 8480C", "Intel(R) Xeon(R) Platinum 8480C"],
    ["Xeon Gold 6354", "Intel(R) Xeon(R) Gold 6354 CPU @ 3.00GHz"],
    ["EPYC 9654", "AMD EPYC 9654 96-Core Processor"],
    ["INTEL(R) XEON(R) GOLD 6530", "Intel Xeon Gold 6530"],
  ])("%s is %s", (expected, found) => {
    expect(sameCpuModel(expected, found)).toBe(true);
  });

  test.each([
    ["Xeon Platinum 8480", "Intel(R) Xeon(R) Platinum 8480C"],
    ["EPYC 9654", "AMD EPYC 9554 64-Core Processor"],
  ])("%s is not %s", (expected, found) => {
    expect(sameCpuModel(expected, found)).toBe(false);
  });
});

test.each([
  ["Dell Inc.", "DELL", true],
  ["Supermicro", "supermicro", true],
  ["DGXH100", "DGXH100", true],
  ["NVIDIA Corporation", "NVIDIA", true],
  ["Co", "Inc", false],
  ["HPE", "HP", false],
  ["SYS-821GE-TNHR", "SYS 821GE TNHR", true],
])("the names %s and %s mean the same: %s", (a, b, same) => {
  expect(sameName(a, b)).toBe(same);
});
