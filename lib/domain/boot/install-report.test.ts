import { expect, test } from "vitest";
import { type InstallReport, judgeInstallReport } from "#lib/domain/boot/install-report";

const approved = "a".repeat(64);
const report = (change: Partial<InstallReport> = {}): InstallReport => ({
  tool: "test/1",
  result: "installed",
  disk: "nvme0n1",
  serial: "S64GNE0R5",
  sizeBytes: 960 * 2 ** 30,
  sha256: approved,
  durationMs: 41_400,
  ...change,
});

test("an installation is accepted with the disk that was chosen", () => {
  expect(judgeInstallReport(report(), approved)).toEqual({
    accepted: true,
    words: "Written to nvme0n1 (S64GNE0R5) of 960 GiB in 41 s; its checksum is true",
  });
});

test.each([
  [
    "a failure, in the installer's words",
    { result: "failed" as const, message: "no space" },
    "no space",
  ],
  ["a failure without words", { result: "failed" as const }, "gave no reason"],
  ["another image than the approved one", { sha256: "b".repeat(64) }, "b".repeat(64)],
  ["an image without a checksum", { sha256: "" }, "none"],
])("%s is not accepted", (_, change, words) => {
  const verdict = judgeInstallReport(report(change), approved);
  expect(verdict.accepted).toBe(false);
  expect(verdict.words).toContain(words);
});
