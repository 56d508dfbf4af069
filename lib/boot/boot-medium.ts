import { EfiProgramError } from "#lib/boot/efi-program";

/** What lies on a medium before and after the program that it starts. */
export type MediumFrame = { head: Buffer; tail: Buffer };

/** Of a CD (ECMA-119), and where its parts lie, in such sectors. */
const sector = 2_048;
const lies = {
  ...{ volume: 16, bootRecord: 17, terminator: 18, catalog: 19 },
  ...{ littlePaths: 20, bigPaths: 21, root: 22, fat: 23 },
} as const;

/** Of the file system in it. FAT16, which firmware reads of every medium, has so many clusters. */
const block = 512;
const [fewestClusters, mostClusters] = [4_096, 65_524];
const blocksOfCluster = [1, 2, 4, 8, 16, 32, 64] as const;
const rootEntries = 512;
const entryBytes = 32;
/** The first of FAT's days, which says nothing. */
const noDay = 0x21;
const [archive, directory] = [0x20, 0x10];
const endOfChain = 0xffff;

/**
 * An ISO image that UEFI firmware starts a program from, as from a CD: El Torito's entry for EFI (UEFI
 * specification, section 13.3.2) names a FAT file system, and that has the program at
 * `EFI/BOOT/BOOTX64.EFI`, where firmware looks on a removable medium (section 3.5.1.1). The program's
 * own bytes lie in one piece between the two buffers.
 * @param programBytes How long the program is.
 * @throws EfiProgramError when the medium would be too large.
 */
export function bootMedium(programBytes: number): MediumFrame {
  const fat = layFat(programBytes);
  const sectors = lies.fat + Math.ceil((fat.blocks * block) / sector);
  const head = Buffer.concat([isoHead(sectors, fat.blocks * block), fatHead(fat, programBytes)]);
  return { head, tail: Buffer.alloc(sectors * sector - head.length - programBytes) };
}

type FatLayout = ReturnType<typeof layFat>;

/** The smallest clusters that there are enough of: two for directories, the others for the program. */
function layFat(programBytes: number) {
  for (const clusterBlocks of blocksOfCluster) {
    const used = 2 + Math.ceil(programBytes / (clusterBlocks * block));
    if (used > mostClusters) continue;
    // With fewer of them, it would be read as FAT12.
    const clusters = Math.max(used, fewestClusters);
    const tableBlocks = Math.ceil(((clusters + 2) * 2) / block);
    const rootBlocks = (rootEntries * entryBytes) / block;
    // As many as have the clusters begin where a sector of the CD does.
    const reserved = 4 - ((2 * tableBlocks + rootBlocks) % 4);
    const blocks = reserved + 2 * tableBlocks + rootBlocks + clusters * clusterBlocks;
    return { clusterBlocks, used, tableBlocks, rootBlocks, reserved, blocks };
  }
  throw new EfiProgramError("Kernel and initrd are too large for one boot medium (2 GiB).");
}

function fatHead(fat: FatLayout, programBytes: number): Buffer {
  const table = Buffer.alloc(fat.tableBlocks * block);
  // What its two first places say is no chain; directories are one cluster each.
  for (const [at, value] of [0xfff8, endOfChain, endOfChain, endOfChain].entries()) {
    table.writeUInt16LE(value, at * 2);
  }
  for (let cluster = 4; cluster < fat.used + 2; cluster++) {
    const isLast = cluster === fat.used + 1;
    table.writeUInt16LE(isLast ? endOfChain : cluster + 1, cluster * 2);
  }
  const root = Buffer.alloc(fat.rootBlocks * block);
  fatEntry("EFI", directory, 2, 0).copy(root);
  const cluster = (...entries: Buffer[]) => {
    const whole = Buffer.alloc(fat.clusterBlocks * block);
    Buffer.concat(entries).copy(whole);
    return whole;
  };
  return Buffer.concat([
    fatParameters(fat),
    table,
    table,
    root,
    cluster(
      fatEntry(".", directory, 2, 0),
      fatEntry("..", directory, 0, 0),
      fatEntry("BOOT", directory, 3, 0),
    ),
    cluster(
      fatEntry(".", directory, 3, 0),
      fatEntry("..", directory, 2, 0),
      fatEntry("BOOTX64 EFI", archive, 4, programBytes),
    ),
  ]);
}

/** The first block of a file system, and those that are kept free behind it. */
function fatParameters({ clusterBlocks, tableBlocks, reserved, blocks }: FatLayout): Buffer {
  const told = Buffer.alloc(reserved * block);
  // A jump over what follows, as every reader expects there; nothing on a BIOS starts from it.
  told.set([0xeb, 0x3c, 0x90]);
  told.write("INGOT   ", 3, "latin1");
  told.writeUInt16LE(block, 11);
  told.writeUInt8(clusterBlocks, 13);
  told.writeUInt16LE(reserved, 14);
  told.writeUInt8(2, 16);
  told.writeUInt16LE(rootEntries, 17);
  if (blocks < 2 ** 16) told.writeUInt16LE(blocks, 19);
  else told.writeUInt32LE(blocks, 32);
  told.writeUInt8(0xf8, 21);
  told.writeUInt16LE(tableBlocks, 22);
  told.writeUInt16LE(32, 24);
  told.writeUInt16LE(64, 26);
  told.writeUInt8(0x80, 36);
  told.writeUInt8(0x29, 38);
  told.write("NO NAME    FAT16   ", 43, "latin1");
  told.writeUInt16LE(0xaa55, 510);
  return told;
}

