import fc from "fast-check";
import { expect, test } from "vitest";
import {
  judgeSanitizeReport,
  type SanitizedDevice,
  sanitizedDeviceKinds,
  sanitizeResults,
} from "#lib/domain/boot/sanitize-report";

const device = (serial: string, change: Partial<SanitizedDevice> = {}): SanitizedDevice => ({
  kind: "nvme",
  serial,
  method: "nvme sanitize, block erase",
  result: "wiped",
  durationMs: 1_000,
  ...change,
});
const report = (...devices: SanitizedDevice[]) => ({ tool: "test/1", devices });
const drive = (serial: string | null, slot = "bay 1") => ({ slot, serial });

test("a wipe of every drive that the controller lists is accepted", () => {
  const verdict = judgeSanitizeReport(
    report(device("A"), device("B"), device("", { kind: "ram" })),
    [drive("A"), drive("B", "bay 2")],
  );
  expect(verdict).toEqual({ accepted: true, words: "Wiped 2 drives and 1 other device" });
});

test("a wipe that saw fewer drives than the node type has is refused, whatever the controller lists", () => {
  expect(judgeSanitizeReport(report(device("A")), [], 2)).toEqual({
    accepted: false,
    words: "The node type has 2 drives at least, and the wipe job saw 1.",
  });
  expect(judgeSanitizeReport(report(device("A"), device("B")), [], 2).accepted).toBe(true);
});

test("serial numbers are compared without padding and case", () => {
  expect(judgeSanitizeReport(report(device("  s64gne0r5  ")), [drive("S64GNE0R5")]).accepted).toBe(
    true,
  );
});

test.each([
  ["no device at all", report(), [], "no device"],
  [
    "one failed drive of two",
    report(device("A"), device("B", { result: "failed", message: "access denied" })),
    [],
    "nvme B (access denied)",
  ],
  [
    "a failed wipe of memory",
    report(device("A"), device("G1", { kind: "gpu_memory", result: "failed" })),
    [],
    "gpu_memory G1",
  ],
  ["a skipped drive", report(device("A", { result: "skipped" })), [], "skipped"],
  [
    "a drive that nothing was read from",
    report(device("A", { samplesRead: 0 })),
    [],
    "without proof",
  ],
  ["a drive that no method took effect on", report(device("A", { level: "none" })), [], "nvme A"],
  [
    "a drive that was not seen",
    report(device("A")),
    [drive("A"), drive("B", "bay 7")],
    "bay 7 (B)",
  ],
  [
    "a drive listed twice and failed once",
    report(device("A"), device("A", { result: "failed" })),
    [drive("A")],
    "nvme A",
  ],
  [
    "a memory device with a drive's serial",
    report(device("A", { kind: "ram" })),
    [drive("A")],
    "bay 1 (A)",
  ],
  [
    "a nameless drive that nothing accounts for",
    report(device("A")),
    [drive("A"), drive(null, "bay 2")],
    "without a serial",
  ],
])("%s is not accepted, and the words say why", (_, given, expected, words) => {
  const verdict = judgeSanitizeReport(given, expected);
  expect(verdict.accepted).toBe(false);
  expect(verdict.words).toContain(words);
});

test("a nameless drive is accounted for by one that only the wipe job knows", () => {
  expect(judgeSanitizeReport(report(device("A"), device("B")), [drive("A"), drive(null)])).toEqual({
    accepted: true,
    words: "Wiped 2 drives",
  });
});

test("a wiped drive that the controller does not list is named, not refused", () => {
  const verdict = judgeSanitizeReport(report(device("A"), device("B")), [drive("A")]);
  expect(verdict.words).toBe("Wiped 2 drives, 1 of them not listed by the controller");
});

test("memory that could not be wiped apart from the drives may be skipped", () => {
  const given = report(device("A"), device("", { kind: "tpm", result: "skipped" }));
  expect(judgeSanitizeReport(given, [drive("A")]).accepted).toBe(true);
});

test("nothing is accepted while a listed drive is not wiped (20,000 reports)", {
  timeout: 60_000,
}, () => {
  const serial = fc.constantFrom("A", "b", " c ", "D", "");
  const devices = fc.array(
    fc.record({
      kind: fc.constantFrom(...sanitizedDeviceKinds),
      serial,
      result: fc.constantFrom(...sanitizeResults),
    }),
    { maxLength: 6 },
  );
  const expected = fc.array(fc.option(serial), { maxLength: 4 });
  let accepted = 0;
  fc.assert(
    fc.property(devices, expected, (given, serials) => {
      const verdict = judgeSanitizeReport(
        report(...given.map((change) => device("", change))),
        serials.map((text) => drive(text)),
      );
      if (!verdict.accepted) return;
      accepted++;
      expect(given.some((one) => one.result === "failed")).toBe(false);
      const wiped = given
        .filter((one) => ["nvme", "sata", "scsi", "virtio"].includes(one.kind))
        .filter((one) => one.result === "wiped")
        .map((one) => one.serial.trim().toUpperCase());
      for (const text of serials) {
        if (text?.trim()) expect(wiped).toContain(text.trim().toUpperCase());
      }
      expect(given.length).toBeGreaterThan(0);
    }),
    { numRuns: 20_000 },
  );
  expect(accepted).toBeGreaterThan(200);
});
