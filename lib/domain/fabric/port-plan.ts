import type { PortPlace } from "#lib/domain/fabric/fabric";
import type { Id } from "#lib/domain/id";

/** In bytes: what is read is sent as one request, of which Next takes a megabyte. */
export const longestPortSheet = 900_000;
export const mostPortLines = 20_000;

/** One line of what an operator sends: a port and its place, or what is wrong with it. */
export type ListedPort = {
  line: number;
  guid: string;
  /** A place, with the node that the port is of where the list says so. */
  place: (PortPlace & { node: string | null }) | null;
  problems: readonly string[];
};

/** A port that a fabric has already. */
export type KnownPort = PortPlace & { nodeId: Id<"node"> | null };

/** What is known of the fabric and its site, as far as a list touches it. */
export type PortFacts = {
  /** Ports of this fabric, by GUID. */
  known: ReadonlyMap<string, KnownPort>;
  /** The other fabric that a GUID is of, by name. */
  elsewhere: ReadonlyMap<string, string>;
  /** The nodes of the site whose own inventory has the GUID of the port, or of its adapter. */
  owners: ReadonlyMap<string, { id: Id<"node">; name: string }>;
  /** The nodes of the site, by name. */
  nodes: ReadonlyMap<string, Id<"node">>;
};

export type PlannedPort = {
  line: number;
  guid: string;
  leaf: string;
  outcome: "new" | "changed" | "same" | "refused";
  /** What it becomes; null when it is refused. */
  port: KnownPort | null;
  /** The node it belongs to, and whose word that is. */
  node: { name: string; by: "inventory" | "list" } | null;
  words: string[];
};

/**
 * Says of each line what would become of the port. A rail that the list does not tell stays as it
 * is known while the port is at the same leaf: the fabric itself knows of no rails.
 */
export function planPorts(lines: readonly ListedPort[], facts: PortFacts): PlannedPort[] {
  const lineOf = new Map<string, number>();
  return lines.map(({ line, guid, place, problems }): PlannedPort => {
    const refused = (words: string[]): PlannedPort => ({
      line,
      guid,
      leaf: place?.leaf ?? "",
      outcome: "refused",
      port: null,
      node: null,
      words,
    });
    if (!place) return refused([...problems]);
    const words: string[] = [];
    const twin = lineOf.get(place.guid);
    if (twin) words.push(`Line ${twin} has the same GUID.`);
    lineOf.set(place.guid, twin ?? line);
    const other = facts.elsewhere.get(place.guid);
    if (other) words.push(`This port is of the fabric ${other} already.`);

    const { node: named, ...where } = place;
    const owner =
      facts.owners.get(place.guid) ??
      (where.nodeGuid === null ? undefined : facts.owners.get(where.nodeGuid));
    const namedId = named === null ? undefined : facts.nodes.get(named);
    if (named !== null && !namedId) words.push(`The site has no node ${named}.`);
    if (named !== null && owner && owner.name !== named) {
      words.push(`By its inventory this port is of ${owner.name}, not of ${named}.`);
    }
    if (words.length > 0) return refused(words);

    const before = facts.known.get(place.guid);
    const port: KnownPort = {
      ...where,
      rail: where.rail ?? (before?.leaf === where.leaf ? before.rail : null),
      nodeId: namedId ?? (owner ? null : (before?.nodeId ?? null)),
    };
    const node = owner
      ? ({ name: owner.name, by: "inventory" } as const)
      : named !== null
        ? ({ name: named, by: "list" } as const)
        : null;
    const changes = before ? changesOf(before, port) : [];
    return {
      line,
      guid,
      leaf: port.leaf,
      outcome: !before ? "new" : changes.length > 0 ? "changed" : "same",
      port,
      node,
      words: changes,
    };
  });
}

function changesOf(before: KnownPort, after: KnownPort): string[] {
  const said = (value: string | number | null) => value ?? "unknown";
  const parts = [
    ["Leaf", before.leaf, after.leaf],
    ["Leaf's port", before.leafPort, after.leafPort],
    ["Rail", before.rail, after.rail],
    ["Rate", before.rateGbps, after.rateGbps],
  ] as const;
  const words = parts
    .filter(([, from, to]) => from !== to)
    .map(([what, from, to]) => `${what}: ${said(from)}, now ${said(to)}.`);
  if (before.nodeId !== after.nodeId) words.push("The node it belongs to is another.");
  if (before.description !== after.description || before.nodeGuid !== after.nodeGuid) {
    words.push("What it calls itself is new.");
  }
  return words;
}
