import fc from "fast-check";
import { expect, test } from "vitest";
import { cloudInitEvent, phoneHomeForm, sanitizeProgress, sanitizeReport } from "#lib/schemas/boot";

const device = { kind: "nvme", serial: "S1", method: "m", result: "wiped", durationMs: 1 };

test("long text of a node is cut; what identifies a device is refused instead", () => {
  const long = "x".repeat(1_000);
  expect(sanitizeProgress.parse({ stage: long, message: long }).message).toHaveLength(500);
  const given = { tool: "t", devices: [{ ...device, message: long }] };
  expect(sanitizeReport.parse(given).devices[0]?.message).toHaveLength(500);
  expect(
    sanitizeReport.safeParse({ tool: "t", devices: [{ ...device, serial: long }] }).success,
  ).toBe(false);
});

test("only an ed25519 key is taken for one, without what was written behind it", () => {
  const form = { instance_id: "i", hostname: "h", fqdn: "h" };
  const key = `ssh-ed25519 ${"A".repeat(68)}`;
  const read = (text: string) =>
    phoneHomeForm.parse({ ...form, pub_key_ed25519: text }).pub_key_ed25519;
  expect(read(`${key} root@training-1\n`)).toBe(key);
  expect(read(key)).toBe(key);
  for (const text of ["N/A", "", "ssh-rsa AAAA", `ssh-ed25519 ${"A".repeat(60)}<script>`]) {
    expect(read(text)).toBeUndefined();
  }
});

test("what nodes send never throws and never carries a control character (20,000 bodies)", {
  timeout: 60_000,
}, () => {
  const noControl = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u;
  const text = fc.string({ unit: "binary", maxLength: 80 });
  const event = fc.record({
    name: text,
    description: text,
    event_type: fc.constantFrom("start", "finish"),
    result: fc.option(fc.constantFrom("SUCCESS", "WARN", "FAIL"), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.oneof(event, fc.anything()), text, (body, message) => {
      const { data } = cloudInitEvent.safeParse(body);
      sanitizeReport.safeParse(body);
      phoneHomeForm.safeParse(body);
      const progress = sanitizeProgress.parse({ stage: message, message });
      const taken = [data?.name, data?.description, progress.stage, progress.message];
      return taken.every((part) => part === undefined || noControl.test(part));
    }),
    { numRuns: 20_000 },
  );
});
