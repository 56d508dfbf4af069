import { expect, test } from "vitest";
import { chosenKeys } from "#lib/domain/ssh-key/chosen-keys";

const key = (name: string, fingerprint: string) => ({
  name,
  fingerprint,
  publicKey: "ssh-ed25519 A",
});

test("a key that is chosen twice is put on once, by the name it has first", () => {
  const [laptop, deploy] = [key("laptop", "SHA256:1"), key("deploy", "SHA256:2")];
  const same = { ...key("laptop of Ada", "SHA256:1"), ofProject: true as const };
  expect(chosenKeys([laptop, deploy, same])).toEqual({ ok: true, value: [laptop, deploy] });
});

test("without any there is no way in", () => {
  expect(chosenKeys([])).toMatchObject({
    refusal: { fields: { sshKeys: expect.stringContaining("at least one SSH key") } },
  });
});

test("there are 100 at most, however often some are added", () => {
  const many = Array.from({ length: 101 }, (_, i) => key(`key ${i}`, `SHA256:${i}`));
  expect(chosenKeys(many.slice(1)).ok).toBe(true);
  expect(chosenKeys(many)).toMatchObject({
    refusal: { fields: { sshKeys: expect.stringContaining("100 keys at most") } },
  });
});
