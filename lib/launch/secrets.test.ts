import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { newAuditKey, sealChecker, sealEnd } from "#lib/access/audit-seal";
import { newSealingKeys, seal, unseal } from "#lib/access/sealed";
import { readSettings, readWorkerSettings } from "#lib/config/env";
import { refuseOtherHalf, refuseWithoutKeys } from "#lib/launch/key-rotation";
import { keptSecrets, refuseOtherAccount, replaceText } from "#lib/launch/secrets";

let directory: string;
beforeEach(() => {
  directory = path.join(mkdtempSync(path.join(tmpdir(), "ingot-secrets-")), "secrets");
});
afterEach(() => rmSync(path.dirname(directory), { recursive: true }));

test("secrets are made once, kept, and different in every place", () => {
  const first = keptSecrets(directory, {});
  expect(keptSecrets(directory, {})).toEqual(first);
  expect(keptSecrets(path.join(directory, "other"), {})).not.toEqual(first);
});

test("where nothing can be kept, the setting is named that says so", () => {
  writeFileSync(directory, "a file");
  expect(() => keptSecrets(path.join(directory, "data/secrets"), {})).toThrow(
    `INGOT_DATA_DIRECTORY is ${path.join(directory, "data")}, where nothing can be kept (ENOTDIR);`,
  );
});

test("nobody but the owner reads them", () => {
  keptSecrets(directory, {});
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  const files = readdirSync(directory);
  expect(files).toHaveLength(8);
  for (const file of files) {
    expect(statSync(path.join(directory, file)).mode & 0o777).toBe(0o600);
  }
});

test("what is made is what the programs take", () => {
  const made = { ...keptSecrets(directory, {}), DATABASE_URL: "postgres://a@b/c" };
  const sealed = seal(readSettings(made).credentialPublicKey, "here", "hunter2");
  expect(unseal(readWorkerSettings(made).credentialPrivateKey, "here", sealed)).toBe("hunter2");
});

test("what seals the audit log is checked by the half that the portal has, also once a newer key seals", () => {
  const made = { ...keptSecrets(directory, {}), DATABASE_URL: "postgres://a@b/c" };
  const end = { chain: "fleet", length: 1, hash: "00", at: "2026-11-29T10:00:00.000Z" };
  const older = sealEnd(readWorkerSettings(made).auditPrivateKeys, end);
  expect(sealChecker(readSettings(made).auditPublicKeys)(older)).toBe(true);
  const file = path.join(directory, "audit-private-key");
  replaceText(file, `${newAuditKey()},${readFileSync(file, "utf8").trim()}`);
  keptSecrets(directory, {});
  const newer = sealEnd(readWorkerSettings(made).auditPrivateKeys, end);
  expect(newer.keyId).not.toBe(older.keyId);
  const isGenuine = sealChecker(readSettings(made).auditPublicKeys);
  expect([older, newer].map(isGenuine)).toEqual([true, true]);
  expect(isGenuine({ ...newer, length: 2 })).toBe(false);
  expect(isGenuine({ ...newer, keyId: older.keyId })).toBe(false);
});

test("what is given is used, and the public half is told from the private one", () => {
  const keys = newSealingKeys();
  const secrets = keptSecrets(directory, {
    INGOT_SESSION_SECRET: "given",
    INGOT_CREDENTIAL_PRIVATE_KEY: keys.privateKey,
  });
  expect(secrets).toMatchObject({
    INGOT_SESSION_SECRET: "given",
    INGOT_CREDENTIAL_PUBLIC_KEY: keys.publicKey,
  });
  expect(readdirSync(directory)).not.toContain("credential-private-key");
});

test("half of a key pair, or no key at all, is refused in words", () => {
  expect(() => keptSecrets(directory, { INGOT_CREDENTIAL_PUBLIC_KEY: "x" })).toThrow(
    "set both, or neither",
  );
  expect(() => keptSecrets(directory, { INGOT_CREDENTIAL_PRIVATE_KEY: "x" })).toThrow(
    "is not an X25519 key",
  );
  expect(() => keptSecrets(directory, { INGOT_AUDIT_PUBLIC_KEY: "x" })).toThrow(
    "set both, or neither",
  );
  // The right form, and for another purpose.
  const other = newSealingKeys().privateKey;
  expect(() => keptSecrets(directory, { INGOT_AUDIT_PRIVATE_KEY: other })).toThrow(
    "is not an Ed25519 key",
  );
});

test("who does not own the secrets is told so before a key is written that Ingot could not read", () => {
  keptSecrets(directory, {});
  const owner = statSync(directory).uid;
  refuseOtherAccount(directory);
  expect(() => refuseOtherAccount(directory, owner + 1)).toThrow(
    `belongs to user ${owner}, and this runs as user ${owner + 1}`,
  );
});

test("where no key is, there is none to rotate, and no new one is made", () => {
  expect(() => refuseWithoutKeys(directory, {})).toThrow("There is no key in");
  expect(() => readdirSync(directory)).toThrow();
  const given = { INGOT_CREDENTIAL_PRIVATE_KEY_FILE: "/run/key" };
  expect(() => refuseWithoutKeys(directory, given)).toThrow("identity-secret");
  keptSecrets(directory, {});
  refuseWithoutKeys(directory, {});
});

test("a public half that is not that of the newest key is refused before anything is sealed again", () => {
  const [newest, old] = [newSealingKeys(), newSealingKeys()];
  const INGOT_CREDENTIAL_PRIVATE_KEY = `${newest.privateKey},${old.privateKey}`;
  refuseOtherHalf({});
  refuseOtherHalf({ INGOT_CREDENTIAL_PRIVATE_KEY });
  refuseOtherHalf({ INGOT_CREDENTIAL_PRIVATE_KEY, INGOT_CREDENTIAL_PUBLIC_KEY: newest.publicKey });
  expect(() =>
    refuseOtherHalf({ INGOT_CREDENTIAL_PRIVATE_KEY, INGOT_CREDENTIAL_PUBLIC_KEY: old.publicKey }),
  ).toThrow("not the public half of the first key");
});
