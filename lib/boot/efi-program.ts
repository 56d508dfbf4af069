/** A stub that is none, or one that cannot take a kernel in. The message is a sentence for the operator. */
export class EfiProgramError extends Error {
  override readonly name = "EfiProgramError";
}

/** What a program consists of, in its order: bytes at hand, and files to be put in whole. */
export type ProgramPart = Buffer | "kernel" | "initrd";

// Offsets of the PE format (learn.microsoft.com/windows/win32/debug/pe-format), which EFI programs
// are in (UEFI specification, section 2.1.1).
const at = { signature: 0x3c, sections: 6, optionalSize: 20, optional: 24 } as const;
const inOptional = {
  ...{ magic: 0, initializedData: 8, sectionAlignment: 32, fileAlignment: 36 },
  ...{ imageSize: 56, headersSize: 60, checksum: 64, subsystem: 68 },
} as const;
const headerBytes = 40;
const pe32Plus = 0x20b;
const efiApplication = 10;
/** Initialized data that is read and neither run nor written. */
const readOnlyData = 0x4000_0040;
const page = 4_096;
/** What an image in memory has is 32 bits long; so is what a file has. */
const longestProgram = 2 ** 31;

/**
 * A program that UEFI firmware starts by itself: systemd's stub with a kernel, its initrd and its
 * command line put in as sections, where `systemd-stub(7)` finds them.
 * @param stub The content of `linuxx64.efi.stub`.
 * @throws EfiProgramError when the stub is no EFI program, has no room, or the whole is too large.
 */
export function efiProgram(
  stub: Buffer,
  input: { commandLine: string; kernelBytes: number; initrdBytes: number },
): ProgramPart[] {
  const pe = headersOf(stub);
  const commandLine = Buffer.from(input.commandLine, "latin1");
  const sections = [
    { name: ".cmdline", size: commandLine.length },
    { name: ".linux", size: input.kernelBytes },
    { name: ".initrd", size: input.initrdBytes },
  ];
  const head = Buffer.from(stub);
  let memory = roundUp(pe.imageSize, page);
  let file = roundUp(stub.length, pe.fileAlignment);
  for (const [index, { name, size }] of sections.entries()) {
    const header = pe.table + (pe.sections + index) * headerBytes;
    if (header + headerBytes > pe.headersSize) {
      throw new EfiProgramError("The boot stub has no room for the sections of a kernel.");
    }
    if (file + size > longestProgram) {
      throw new EfiProgramError("Kernel and initrd are too large for one boot program (2 GiB).");
    }
    head.fill(0, header, header + headerBytes);
    head.write(name, header, "latin1");
    head.writeUInt32LE(size, header + 8);
    head.writeUInt32LE(memory, header + 12);
    head.writeUInt32LE(roundUp(size, pe.fileAlignment), header + 16);
    head.writeUInt32LE(file, header + 20);
    head.writeUInt32LE(readOnlyData, header + 36);
    memory = roundUp(memory + size, page);
    file += roundUp(size, pe.fileAlignment);
  }
  head.writeUInt16LE(pe.sections + sections.length, pe.start + at.sections);
  head.writeUInt32LE(memory, pe.optional + inOptional.imageSize);
  head.writeUInt32LE(0, pe.optional + inOptional.checksum);
  const rest = (size: number) => Buffer.alloc(roundUp(size, pe.fileAlignment) - size);
  return [
    Buffer.concat([head, rest(stub.length), commandLine, rest(commandLine.length)]),
    "kernel",
    rest(input.kernelBytes),
    "initrd",
    rest(input.initrdBytes),
  ];
}

/** Where a stub's headers are, and what they say. */
function headersOf(stub: Buffer) {
  const start = stub.length > at.signature + 4 ? stub.readUInt32LE(at.signature) : stub.length;
  const optional = start + at.optional;
  const isProgram =
    stub.toString("latin1", 0, 2) === "MZ" &&
    optional + inOptional.subsystem + 2 <= stub.length &&
    stub.toString("latin1", start, start + 4) === "PE\0\0" &&
    stub.readUInt16LE(optional + inOptional.magic) === pe32Plus &&
    stub.readUInt16LE(optional + inOptional.subsystem) === efiApplication;
  if (!isProgram) throw new EfiProgramError("The boot stub is no EFI program.");
  const alignments = [inOptional.fileAlignment, inOptional.sectionAlignment].map((at) =>
    stub.readUInt32LE(optional + at),
  );
  if (alignments.some((bytes) => bytes === 0 || page % bytes > 0)) {
    throw new EfiProgramError("The boot stub has sections that do not lie on whole pages.");
  }
  return {
    start,
    optional,
    sections: stub.readUInt16LE(start + at.sections),
    table: optional + stub.readUInt16LE(start + at.optionalSize),
    fileAlignment: stub.readUInt32LE(optional + inOptional.fileAlignment),
    imageSize: stub.readUInt32LE(optional + inOptional.imageSize),
    headersSize: Math.min(stub.readUInt32LE(optional + inOptional.headersSize), stub.length),
  };
}

function roundUp(size: number, to: number): number {
  return Math.ceil(size / to) * to;
}
