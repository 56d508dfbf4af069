import { formatBytes } from "#lib/domain/boot/format-bytes";

export const installResults = ["installed", "failed"] as const;

/** What the installer says of its work: which disk it chose and what came of it. */
export type InstallReport = {
  /** Name and version of the program that installed. */
  tool: string;
  result: (typeof installResults)[number];
  /** The disk that was chosen; empty when there was none. */
  disk: string;
  serial: string;
  sizeBytes: number;
  /** Of the compressed image as it came over the network. */
  sha256: string;
  durationMs: number;
  message?: string;
};

export type InstallVerdict = {
  accepted: boolean;
  /** A sentence for the timeline. */
  words: string;
};

/**
 * Judges an installation. A node may say that all went well and have read another image than it was
 * told to: its own checksum is held against the approved one once more.
 */
export function judgeInstallReport(report: InstallReport, approvedSha256: string): InstallVerdict {
  const disk = report.serial ? `${report.disk} (${report.serial})` : report.disk;
  if (report.result === "failed") {
    const why = report.message ?? "the installer gave no reason";
    return { accepted: false, words: `Not installed${disk ? ` to ${disk}` : ""}: ${why}.` };
  }
  if (report.sha256 !== approvedSha256) {
    const found = report.sha256 || "none";
    return {
      accepted: false,
      words: `Not installed: the image that was written has the checksum ${found}, not ${approvedSha256}.`,
    };
  }
  const seconds = Math.round(report.durationMs / 1000);
  return {
    accepted: true,
    words: `Written to ${disk} of ${formatBytes(report.sizeBytes)} in ${seconds} s; its checksum is true`,
  };
}
