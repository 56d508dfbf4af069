import { expect, test } from "vitest";
import { redact } from "#lib/drivers/redfish/redact";

test("a body is cut at 8 KiB after its secrets are masked", () => {
  const filler = "x".repeat(8 * 1024 - 30);
  const kept = redact(`{"a":"${filler}","Password":"at the very edge of it"}`, []);
  expect(kept).not.toContain("at the");
  expect(kept.length).toBeLessThan(8 * 1024 + 40);
});

test("a member is masked even when the body breaks off inside it", () => {
  expect(redact('{"NewPassword": "hunter', [])).toBe('{"NewPassword": "•••"');
});

test("members that only sound like a secret keep their value", () => {
  const body = '{"PasswordChangeRequired":false,"AccountLockoutThreshold":5}';
  expect(redact(body, [])).toBe(body);
});

test("a boot token is masked also where slashes are escaped", () => {
  const body = '{"HttpBootUri":"http:\\/\\/10.0.0.1\\/b\\/c2VjcmV0LXRva2Vu\\/boot.ipxe"}';
  expect(redact(body, [])).toBe('{"HttpBootUri":"http:\\/\\/10.0.0.1\\/b\\/•••\\/boot.ipxe"}');
});

test("4 MiB made to keep a search busy do not", () => {
  const startedMs = performance.now();
  redact(`"${"token".repeat(800_000)}`, ["secret"]);
  redact('"token'.repeat(600_000), ["secret"]);
  expect(performance.now() - startedMs).toBeLessThan(15_000);
});

test("a secret is masked in its JSON spelling too", () => {
  expect(redact('{"Message":"no such \\"pass\\"word"}', ['"pass"word'])).toBe(
    '{"Message":"no such •••"}',
  );
});
