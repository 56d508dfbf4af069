const sector = 512;
const mebibyte = 2 ** 20;

export type DiskPart = { at: number; bytes: number };

/** Where everything lies on a disk image, in bytes. */
export type DiskLayout = {
  diskBytes: number;
  /** GRUB's second stage for BIOS, which has no file system. */
  bios: DiskPart;
  efi: DiskPart;
  root: DiskPart;
  /** The same in sfdisk's words. */
  sfdisk: string;
};

/**
 * A GUID partition table with room for so many bytes of files: the root file system is the last
 * part, so that it can grow to the end of whatever disk it is written to.
 */
export function gptLayout(usedBytes: number): DiskLayout {
  const bios = { at: mebibyte, bytes: mebibyte };
  const efi = { at: bios.at + bios.bytes, bytes: 8 * mebibyte };
  const at = efi.at + efi.bytes;
  // ext4's own tables, its journal, and some air for the first boot before it has grown.
  const bytes = Math.ceil((usedBytes * 1.1 + 64 * mebibyte) / mebibyte) * mebibyte;
  const root = { at, bytes };
  const line = (part: DiskPart, type: string, name: string) =>
    `start=${part.at / sector}, size=${part.bytes / sector}, type=${type}, name=${name}`;
  return {
    // The second table lies behind the last part.
    diskBytes: at + bytes + mebibyte,
    bios,
    efi,
    root,
    sfdisk: [
      "label: gpt",
      line(bios, "21686148-6449-6E6F-744E-656564454649", "bios"),
      line(efi, "C12A7328-F81F-11D2-BA4B-00A0C93EC93B", "efi"),
      line(root, "0FC63DAF-8483-4772-8E79-3D69D8477DE4", "root"),
      "",
    ].join("\n"),
  };
}

/**
 * What `grub-bios-setup` writes, which wants a real disk: the first sector loads the first sector
 * of the core image, and that one the rest, each by its number
 * (grub-core/boot/i386/pc/{boot,diskboot}.S, include/grub/offsets.h).
 * @param input.mbr The disk's first sector with its protective partition table, which is kept.
 */
export function grubBootSectors(input: {
  boot: Buffer;
  core: Buffer;
  mbr: Buffer;
  layout: DiskLayout;
}): { at: number; content: Buffer }[] {
  const { layout } = input;
  if (input.core.length > layout.bios.bytes) throw new Error("GRUB's core image is too large");
  const first = BigInt(layout.bios.at / sector);
  const boot = Buffer.from(input.boot.subarray(0, sector));
  boot.writeBigUInt64LE(first, 0x5c);
  // Two no-operations in the place of a jump, for a BIOS that calls its first disk a floppy disk.
  boot.writeUInt16LE(0x9090, 0x66);
  input.mbr.copy(boot, 0x1b8, 0x1b8, sector);

  const core = Buffer.from(input.core);
  // The last entry of the list of blocks in the first sector: start, length, and where to load it.
  core.writeBigUInt64LE(first + 1n, sector - 12);
  core.writeUInt16LE(Math.ceil(core.length / sector) - 1, sector - 4);
  core.writeUInt16LE(0x820, sector - 2);
  return [
    { at: 0, content: boot },
    { at: layout.bios.at, content: core },
  ];
}
