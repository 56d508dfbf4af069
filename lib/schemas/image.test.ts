import { expect, test } from "vitest";
import { registerImageInput } from "#lib/schemas/image";

const image = {
  form: "memory",
  name: "Ubuntu",
  version: "24.04",
  purpose: "tenant",
  kernelFile: "vmlinuz",
  kernelSha256: "0".repeat(64),
  initrdFile: "initrd.gz",
  initrdSha256: "0".repeat(64),
  defaultUser: "ubuntu",
};
const withArgs = (kernelArgs: string) => registerImageInput.safeParse({ ...image, kernelArgs });

test("kernel arguments of a plain form are taken, those that Ingot sets or a script could misread are not", () => {
  for (const args of ["", "console=ttyS0,115200n8 quiet", "iommu=pt nvme_core.io_timeout=60"]) {
    expect(withArgs(args).success).toBe(true);
  }
  for (const args of [
    "ds=nocloud",
    "ingot.wipe=http://x/",
    "initrd=x",
    ["a=$", "{net0/mac}"].join(""),
    "a && b",
  ]) {
    expect(withArgs(args).success).toBe(false);
  }
});

// A pattern that tries every way to split a text takes minutes for eighty characters.
test("hostile arguments are refused at once", () => {
  const began = performance.now();
  expect(withArgs(`${"a".repeat(400)} ${"b ".repeat(40)}!`).success).toBe(false);
  expect(performance.now() - began).toBeLessThan(2_000);
});
