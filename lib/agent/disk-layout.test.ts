import { expect, test } from "vitest";
import { gptLayout, grubBootSectors } from "#lib/agent/disk-layout";

test("parts lie on whole MiB, one behind the other, with room for the files and the second table", () => {
  for (const used of [0, 1, 400_000_000, 20e9]) {
    const { bios, efi, root, diskBytes } = gptLayout(used);
    for (const part of [bios, efi, root]) expect(part.at % 2 ** 20).toBe(0);
    expect(efi.at).toBe(bios.at + bios.bytes);
    expect(root.at).toBe(efi.at + efi.bytes);
    expect(root.bytes).toBeGreaterThan(used * 1.05);
    expect(diskBytes - (root.at + root.bytes)).toBeGreaterThanOrEqual(33 * 512);
  }
});

test("the boot sector names the core image, keeps the partition table, and the core names its rest", () => {
  const layout = gptLayout(1e6);
  const mbr = Buffer.alloc(512, 7);
  const [boot, core] = grubBootSectors({
    boot: Buffer.alloc(512, 1),
    core: Buffer.alloc(5 * 512 + 1, 2),
    mbr,
    layout,
  });
  expect(boot?.at).toBe(0);
  expect(boot?.content.readBigUInt64LE(0x5c)).toBe(2048n);
  expect(boot?.content.subarray(0x1b8)).toEqual(mbr.subarray(0x1b8));
  expect(core?.at).toBe(2048 * 512);
  expect(core?.content.readBigUInt64LE(500)).toBe(2049n);
  expect(core?.content.readUInt16LE(508)).toBe(5);
  expect(() =>
    grubBootSectors({ boot: mbr, core: Buffer.alloc(2 ** 20 + 1), mbr, layout }),
  ).toThrow();
});
