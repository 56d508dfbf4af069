import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parsePublicKey } from "#lib/domain/ssh-key/public-key";

const line =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILh+4nNM3MHFBQR1zIPnkRKbWwgF5ZrXHzGUmxqVfq1x ada@laptop";

test("a key of every form of whitespace becomes one normal line", async () => {
  const parsed = await parsePublicKey(`  ${line.replaceAll(" ", " \t ")}\n`);
  expect(parsed).toMatchObject({
    ok: true,
    value: { type: "ssh-ed25519", comment: "ada@laptop", line },
  });
});

test.for([
  ["nothing", "", "not an SSH public key"],
  ["a private key", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn", "private key"],
  ["two keys", `${line}\n${line}`, "one key only"],
  ["options in front", `command="x" ${line}`, "not an SSH public key"],
  ["a key that is cut off", line.slice(0, 60), "cut off"],
  ["a type that is not the key's", line.replace("ssh-ed25519 ", "ssh-rsa "), "cut off"],
] as const)("%s is refused in words", async ([, text, words]) => {
  const parsed = await parsePublicKey(text);
  expect(parsed.ok).toBe(false);
  expect(parsed).toMatchObject({
    refusal: { fields: { publicKey: expect.stringContaining(words) } },
  });
});

test("a comment cannot carry control characters or other alphabets into a file", async () => {
  const parsed = await parsePublicKey(`${line}\u0007\u001b[31m ключ`);
  expect(parsed.ok && parsed.value.line).toMatch(/^[\x20-\x7e]+$/);
});

const hasSshKeygen = (() => {
  try {
    execFileSync("ssh-keygen", ["-?"], { stdio: "ignore" });
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ENOENT";
  }
})();

test.skipIf(!hasSshKeygen).for([
  ["ed25519", "256"],
  ["ecdsa", "256"],
  ["ecdsa", "521"],
  ["rsa", "2048"],
  ["rsa", "1024"],
] as const)("reads %s keys of %s bits as ssh-keygen does", async ([type, bits]) => {
  const folder = mkdtempSync(join(tmpdir(), "key-"));
  try {
    const file = join(folder, "key");
    execFileSync("ssh-keygen", ["-q", "-t", type, "-b", bits, "-N", "", "-C", "me", "-f", file]);
    const parsed = await parsePublicKey(readFileSync(`${file}.pub`, "utf8"));
    if (bits === "1024") return expect(parsed.ok).toBe(false);
    const printed = execFileSync("ssh-keygen", ["-lf", `${file}.pub`], { encoding: "utf8" });
    expect(parsed.ok && parsed.value.fingerprint).toBe(printed.split(" ")[1]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
