/** Who named a GPU longer ago than this may have lost it since: a node that is reinstalled elsewhere. */
const namedForMs = 2 * 60_000;
/** Twice the GPUs that a node can have; of one that names more, what it named last is kept. */
const mostNames = 64;

/** Which node has named a GPU last, by what the GPU calls itself: some names of each node, for minutes. */
export function gpuNames() {
  const lastNode = new Map<string, string>();
  /** When each was named, by node; those named last come last. */
  const namesOf = new Map<string, Map<string, number>>();

  function forget(names: Map<string, number>, name: string): void {
    names.delete(name);
    lastNode.delete(name);
  }

  return {
    /** How many of a node's GPUs another node has named lately; undefined when none has a name. */
    elsewhere(nodeId: string, uuids: ReadonlySet<string>, atMs: number): number | undefined {
      const own = namesOf.get(nodeId) ?? new Map<string, number>();
      namesOf.set(nodeId, own);
      let count = 0;
      for (const uuid of uuids) {
        const names = namesOf.get(lastNode.get(uuid) ?? nodeId) ?? own;
        const beforeMs = names === own ? undefined : names.get(uuid);
        if (beforeMs !== undefined && atMs - beforeMs < namedForMs) count += 1;
        forget(names, uuid);
        own.set(uuid, atMs);
        lastNode.set(uuid, nodeId);
      }
      for (const [uuid, namedMs] of own) {
        if (own.size <= mostNames && atMs - namedMs < namedForMs) break;
        forget(own, uuid);
      }
      return uuids.size > 0 ? count : undefined;
    },
    /** Forgets what all nodes but these have named. */
    keepOnly(nodeIds: ReadonlySet<string>): void {
      for (const [nodeId, names] of namesOf) {
        if (nodeIds.has(nodeId)) continue;
        for (const name of names.keys()) forget(names, name);
        namesOf.delete(nodeId);
      }
    },
    /** How many names are kept. */
    size: () => lastNode.size,
  };
}
