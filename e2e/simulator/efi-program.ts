/** A file that firmware would not start, or a system in it that would not come up. */
export class EfiError extends Error {
  override readonly name = "EfiError";
}

const headersBytes = 0x400;
const fileAlignment = 0x200;
const page = 4_096;
const peAt = 0x80;
const optionalAt = peAt + 24;
const optionalBytes = 240;
const tableAt = optionalAt + optionalBytes;
const headerBytes = 40;

/**
 * Reads what a program of systemd's stub starts: its command line. Of the program as much is at hand
 * as its headers and the command line need; the rest is known by its size alone.
 * @throws EfiError in the words of firmware, of the stub or of the kernel, whoever stops at it.
 */
export function readEfiProgram(head: Buffer, size: number): { args: string } {
  const isProgram =
    head.length > 0x40 &&
    head.toString("latin1", 0, 2) === "MZ" &&
    head.toString("latin1", head.readUInt32LE(0x3c), head.readUInt32LE(0x3c) + 4) === "PE\0\0";
  if (!isProgram) throw new EfiError("Unsupported: it is no EFI program");
  const pe = head.readUInt32LE(0x3c);
  const optional = pe + 24;
  // PE32+, for a 64-bit processor, and made to be started by firmware.
  const is64Bit = head.readUInt16LE(pe + 4) === 0x8664 && head.readUInt16LE(optional) === 0x20b;
  if (!is64Bit || head.readUInt16LE(optional + 68) !== 10) {
    throw new EfiError("Unsupported: the program is of another kind");
  }
  const imageSize = head.readUInt32LE(optional + 56);
  const table = optional + head.readUInt16LE(pe + 20);
  const sections = new Map<string, { size: number; at: number }>();
  for (let n = 0; n < head.readUInt16LE(pe + 6); n++) {
    const header = table + n * headerBytes;
    const name = head.toString("latin1", header, header + 8).replace(/\0+$/, "");
    const [bytes, memory, raw, at] = [8, 12, 16, 20].map((of) => head.readUInt32LE(header + of));
    if (bytes === undefined || memory === undefined || raw === undefined || at === undefined) break;
    if (at + raw > size || memory + bytes > imageSize || raw < bytes) {
      throw new EfiError(`Load Error: section ${name} lies outside of the program`);
    }
    sections.set(name, { size: bytes, at });
  }
  if (!sections.get(".linux")?.size) throw new EfiError("Unable to locate embedded .linux section");
  if (!sections.get(".initrd")?.size) throw new EfiError("kernel panic: there is no initrd");
  const line = sections.get(".cmdline");
  if (!line || line.at + line.size > head.length)
    throw new EfiError("the command line is not there");
  return { args: head.toString("latin1", line.at, line.at + line.size) };
}

/**
 * A program in the format of EFI's with sections and no code: it is read, and never run. Without
 * sections it stands in for systemd's stub.
 */
export function makeEfiProgram(sections: readonly { name: string; content: Buffer }[]): Buffer {
  const head = Buffer.alloc(headersBytes);
  head.write("MZ", 0, "latin1");
  head.writeUInt32LE(peAt, 0x3c);
  head.write("PE\0\0", peAt, "latin1");
  head.writeUInt16LE(0x8664, peAt + 4);
  head.writeUInt16LE(sections.length, peAt + 6);
  head.writeUInt16LE(optionalBytes, peAt + 20);
  head.writeUInt16LE(0x20b, optionalAt);
  head.writeUInt32LE(fileAlignment, optionalAt + 32);
  head.writeUInt32LE(fileAlignment, optionalAt + 36);
  head.writeUInt32LE(headersBytes, optionalAt + 60);
  head.writeUInt16LE(10, optionalAt + 68);
  const parts: Buffer[] = [head];
  let memory = page;
  let file = headersBytes;
  for (const [index, { name, content }] of sections.entries()) {
    const header = tableAt + index * headerBytes;
    const raw = Math.ceil(content.length / fileAlignment) * fileAlignment;
    head.write(name, header, "latin1");
    for (const [of, value] of [content.length, memory, raw, file].entries()) {
      head.writeUInt32LE(value, header + 8 + of * 4);
    }
    parts.push(content, Buffer.alloc(raw - content.length));
    memory += Math.ceil(content.length / page) * page;
    file += raw;
  }
  head.writeUInt32LE(memory, optionalAt + 56);
  return Buffer.concat(parts);
}
