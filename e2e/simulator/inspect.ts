import type { Boot } from "./boot-journal.ts";
import type { Faults } from "./faults.ts";
import type { Hardware } from "./hardware.ts";
import { describeAnswer, NodeNetwork } from "./node-network.ts";
import { pause, type Timing } from "./timing.ts";

export type InspectResult = { outcome: string };

/**
 * Tells what the machine is made of, tests it when it is told to, and reports. A test takes as long
 * as the wipe of a device here, whatever it was told. Rejects only when the signal fires. The machine
 * powers itself off afterwards.
 * @param input.inspectUrl What `ingot.inspect=` on the kernel's command line says.
 * @param input.burn What `ingot.burn=` says; undefined when nothing is to be tested.
 */
export async function inspect(input: {
  inspectUrl: string;
  burn: string | undefined;
  address: string;
  hardware: Hardware;
  timing: Timing;
  faults: Faults;
  boot: Boot;
  signal: AbortSignal;
}): Promise<InspectResult> {
  const { inspectUrl, hardware, timing, faults, signal } = input;
  const network = new NodeNetwork({
    address: input.address,
    boot: input.boot,
    userAgent: "ingot-inspect-simulated/1",
    signal,
  });
  const retry = { tries: timing.bootTries, retryMs: timing.retryMs };
  const post = (path: string, body: string, type = "application/json") =>
    network.sendWithRetries(
      { method: "POST", url: `${inspectUrl}${path}`, body, headers: { "content-type": type } },
      retry,
    );
  const startedAt = performance.now();
  const uptime = () => Math.round(performance.now() - startedAt) / 1000;
  const log: string[] = [];

  await post("/progress", JSON.stringify({ stage: "inspect", percent: 0, message: "reading" }));
  const tests: Record<string, unknown>[] = [];
  for (const test of input.burn === undefined ? [] : testsOf(hardware, faults)) {
    const begun = uptime();
    await post("/progress", JSON.stringify({ stage: test.test, percent: 0, message: "begins" }));
    await pause(timing.wipeDeviceMs, signal);
    if (test.test === "memory" && faults.has("dies-in-burn-in")) {
      return { outcome: "overheated in the burn-in" };
    }
    log.push(`${test.test}: ${test.result}`);
    tests.push({ ...test, startedAt: begun, endedAt: uptime() });
  }
  await post("/log", `${log.join("\n")}\nthe simulated host has no kernel\n`, "text/plain");
  const report = await post(
    "/report",
    JSON.stringify({
      tool: "ingot-inspect-simulated/1",
      uptimeSeconds: uptime(),
      facts: factsOf(hardware, faults),
      tests,
    }),
  );
  const taken = !(report instanceof Error) && report.status >= 200 && report.status < 300;
  return { outcome: taken ? "inspected" : `the report was not taken: ${describeAnswer(report)}` };
}

