/** One entry of an archive; its path has no slash in front. */
export type CpioEntry = { path: string } & (
  | { kind: "directory" }
  | { kind: "file"; content: Buffer; executable?: boolean }
  | { kind: "character-device"; major: number; minor: number }
);

const directoryMode = 0o040755;
const characterDeviceMode = 0o020600;

/**
 * An archive in the "newc" format of cpio, which the Linux kernel unpacks as its first file system
 * (Documentation/driver-api/early-userspace/buffer-format.rst). All belongs to root and is of the
 * year 1970, so equal entries make equal bytes. A directory comes before what lies in it.
 */
export function cpioArchive(entries: readonly CpioEntry[]): Buffer {
  const parts: Buffer[] = [];
  for (const [index, entry] of entries.entries()) {
    parts.push(...record(index + 1, entry.path, fieldsOf(entry)));
  }
  parts.push(...record(0, "TRAILER!!!", { mode: 0, content: Buffer.alloc(0) }));
  return Buffer.concat(parts);
}

type Fields = { mode: number; content: Buffer; major?: number; minor?: number };

function fieldsOf(entry: CpioEntry): Fields {
  switch (entry.kind) {
    case "directory":
      return { mode: directoryMode, content: Buffer.alloc(0) };
    case "file":
      return { mode: entry.executable ? 0o100755 : 0o100644, content: entry.content };
    case "character-device":
      return {
        mode: characterDeviceMode,
        content: Buffer.alloc(0),
        major: entry.major,
        minor: entry.minor,
      };
  }
}

/** Header, name and content, the latter two filled up to four bytes. */
function record(inode: number, path: string, fields: Fields): Buffer[] {
  const name = Buffer.from(`${path}\0`);
  const numbers = [
    inode,
    fields.mode,
    ...[0, 0], // owner and group
    fields.mode >> 12 === 0o04 ? 2 : 1, // links
    0, // time of change
    fields.content.length,
    ...[0, 0], // the device it lies on
    fields.major ?? 0,
    fields.minor ?? 0,
    name.length,
    0, // checksum, unused in this format
  ];
  const header = Buffer.from(
    `070701${numbers.map((n) => n.toString(16).padStart(8, "0")).join("")}`,
  );
  return [
    header,
    name,
    padding(header.length + name.length),
    fields.content,
    padding(fields.content.length),
  ];
}

function padding(length: number): Buffer {
  return Buffer.alloc((4 - (length % 4)) % 4);
}
