import { EfiError, readEfiProgram } from "./efi-program.ts";

/** Gives so many bytes of a medium from there on, or fewer where it ends. */
export type ReadAt = (at: number, bytes: number) => Promise<Buffer>;

const sector = 2_048;
const entryBytes = 32;
const efi = 0xef;

/** Enough for a stub and the command line behind it. */
const programHeadBytes = 512 * 1024;

/**
 * Starts what UEFI firmware finds on a CD: by El Torito's catalog a file system of FAT16, and in that the
 * program of removable media. Reads no more than firmware and the program's begin need.
 * @throws EfiError in the words of firmware, of the stub or of the kernel, whoever stops at it.
 */
export async function startMedium(read: ReadAt): Promise<{ args: string }> {
  const { bytes, at } = await findVolume(read);
  const volume = await openFat((from, length) => read(at + from, length), bytes - at);
  let place = volume.root;
  for (const name of ["EFI        ", "BOOT       "]) {
    place = await volume.content(volume.entry(place, name, true));
  }
  const program = volume.entry(place, "BOOTX64 EFI", false);
  const head = await volume.content(program, Math.min(programHeadBytes, program.size));
  return readEfiProgram(head, program.size);
}

/** How large a CD is, and where on it the file system for EFI begins. */
async function findVolume(read: ReadAt): Promise<{ bytes: number; at: number }> {
  const descriptors = await read(16 * sector, 2 * sector);
  const [first, second] = [descriptors.subarray(0, sector), descriptors.subarray(sector)];
  const isCd = [first, second].every((each) => each.toString("latin1", 1, 6) === "CD001");
  if (!isCd || first[0] !== 1) throw new EfiError("Not Found: it is no CD");
  const isBootable =
    second[0] === 0 && second.toString("latin1", 7, 30) === "EL TORITO SPECIFICATION";
  if (!isBootable) throw new EfiError("Not Found: the CD has no boot record");
  const bytes = first.readUInt32LE(80) * sector;
  if ((await read(bytes - sector, sector)).length !== sector) {
    throw new EfiError("Device Error: the CD is shorter than it says");
  }
  const catalog = await read(second.readUInt32LE(71) * sector, sector);
  let sum = 0;
  for (let at = 0; at < 32; at += 2) sum += catalog.readUInt16LE(at);
  const isValid = catalog[0] === 1 && catalog.readUInt16LE(30) === 0xaa55 && sum % 0x1_0000 === 0;
  if (!isValid) throw new EfiError("Not Found: the CD has no boot catalog");
  // Bootable, for EFI, and no image of a disk.
  if (catalog[1] !== efi || catalog[32] !== 0x88 || catalog[33] !== 0) {
    throw new EfiError("Not Found: the CD starts nothing by EFI");
  }
  return { bytes, at: catalog.readUInt32LE(40) * sector };
}

type Entry = { cluster: number; size: number };

async function openFat(read: ReadAt, most: number) {
  const told = await read(0, 512);
  const block = told.readUInt16LE(11);
  const clusterBytes = told.readUInt8(13) * block;
  const tableBytes = told.readUInt16LE(22) * block;
  const tableAt = told.readUInt16LE(14) * block;
  const rootAt = tableAt + told.readUInt8(16) * tableBytes;
  const rootBytes = told.readUInt16LE(17) * entryBytes;
  const dataAt = rootAt + rootBytes;
  const size = (told.readUInt16LE(19) || told.readUInt32LE(32)) * block;
  const clusters = Math.floor((size - dataAt) / clusterBytes);
  // By the number of its clusters alone it is FAT12, FAT16 or FAT32.
  const isFat16 = clusters >= 4_085 && clusters < 65_525 && tableBytes >= (clusters + 2) * 2;
  if (told.readUInt16LE(510) !== 0xaa55 || block !== 512 || !isFat16 || size > most) {
    throw new EfiError("Volume Corrupted: no file system");
  }
  const table = await read(tableAt, tableBytes);

  function chainOf({ cluster }: Entry): number[] {
    const chain: number[] = [];
    for (let next = cluster; next < 0xfff8; next = table.readUInt16LE(next * 2)) {
      if (next < 2 || next > clusters + 1 || chain.length > clusters) {
        throw new EfiError("Volume Corrupted: a chain of clusters leads nowhere");
      }
      chain.push(next);
    }
    return chain;
  }

  return {
    root: await read(rootAt, rootBytes),

    entry(directory: Buffer, name: string, isDirectory: boolean): Entry {
      for (let at = 0; at + entryBytes <= directory.length; at += entryBytes) {
        if (directory.toString("latin1", at, at + 11) !== name) continue;
        if (((directory[at + 11] ?? 0) & 0x10) !== (isDirectory ? 0x10 : 0)) continue;
        return { cluster: directory.readUInt16LE(at + 26), size: directory.readUInt32LE(at + 28) };
      }
      throw new EfiError(`Not Found: there is no ${name.trim()}`);
    },

    /** The begin of a file, or all of a directory, whose size is not told. */
    async content(entry: Entry, bytes = clusterBytes): Promise<Buffer> {
      const chain = chainOf(entry);
      if (chain.length * clusterBytes < entry.size)
        throw new EfiError("Volume Corrupted: a file ends");
      const parts: Buffer[] = [];
      let missing = bytes;
      for (let from = 0; missing > 0; ) {
        const start = chain[from] ?? 0;
        let to = from + 1;
        while (chain[to] === start + to - from) to++;
        const length = Math.min(missing, (to - from) * clusterBytes);
        parts.push(await read(dataAt + (start - 2) * clusterBytes, length));
        missing -= length;
        from = to;
      }
      return Buffer.concat(parts);
    },
  };
}
