/** What can hold a tenant's data. The first four keep it without power: those are drives. */
export const sanitizedDeviceKinds = [
  "nvme",
  "sata",
  "scsi",
  "virtio",
  "ram",
  "gpu_memory",
  "tpm",
] as const;
export type SanitizedDeviceKind = (typeof sanitizedDeviceKinds)[number];

const driveKinds: readonly SanitizedDeviceKind[] = ["nvme", "sata", "scsi", "virtio"];

export const sanitizeResults = ["wiped", "failed", "skipped"] as const;

/**
 * What a method makes of the data, in the words of NIST SP 800-88: after a purge no laboratory gets
 * it back, after a clear no program does.
 */
export const sanitizeLevels = ["purge", "clear", "none"] as const;
export type SanitizeLevel = (typeof sanitizeLevels)[number];

/** `frozen`: the drive would, and the firmware of its host has locked what it takes until the next power-on. */
export const methodOutcomes = ["done", "failed", "not offered", "frozen", "not verified"] as const;

/** One rung of the ladder: a method that was tried, or passed over, and what came of it. */
export type TriedMethod = { method: string; outcome: (typeof methodOutcomes)[number] };

export type SanitizedDevice = {
  kind: SanitizedDeviceKind;
  serial: string;
  model?: string;
  sizeBytes?: number;
  /** How it was wiped, in the tool's words. */
  method: string;
  result: (typeof sanitizeResults)[number];
  durationMs: number;
  message?: string;
  level?: SanitizeLevel;
  /** In order, the one that counted last. */
  tried?: TriedMethod[];
  /** At how many places the drive was read afterwards; absent when the tool does not tell. */
  samplesRead?: number;
};

/** What a wipe job says of its work, device by device. */
export type SanitizeReport = {
  /** Name and version of the program that wiped. */
  tool: string;
  devices: SanitizedDevice[];
};

/** A drive that the controller lists. Without a serial it can be counted, not recognised. */
export type ExpectedDrive = { slot: string; serial: string | null };

export type SanitizeVerdict = {
  accepted: boolean;
  /** One or two sentences for the operator: what was wiped, or what stands against it. */
  words: string;
};

/**
 * Judges a wipe: it is good only when every drive that the controller lists was wiped and no device
 * failed. Doubt counts against it, since the next to hold the node may be another tenant: a drive
 * listed twice must be wiped both times, one skipped is not wiped, and one that by its own account
 * was not read afterwards, or was left at no level, is not known to be.
 */
export function judgeSanitizeReport(
  report: SanitizeReport,
  expected: readonly ExpectedDrive[],
  atLeast = 0,
): SanitizeVerdict {
  const { devices } = report;
  const no = (words: string): SanitizeVerdict => ({ accepted: false, words });

  if (devices.length === 0)
    return no("The wipe job found no device. Nothing is known to be wiped.");

  const unwiped = devices.filter(
    (device) =>
      device.result === "failed" ||
      (isDrive(device) && (device.result === "skipped" || isUnproven(device))),
  );
  if (unwiped.length > 0) return no(`Not wiped: ${list(unwiped.map(failureOf))}.`);

  const drives = devices.filter(isDrive);
  if (drives.length < atLeast) {
    return no(
      `The node type has ${atLeast} drives at least, and the wipe job saw ${drives.length}.`,
    );
  }
  const seen = new Set(drives.map((drive) => normalSerial(drive.serial)).filter(Boolean));
  const known = new Set(expected.map((drive) => normalSerial(drive.serial)).filter(Boolean));
  const missing = expected.filter((drive) => {
    const serial = normalSerial(drive.serial);
    return serial !== "" && !seen.has(serial);
  });
  if (missing.length > 0) {
    return no(
      `The controller lists drives that the wipe job did not see: ${list(missing.map(nameOf))}.`,
    );
  }

  const unlisted = drives.filter((drive) => !known.has(normalSerial(drive.serial)));
  const nameless = expected.filter((drive) => normalSerial(drive.serial) === "");
  if (unlisted.length < nameless.length) {
    return no(
      `The controller lists ${count(nameless.length, "drive")} without a serial number (${list(nameless.map((drive) => drive.slot))}) and the wipe job saw only ${unlisted.length} beyond those with one.`,
    );
  }

  const extra = unlisted.length - nameless.length;
  const others = devices.length - drives.length;
  return {
    accepted: true,
    words: [
      `Wiped ${count(drives.length, "drive")}`,
      others > 0 ? ` and ${count(others, "other device")}` : "",
      extra > 0 ? `, ${extra} of them not listed by the controller` : "",
    ].join(""),
  };
}

/** Wiped, by its own account, without proof: nothing was read back, or no method took effect. */
function isUnproven(device: SanitizedDevice): boolean {
  return device.samplesRead === 0 || device.level === "none";
}

function isDrive(device: SanitizedDevice): boolean {
  return driveKinds.includes(device.kind);
}

// Controllers and kernels pad serial numbers and differ in case.
function normalSerial(serial: string | null): string {
  return serial?.trim().toUpperCase() ?? "";
}

function nameOf(drive: ExpectedDrive): string {
  return `${drive.slot} (${drive.serial})`;
}

function failureOf(device: SanitizedDevice): string {
  const unread = device.result === "wiped" ? "wiped without proof" : device.method;
  const why = device.message ?? (device.result === "skipped" ? "skipped" : unread);
  return `${device.kind} ${device.serial || "without a serial number"} (${why})`;
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

/** At most three by name; a rack unit can hold 24. */
function list(names: readonly string[]): string {
  const rest = names.length - 3;
  return names.slice(0, 3).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}