function factsOf(hardware: Hardware, faults: Faults) {
  const { cpu, memory, drives, ports, gpus, gpuModel } = hardware;
  return {
    kernel: "6.1.0-simulated",
    firmware: "uefi",
    system: {
      manufacturer: "Simulated",
      model: hardware.model,
      serial: faults.has("other-host") ? "A-SERIAL-OF-ANOTHER" : hardware.serial,
      uuid: hardware.uuid,
      boardSerial: null,
      biosVendor: "Simulated",
      biosVersion: hardware.biosVersion,
      biosDate: null,
    },
    cpu: {
      model: cpu.model,
      sockets: cpu.count,
      cores: cpu.count * cpu.cores,
      threads: cpu.count * cpu.threads,
    },
    memory: {
      // The kernel and the firmware keep some for themselves.
      totalMib: Math.round(memory.serials.length * memory.moduleMib * 0.985),
      modules: memory.serials.map((serial, index) => ({
        slot: `DIMM_${index + 1}`,
        sizeMib: memory.moduleMib,
        serial,
        partNumber: null,
        speedMhz: 4_800,
      })),
    },
    drives: drives.map((drive, index) => ({
      name: drive.kind === "nvme" ? `nvme${index}n1` : `vd${"abcdefgh"[index]}`,
      model: drive.model,
      serial: index === 0 && faults.has("drive-differs") ? "S-ANOTHER" : drive.serial,
      sizeBytes: drive.sizeBytes,
      rotational: false,
    })),
    nics: ports.flatMap(({ kind, mac, index, speedGbps }) =>
      kind === "ethernet"
        ? [
            {
              name: `eth${index}`,
              mac,
              driver: "mlx5_core",
              speedMbps: speedGbps * 1_000,
              linkUp: true,
            },
          ]
        : [],
    ),
    infiniband: ports.flatMap(({ kind, guid, index, speedGbps }) =>
      kind === "infiniband"
        ? [
            {
              device: `mlx5_${index}`,
              port: 1,
              guid: guid?.slice(2) ?? null,
              rate: `${speedGbps} Gb/sec (4X NDR)`,
              state: "ACTIVE",
            },
          ]
        : [],
    ),
    pci: gpus.map(({ pciBusId }, index) => ({
      address: pciBusId.slice(4).toLowerCase(),
      vendorId: "10de",
      deviceId: "2330",
      classId: "030200",
      width: index === 0 && faults.has("narrow-link") ? 8 : 16,
      maxWidth: 16,
      speed: "32.0 GT/s PCIe",
      maxSpeed: "32.0 GT/s PCIe",
    })),
    gpus: gpuModel
      ? gpus.map(({ serial, uuid }) => ({
          model: gpuModel.name,
          serial,
          uuid: `GPU-${uuid}`,
          memoryMib: gpuModel.memoryMib,
          cluster: hardware.nvlinkRack && { uuid: hardware.nvlinkRack.cluster, clique: 32_766 },
        }))
      : null,
    tpm: true,
    secureBoot: false,
  };
}

function testsOf(hardware: Hardware, faults: Faults) {
  const figure = (name: string, value: number, unit = "") => ({ name, value, unit });
  const bad = faults.has("burn-in-fails");
  const gpus = hardware.gpus.length;
  const ports = hardware.ports.filter(({ kind }) => kind === "infiniband").length;
  const bare = faults.has("no-gpu-tools");
  const passed = (...figures: ReturnType<typeof figure>[]) => ({
    ...{ result: "pass", figures, words: "", log: "" },
  });
  const notRun = (words: string) => ({ result: "not_run", figures: [], words, log: "" });
  return [
    {
      test: "cpu",
      result: "pass",
      figures: [
        figure("cores", hardware.cpu.count * hardware.cpu.threads),
        figure("wrong results", 0),
        figure("temperature", 71, "°C"),
      ],
      words: "",
      log: "every core came to the same sum\n",
    },
    {
      test: "memory",
      result: bad ? "fail" : "pass",
      figures: [figure("passes", 4), figure("wrong blocks", bad ? 2 : 0)],
      words: bad ? "2 blocks of 4 MiB were not read back as they were written" : "",
      log: "pass 1, noise\npass 2, zeros\npass 3, ones\npass 4, 0x55\n",
    },
    {
      test: "disk",
      result: "pass",
      figures: [figure("drives", hardware.drives.length), figure("slowest drive", 3_140, "MB/s")],
      words: "",
      log: "",
    },
    { test: "drive_health", result: "pass", figures: [], words: "", log: "" },
    {
      test: "gpu",
      ...(gpus > 0 && !bare
        ? passed(figure("GPUs", gpus), figure("GPUs that answer", gpus))
        : notRun(gpus > 0 ? "dcgmi is not in this ramdisk" : "there is no GPU on the PCI bus")),
    },
    {
      test: "fabric",
      ...((gpus > 1 && !bare) || (gpus < 2 && ports > 0)
        ? passed(figure("InfiniBand ports", ports), figure("InfiniBand ports active", ports))
        : notRun(
            gpus > 1
              ? "all_reduce_perf of nccl-tests is not in this ramdisk"
              : "there are fewer than two GPUs",
          )),
    },
  ];
}
