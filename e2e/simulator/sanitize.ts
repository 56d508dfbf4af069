import type { Boot } from "./boot-journal.ts";
import type { Faults } from "./faults.ts";
import type { Hardware } from "./hardware.ts";
import { describeAnswer, NodeNetwork } from "./node-network.ts";
import { hang, pause, type Timing } from "./timing.ts";

/** One line of the report: a device and what became of it. */
export type WipedDevice = {
  kind: "nvme" | "virtio" | "ram" | "gpu_memory" | "tpm";
  serial: string;
  model?: string;
  sizeBytes?: number;
  method: string;
  result: "wiped" | "failed";
  durationMs: number;
  message?: string;
  level?: "purge" | "clear";
  samplesRead?: number;
};

export type SanitizeResult = { clean: boolean; outcome: string };

/**
 * Wipes every device that can hold a tenant's data, reporting as it goes; drives come first.
 * Rejects only when the signal fires. The machine powers itself off afterwards, whatever came out.
 * @param wipeUrl What `ingot.wipe=` on the kernel's command line says.
 */
export async function sanitize(input: {
  wipeUrl: string;
  address: string;
  hardware: Hardware;
  timing: Timing;
  faults: Faults;
  boot: Boot;
  signal: AbortSignal;
}): Promise<SanitizeResult> {
  const { wipeUrl, timing, faults, signal } = input;
  const network = new NodeNetwork({
    address: input.address,
    boot: input.boot,
    userAgent: "ingot-wipe-simulated/1",
    signal,
  });
  const retry = { tries: timing.bootTries, retryMs: timing.retryMs };
  const post = (path: string, body: Record<string, unknown>) =>
    network.sendWithRetries(
      {
        method: "POST",
        url: `${wipeUrl}${path}`,
        body: JSON.stringify(body),
        headers: { "content-type": "application/json" },
      },
      retry,
    );

  const targets = devicesOf(input.hardware);
  const devices: WipedDevice[] = [];
  await post("/progress", { stage: "started", percent: 0, message: `${targets.length} devices` });
  for (const [index, target] of targets.entries()) {
    await post("/progress", {
      stage: target.kind,
      percent: Math.floor((index * 100) / targets.length),
      message: `${target.serial}: ${target.method}`,
    });
    if (faults.has("wipe-hangs")) await hang(signal);
    const startedAt = performance.now();
    await pause(timing.wipeDeviceMs, signal);
    const failed = index === 0 && faults.has("wipe-fails");
    devices.push({
      ...target,
      result: failed ? "failed" : "wiped",
      durationMs: Math.round(performance.now() - startedAt),
      ...(failed ? { message: "sanitize: device reports status 0x4: access denied" } : {}),
    });
  }
  await post("/progress", { stage: "finished", percent: 100 });
  const report = await post("/report", { tool: "ingot-wipe-simulated/1", devices });
  const clean = devices.every((device) => device.result === "wiped");
  const taken = !(report instanceof Error) && report.status >= 200 && report.status < 300;
  if (!taken) return { clean, outcome: `the report was not taken: ${describeAnswer(report)}` };
  return { clean, outcome: clean ? "wiped" : "wiped in part" };
}

function devicesOf(hardware: Hardware): Omit<WipedDevice, "result" | "durationMs">[] {
  return [
    ...hardware.drives.map((drive) => ({
      kind: drive.kind,
      serial: drive.serial,
      model: drive.model,
      sizeBytes: drive.sizeBytes,
      ...(drive.kind === "nvme"
        ? { method: "nvme sanitize, crypto erase", level: "purge" as const }
        : { method: "overwrite", level: "clear" as const }),
      samplesRead: 128,
    })),
    {
      kind: "ram" as const,
      serial: hardware.serial,
      sizeBytes: hardware.memory.serials.length * hardware.memory.moduleMib * 2 ** 20,
      method: "memory overwrite request",
    },
    ...hardware.gpus.map((gpu) => ({
      kind: "gpu_memory" as const,
      serial: gpu.serial,
      ...(hardware.gpuModel === null
        ? {}
        : { model: hardware.gpuModel.name, sizeBytes: hardware.gpuModel.memoryMib * 2 ** 20 }),
      method: "overwrite, zeros",
    })),
    ...(hardware.tpmSerial === null
      ? []
      : [{ kind: "tpm" as const, serial: hardware.tpmSerial, method: "TPM2_Clear" }]),
  ];
}