function fatEntry(name: string, kind: number, cluster: number, size: number): Buffer {
  const entry = Buffer.alloc(entryBytes);
  entry.write(name.padEnd(11), 0, "latin1");
  entry.writeUInt8(kind, 11);
  for (const at of [16, 18, 24]) entry.writeUInt16LE(noDay, at);
  entry.writeUInt16LE(cluster, 26);
  entry.writeUInt32LE(size, 28);
  return entry;
}

/** What makes a CD of it: the file system in it is a file of the CD's own, too. */
function isoHead(sectors: number, fatBytes: number): Buffer {
  const head = Buffer.alloc(lies.fat * sector);
  const at = (place: number) => head.subarray(place * sector, (place + 1) * sector);
  const self = isoRecord("\0", lies.root, sector, true);
  const parent = isoRecord("\x01", lies.root, sector, true);
  const file = isoRecord("EFI.IMG;1", lies.fat, fatBytes, false);
  Buffer.concat([self, parent, file]).copy(at(lies.root));
  volumeOf(at(lies.volume), sectors, self);
  const record = at(lies.bootRecord);
  record.write("\0CD001\x01EL TORITO SPECIFICATION", 0, "latin1");
  record.writeUInt32LE(lies.catalog, 71);
  at(lies.terminator).write("\xffCD001\x01", 0, "latin1");
  catalogOf(at(lies.catalog));
  for (const [place, isLittle] of [
    [lies.littlePaths, true],
    [lies.bigPaths, false],
  ] as const) {
    const path = at(place);
    path.writeUInt8(1, 0);
    if (isLittle) path.writeUInt32LE(lies.root, 2);
    else path.writeUInt32BE(lies.root, 2);
    path.writeUInt16LE(isLittle ? 1 : 0x100, 6);
  }
  return head;
}

function volumeOf(volume: Buffer, sectors: number, root: Buffer): void {
  volume.write("\x01CD001\x01", 0, "latin1");
  volume.fill(" ", 8, 72);
  volume.write("INGOT", 40, "latin1");
  both32(volume, 80, sectors);
  for (const [at, value] of [
    [120, 1],
    [124, 1],
    [128, sector],
  ] as const) {
    both16(volume, at, value);
  }
  both32(volume, 132, 10);
  volume.writeUInt32LE(lies.littlePaths, 140);
  volume.writeUInt32BE(lies.bigPaths, 148);
  root.copy(volume, 156);
  volume.fill(" ", 190, 813);
  // Made, changed, void and good from: not said.
  for (let date = 813; date < 881; date += 17) volume.fill("0", date, date + 16);
  volume.writeUInt8(1, 881);
}

function isoRecord(name: string, place: number, bytes: number, isDirectory: boolean): Buffer {
  const record = Buffer.alloc(33 + name.length + (name.length % 2 === 0 ? 1 : 0));
  record.writeUInt8(record.length, 0);
  both32(record, 2, place);
  both32(record, 10, bytes);
  record.set([80, 1, 1], 18);
  record.writeUInt8(isDirectory ? 2 : 0, 25);
  both16(record, 28, 1);
  record.writeUInt8(name.length, 32);
  record.write(name, 33, "latin1");
  return record;
}

/** El Torito's catalog: one entry, for EFI alone, of a medium that emulates no disk. */
function catalogOf(catalog: Buffer): void {
  catalog.set([1, 0xef]);
  catalog.set([0x55, 0xaa], 30);
  // Its words are to add up to nothing.
  let sum = 0;
  for (let at = 0; at < 32; at += 2) sum += catalog.readUInt16LE(at);
  catalog.writeUInt16LE(-sum & 0xffff, 28);
  catalog.writeUInt8(0x88, 32);
  // Its number of sectors has 16 bits; one stands for all up to the end (UEFI, section 13.3.2.1).
  catalog.writeUInt16LE(1, 38);
  catalog.writeUInt32LE(lies.fat, 40);
}

/** ECMA-119 has its numbers twice, in either order of bytes. */
function both16(buffer: Buffer, at: number, value: number): void {
  buffer.writeUInt16LE(value, at);
  buffer.writeUInt16BE(value, at + 2);
}

function both32(buffer: Buffer, at: number, value: number): void {
  buffer.writeUInt32LE(value, at);
  buffer.writeUInt32BE(value, at + 4);
}
