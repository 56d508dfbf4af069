// What a board keeps of its firmware's settings, written as the firmware itself would: the store of
// EDK II (MdeModulePkg/Include/Guid/VariableFormat.h), behind the header of its volume.

/** The end of the volume's header and of the store's in `OVMF_VARS_4M.fd`. */
const volumeHeader = { length: 0x30 } as const;
const storeHeaderBytes = 28;
/** aaf32c78-947b-439a-a180-2e144ec37792: a store whose variables have the longer header. */
const authenticatedStore = Buffer.from("782cf3aa7b949a43a1802e144ec37792", "hex");
/** 8be4df61-93ca-11d2-aa0d-00e098032b8c: variables of the UEFI specification. */
const globalVariable = Buffer.from("61dfe48bca93d211aa0d00e098032b8c", "hex");
/** Kept without power, and there for firmware and system. */
const everywhere = 7;
const added = 0x3f;

/**
 * An empty store of OVMF with the order to boot from an address at the next start: `BootNext`, and
 * the option it names, whose device is a URI and nothing else (UEFI specification, section 3.1.2).
 * @param template The content of `OVMF_VARS_4M.fd`.
 */
export function variablesToBoot(template: Buffer, url: string): Buffer {
  const store = template.readUInt16LE(volumeHeader.length);
  if (template.compare(authenticatedStore, 0, 16, store, store + 16) !== 0) {
    throw new Error("the template is no store of variables that is known");
  }
  const variables = Buffer.concat([
    variable("Boot0000", loadOption("Ingot", uriDevicePath(url))),
    variable("BootNext", Buffer.from([0, 0])),
  ]);
  const made = Buffer.from(template);
  variables.copy(made, store + storeHeaderBytes);
  return made;
}

function variable(name: string, data: Buffer): Buffer {
  const text = Buffer.from(`${name}\0`, "utf16le");
  const header = Buffer.alloc(60);
  header.writeUInt16LE(0x55aa, 0);
  header.writeUInt8(added, 2);
  header.writeUInt32LE(everywhere, 4);
  header.writeUInt32LE(text.length, 36);
  header.writeUInt32LE(data.length, 40);
  globalVariable.copy(header, 44);
  const padding = Buffer.alloc(-(text.length + data.length) & 3, 0xff);
  return Buffer.concat([header, text, data, padding]);
}

function loadOption(description: string, devicePath: Buffer): Buffer {
  const head = Buffer.alloc(6);
  head.writeUInt32LE(1, 0); // LOAD_OPTION_ACTIVE
  head.writeUInt16LE(devicePath.length, 4);
  return Buffer.concat([head, Buffer.from(`${description}\0`, "utf16le"), devicePath]);
}

function uriDevicePath(url: string): Buffer {
  const text = Buffer.from(url, "latin1");
  const node = Buffer.from([3, 24, 0, 0]);
  node.writeUInt16LE(node.length + text.length, 2);
  const end = Buffer.from([0x7f, 0xff, 4, 0]);
  return Buffer.concat([node, text, end]);
}
