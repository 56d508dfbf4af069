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

// By ssh-keygen of OpenSSH, which gave the fingerprints as well; nobody has their private halves.
const made = [
  [
    "ed25519 of 256 bits",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJOBfwgTJfZcnaV2v3o0gcALweajfbd4US8PRRCVZmtl me",
    "SHA256:cfpLeMoLHL+oIE/xcL1weQ+K4p17+hmxinU7IKWioxo",
  ],
  [
    "ecdsa of 256 bits",
    "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBL4r5eg7UPkZUylpFbPbWcRAyN4F4Fs3+IY1nv6HA88lJnD5kK65d/tJ8/A5RcBC8PKieRaH+hrv6T222OEQ1rE= me",
    "SHA256:UXItj/5iTmeObgZe+0WJX9UHaj71kD0KS8P2CHhOgZo",
  ],
  [
    "ecdsa of 384 bits",
    "ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBPgMFmqNVIfeNxuS+Y1tYYLH0uSQpF+BOeH1ctYuUpMYgrCBEdN2iZtOMf1RmtUCOF9Cz2uRNHNkz5Hp3dx4VYr8xlEXWtguxuQfmKW8psP0nDGXwmE7KKxhjxMTC8I/7A== me",
    "SHA256:LoaRRzFjSwWaz8aWDSMGO5CO0AkjPenfRiYDEQpeQ10",
  ],
  [
    "ecdsa of 521 bits",
    "ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAGYHZlsT4SBALUnH+aTVtM/+xwrFNACI3mmc5RtKkUfMaIXI/uDmxbDxqMrYPP/ZaBp4xkKjlufpyDjM/Yer7homwEyP93HPib6qB9iWRbG09r/hMQJ0hmgIeRUix4NWMENc5L57YM8sRCfk1fkHnDXPdKPhtO9sMRsobbZnHVp5c5tGw== me",
    "SHA256:QdLfrEAex2dnVumeK8+jYbXaT5O4jT1DKiLMQOzYcDU",
  ],
  [
    "rsa of 2048 bits",
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCfQUtv7Qz58rh5+CY3n7oSICDoQg1rHuovd0A6uthJdo3rAiu+hIIrYyxa0JjIOPV8K+t6idu7V0aaPswYtv1oKwZ8Jy258PZk4r/FJfDYf1+OACdAIplNBCSQRP0G/drP1iEcjGgxh2eK5RNl19O20K0iE78CkDXp/YvXvTwcgaNZDlM7ijGWv5ttaGyLyPjluIHT65fToGbEaXE9oUFFQzBKA9+7TqYqeeIlgHjzDaLPeuQ/R6PEH/JJ5HReyH/43Y4PYyo1AhmWBuLgJRZXVWttxsB2sq9fWse4SC1Bxe9veyMkjzqn26G9hNPufq9Fz3lRE+LS73Qv/vWoMxIz me",
    "SHA256:uDHJ58KnGG2RiKVmA78Vb72RxMxFSfHUxk16HLgh4dw",
  ],
] as const;

const weakRsa =
  "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDQaCVy85O81JTKjmJezOU7+VELkZWUDpDAlMSKFcLgZADm6wfd/vFUwUr0kR5bJAbU4NmNv7bf6ebDqC6Lo4inmRtF5l+/kEm0WXOXPbMwjwob+C8gJdMl0Ov1N51irxnRqBydCaX+wr959EPy83GB1WQ7RMsnx+CIN7L5r639RQ== me";

test.for(made)("reads %s", async ([, text, fingerprint]) => {
  expect(await parsePublicKey(text)).toMatchObject({
    ok: true,
    value: { line: text, fingerprint },
  });
});

test("an RSA key that is too short is refused, with what to make instead", async () => {
  expect(await parsePublicKey(weakRsa)).toMatchObject({
    refusal: { fields: { publicKey: expect.stringContaining("at least 2048 bits") } },
  });
});

const field = (content: string | number[]) => {
  const bytes = Buffer.from(content as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};
const keyOf = (type: string, ...fields: (string | number[])[]) =>
  `${type} ${Buffer.concat([type, ...fields].map(field)).toString("base64")}`;
const bytes = (length: number, first = 1) => [first, ...Array<number>(length - 1).fill(7)];
const skEd25519 = "sk-ssh-ed25519@openssh.com";
const skEcdsa = "sk-ecdsa-sha2-nistp256@openssh.com";

// Security keys are made by hardware alone: these are written as PROTOCOL.u2f says.
test.for([
  [skEd25519, keyOf(skEd25519, bytes(32), "ssh:")],
  [skEcdsa, keyOf(skEcdsa, "nistp256", bytes(65, 4), "ssh:ingot")],
] as const)("reads %s", async ([type, text]) => {
  expect(await parsePublicKey(text)).toMatchObject({ ok: true, value: { type, line: text } });
});

test.for([
  ["ed25519 of 31 bytes", keyOf("ssh-ed25519", bytes(31))],
  ["ed25519 of 33 bytes", keyOf("ssh-ed25519", bytes(33))],
  ["ed25519 with more behind it", keyOf("ssh-ed25519", bytes(32), "more")],
  ["ECDSA of another curve", keyOf("ecdsa-sha2-nistp256", "nistp384", bytes(65, 4))],
  ["ECDSA without its curve", keyOf("ecdsa-sha2-nistp256", bytes(65, 4))],
  ["ECDSA with a point of another curve", keyOf("ecdsa-sha2-nistp384", "nistp384", bytes(65, 4))],
  ["ECDSA with a compressed point", keyOf("ecdsa-sha2-nistp256", "nistp256", bytes(33, 2))],
  ["ECDSA with a point of no form", keyOf("ecdsa-sha2-nistp521", "nistp521", bytes(133, 5))],
  ["ECDSA with more behind it", keyOf("ecdsa-sha2-nistp256", "nistp256", bytes(65, 4), "ssh:")],
  ["a security key without application", keyOf(skEd25519, bytes(32))],
  ["a security key of no curve", keyOf(skEcdsa, "nistp521", bytes(65, 4), "ssh:")],
  ["a security key with a short point", keyOf(skEcdsa, "nistp256", bytes(64, 4), "ssh:")],
  ["a security key for what is no text", keyOf(skEd25519, bytes(32), "ssh:\n")],
  ["RSA without modulus", keyOf("ssh-rsa", [1, 0, 1])],
  ["RSA with a negative modulus", keyOf("ssh-rsa", [1, 0, 1], bytes(256, 0x80))],
  ["RSA without exponent", keyOf("ssh-rsa", [], [0, ...bytes(256, 0x80)])],
  ["RSA with more behind it", keyOf("ssh-rsa", [1, 0, 1], [0, ...bytes(256, 0x80)], [1])],
] as const)("%s is no key", async ([, text]) => {
  expect(await parsePublicKey(text)).toMatchObject({
    refusal: { fields: { publicKey: expect.stringContaining("cut off or damaged") } },
  });
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
] as const)("reads %s keys of %s bits as ssh-keygen does", async ([type, bits]) => {
  const folder = mkdtempSync(join(tmpdir(), "key-"));
  try {
    const file = join(folder, "key");
    execFileSync("ssh-keygen", ["-q", "-t", type, "-b", bits, "-N", "", "-C", "me", "-f", file]);
    const parsed = await parsePublicKey(readFileSync(`${file}.pub`, "utf8"));
    const printed = execFileSync("ssh-keygen", ["-lf", `${file}.pub`], { encoding: "utf8" });
    expect(parsed.ok && parsed.value.fingerprint).toBe(printed.split(" ")[1]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
