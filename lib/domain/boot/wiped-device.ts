import type { SanitizedDevice, SanitizeLevel } from "#lib/domain/boot/sanitize-report";

/** What is shown of a wiped device, to whoever held it and to operators. */
export type WipedDevice = {
  kind: string;
  serial: string;
  sizeBytes: number | null;
  method: string;
  level: SanitizeLevel | null;
  result: SanitizedDevice["result"];
  durationMs: number;
  /** How it was held to its word. */
  verified: string;
  /** What was tried before, in words; empty when the first method did. */
  before: string;
};

/** Picks what is shown from what a wipe job reported. */
export function wipedDevice(device: SanitizedDevice): WipedDevice {
  const { samplesRead, tried = [] } = device;
  const verified =
    samplesRead === undefined
      ? "not told by the tool"
      : samplesRead === 0
        ? "not read back"
        : `read back at ${samplesRead} places`;
  return {
    kind: device.kind,
    serial: device.serial,
    sizeBytes: device.sizeBytes ?? null,
    method: device.method,
    level: device.level ?? null,
    result: device.result,
    durationMs: device.durationMs,
    verified,
    before: tried
      .filter((one) => one.outcome !== "done")
      .map((one) => `${one.method}: ${one.outcome}`)
      .join("; "),
  };
}
