import { isSameUuid } from "#lib/domain/node/system-uuid";

/** What a booting machine says that it is: its MAC addresses, lower case with colons, and SMBIOS's UUID. */
export type SaidMachine = { macs: readonly string[]; uuid: string | null };

/** What the portal knows of a node: the same, as its controller and its first boots told. */
export type KnownMachine = SaidMachine;

const longest = 2_000;

/**
 * Reads `mac=…&uuid=…`, as boot scripts have it in addresses and jobs in a header; several MAC addresses
 * are separated by commas, with hyphens or colons. Null where it says nothing that could be compared.
 */
export function readSaidMachine(text: string | undefined): SaidMachine | null {
  if (!text || text.length > longest) return null;
  const said = new URLSearchParams(text);
  const macs = (said.get("mac") ?? "")
    .toLowerCase()
    .replaceAll("-", ":")
    .split(",")
    .filter((mac) => /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(mac));
  const uuid = said.get("uuid")?.trim().toLowerCase() || null;
  return macs.length > 0 || uuid ? { macs, uuid } : null;
}

/**
 * Why a machine is not the node that is awaited, as half a sentence; null when it is, or cannot be told. One thing that agrees is enough: a network card may have been replaced, and not every
 * controller lists every one. What is said is no proof of anything: it tells apart machines that were
 * mixed up, and nobody who lies.
 */
export function whyAnother(said: SaidMachine, known: KnownMachine): string | null {
  const sameUuid = isSameUuid(said.uuid, known.uuid);
  const sameMac =
    said.macs.length === 0 || known.macs.length === 0
      ? null
      : said.macs.some((mac) => known.macs.includes(mac));
  if (sameUuid || sameMac || (sameUuid ?? sameMac) === null) return null;
  const names = [
    ...(sameMac === false ? [`MAC ${said.macs.slice(0, 4).join(", ")}`] : []),
    ...(sameUuid === false ? [`UUID ${said.uuid}`] : []),
  ];
  return `the machine that asked is another one, by its ${names.join(" and ")}`;
}
