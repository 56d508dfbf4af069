import type { PortPlace } from "#lib/domain/fabric/fabric";
import { readGuid } from "#lib/domain/fabric/guid";

// What `ibnetdiscover` of rdma-core prints: a paragraph for each switch and adapter, with a line for
// each link. The same link is told from both of its ends; older versions tell the port's GUID in the
// adapter's paragraph alone, and a list that was cut may have one of the two ends.

export type Discovered = {
  places: PortPlace[];
  /** As the output says it: "Mon Sep  1 10:00:00 2026". */
  generatedOn: string | null;
  switches: number;
};

/** Gb/s of one lane, by the name of its speed. From the InfiniBand Trade Association's roadmap. */
const laneGbps: Record<string, number> = {
  SDR: 2.5,
  DDR: 5,
  QDR: 10,
  FDR10: 10,
  FDR: 14,
  EDR: 25,
  HDR: 50,
  NDR: 100,
  XDR: 200,
};

const heading = /^(Switch|Ca|Rt)\s+\d+\s+"([SHR])-([0-9a-f]{1,16})"(?:\s*#\s*"([^"]*)")?/i;
/** `[1]`, with `-g` followed by `[ext 1]`; an adapter's own port GUID; the other end; the rest. */
const link =
  /^\[(\d+)\](?:\[[^\]]*\])?(?:\(([0-9a-f]{1,16})\))?\s+"([SHR])-([0-9a-f]{1,16})"\s*\[(\d+)\](?:\[[^\]]*\])?(?:\(([0-9a-f]{1,16})\))?(.*)$/i;

/** Whether a text looks like the output of ibnetdiscover rather than a list. */
export function isIbnetdiscover(text: string): boolean {
  return /^\s*(Switch|Ca)\s+\d+\s+"[SH]-[0-9a-f]+"/im.test(text);
}

type End = { nodeGuid: string; port: number };
type Link = { adapter: End; portGuid: string | null; leaf: End; rateGbps: number | null };

/**
 * Reads where the ports of adapters are plugged in. What is no link of an adapter to a switch is
 * passed over, and so are the aggregation nodes that live in switches.
 */
export function readIbnetdiscover(text: string): Discovered {
  const names = new Map<string, string>();
  const links = new Map<string, Link>();
  let current: { kind: string; guid: string } | null = null;

  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim();
    const head = heading.exec(line);
    if (head) {
      const guid = readGuid(head[3] ?? "");
      current = guid ? { kind: (head[2] ?? "").toUpperCase(), guid } : null;
      if (guid && head[4]) names.set(guid, head[4].trim());
      continue;
    }
    const found = current && link.exec(line);
    if (!current || !found) continue;
    const [, ownPort, ownGuid, peerKind, peer, peerPort, peerPortGuid, rest = ""] = found;
    const peerGuid = readGuid(peer ?? "");
    if (!peerGuid) continue;
    const own: End = { nodeGuid: current.guid, port: Number(ownPort) };
    const other: End = { nodeGuid: peerGuid, port: Number(peerPort) };
    const isUp = current.kind === "H" && peerKind?.toUpperCase() === "S";
    const isDown = current.kind === "S" && peerKind?.toUpperCase() === "H";
    if (!isUp && !isDown) continue;
    const adapter = isUp ? own : other;
    const portGuid = readGuid((isUp ? ownGuid : peerPortGuid) ?? "");
    const key = `${adapter.nodeGuid}/${adapter.port}`;
    const earlier = links.get(key);
    links.set(key, {
      adapter,
      portGuid: earlier?.portGuid ?? portGuid,
      leaf: isUp ? other : own,
      rateGbps: earlier?.rateGbps ?? rateOf(rest),
    });
    // The other end's name stands after the link, where its own paragraph is missing.
    const peerName = /#\s*(?:lid\s+\d+\s+lmc\s+\d+\s+)?"([^"]*)"/.exec(rest)?.[1]?.trim();
    if (peerName && !names.has(peerGuid)) names.set(peerGuid, peerName);
  }

  const leaves = leafNames(new Set([...links.values()].map((each) => each.leaf.nodeGuid)), names);
  const places: PortPlace[] = [];
  for (const { adapter, portGuid, leaf, rateGbps } of links.values()) {
    const description = names.get(adapter.nodeGuid) ?? null;
    if (description && /aggregation node/i.test(description)) continue;
    if (!portGuid) continue;
    places.push({
      guid: portGuid,
      nodeGuid: adapter.nodeGuid,
      leaf: leaves.get(leaf.nodeGuid) ?? leaf.nodeGuid,
      leafPort: leaf.port,
      rail: null,
      rateGbps,
      description,
    });
  }
  return {
    places,
    generatedOn: /^#\s*Topology file: generated on (.+)$/im.exec(text)?.[1]?.trim() ?? null,
    switches: leaves.size,
  };
}

/** "4xNDR" is 400; null when the line says nothing of it. */
function rateOf(rest: string): number | null {
  const [, width, speed = ""] = /\b(\d{1,2})x(\w+)\b/.exec(rest.replaceAll(/"[^"]*"/g, "")) ?? [];
  const lane = laneGbps[speed.toUpperCase()];
  return width && lane ? Number(width) * lane : null;
}

/**
 * What people call the switches: the host name of a managed one ("MF0;leaf-1:MQM9700/U1"), else
 * what it calls itself. Of several with one name, or without any, the GUID tells them apart.
 */
function leafNames(guids: ReadonlySet<string>, names: ReadonlyMap<string, string>) {
  const plain = new Map<string, string>();
  for (const guid of guids) {
    const told = names.get(guid) ?? "";
    const [, host, unit] = /^MF\d+;([^:]+):[^/]*\/U(\d+)$/.exec(told) ?? [];
    plain.set(guid, host ? (unit === "1" ? host : `${host}/U${unit}`) : told);
  }
  const seen = [...plain.values()];
  return new Map(
    [...plain].map(([guid, name]) => {
      const isShared = seen.filter((other) => other === name).length > 1;
      if (name === "") return [guid, guid];
      return [guid, (isShared ? `${name} ${guid}` : name).slice(0, 100)];
    }),
  );
}
