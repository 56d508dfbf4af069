import type { Database } from "#db/client";
import {
  type HealthMemory,
  loadHealthMemory,
  type NodeHealthChange,
  type NodeSxids,
  writeHealthChanges,
} from "#db/queries/health-reasons";
import { loadHealthSettings } from "#db/queries/health-rule-settings";
import type { Log } from "#lib/config/log";
import { nothingKnown, sxidsToKeep } from "#lib/domain/health/conditions";
import { asBuiltIn } from "#lib/domain/health/settings";
import {
  type HealthWatch,
  type NodeWatch,
  newWatch,
  observeGpu,
  observeNode,
  wholeNode,
} from "#lib/domain/health/watch";
import type { Id } from "#lib/domain/id";
import { gpuNames } from "#lib/worker/health/gpu-names";
import type { Scraped } from "#lib/worker/scrapers/gpu-scraper";

export type HealthWatcher = {
  /**
   * Takes scrapes that have been stored, and writes what has changed. Never throws: what could not
   * be written is written with the next.
   */
  observe: (scrapes: readonly Scraped[]) => Promise<void>;
  /** Forgets all nodes but these: who holds the others, and what is open, is read anew. */
  keepOnly: (nodeIds: ReadonlySet<string>) => void;
};

type NodeMemory = {
  allocationId: Id<"allocation">;
  gpus: number;
  node: NodeWatch;
  watches: Map<number, HealthWatch>;
};

/** What could not be written is given up beyond this, oldest first: a database that is long away. */
const mostPending = 10_000;

/**
 * Watches the health of the nodes that are scraped. What it remembers is in memory, and read from the
 * database for a node it does not know: so a worker that starts goes on where another ended. Only how
 * long a condition has lasted that is not open yet begins anew.
 */
export function healthWatcher(input: { db: Database; log: Log }): HealthWatcher {
  const { db, log } = input;
  const memories = new Map<string, NodeMemory>();
  const names = gpuNames();
  let pending: NodeHealthChange[] = [];
  let sxids: NodeSxids[] = [];
  let settings = asBuiltIn;

  async function remember(scrapes: readonly Scraped[]): Promise<void> {
    const unknown = new Map<string, { nodeId: Id<"node">; at: Date }>();
    for (const { nodeId, at } of scrapes) {
      if (!memories.has(nodeId) && !unknown.has(nodeId)) unknown.set(nodeId, { nodeId, at });
    }
    if (unknown.size === 0) return;
    for (const memory of await loadHealthMemory(db, [...unknown.values()])) {
      memories.set(memory.nodeId, memoryOf(memory));
    }
  }

  function take({ nodeId, at, samples, switches }: Scraped): void {
    const memory = memories.get(nodeId);
    // A node between two tenants: what it says is nobody's.
    if (!memory) return;
    const atMs = at.getTime();
    const uuids = new Set(samples.flatMap(({ uuid }) => uuid ?? []));
    const elsewhere = names.elsewhere(nodeId, uuids, atMs);
    const told = { seen: samples.length, expected: memory.gpus, uuids, switches, elsewhere };
    const whole = observeNode(memory.node, told, atMs, settings);
    for (const kept of sxidsToKeep(memory.node.sxids, whole.watch.sxids)) {
      sxids.push({ ...kept, allocationId: memory.allocationId });
    }
    memory.node = whole.watch;
    const changes = whole.changes;
    for (const sample of samples) {
      const seen = observeGpu(memory.watches.get(sample.gpu) ?? newWatch(), sample, atMs, settings);
      memory.watches.set(sample.gpu, seen.watch);
      changes.push(...seen.changes);
    }
    const { allocationId } = memory;
    for (const change of changes) pending.push({ ...change, nodeId, allocationId });
  }

  return {
    async observe(scrapes) {
      try {
        settings = await loadHealthSettings(db);
        await remember(scrapes);
        for (const scrape of scrapes) take(scrape);
        const [writing, keeping] = [pending, sxids];
        [pending, sxids] = [[], []];
        try {
          await writeHealthChanges(db, writing, keeping);
        } catch (error) {
          pending = [...writing, ...pending].slice(-mostPending);
          sxids = [...keeping, ...sxids].slice(-mostPending);
          throw error;
        }
      } catch (error) {
        log.error({ error }, "health of nodes could not be written");
      }
    },
    keepOnly(nodeIds) {
      for (const nodeId of memories.keys()) if (!nodeIds.has(nodeId)) memories.delete(nodeId);
      names.keepOnly(nodeIds);
    },
  };
}

function memoryOf({ allocationId, gpus, open, last, sxids, ...memory }: HealthMemory): NodeMemory {
  const openOf = (gpu: number) => open.filter((reason) => reason.gpu === gpu);
  const xids = new Map(memory.xids);
  const indexes = new Set([...[...open, ...last].map(({ gpu }) => gpu), ...xids.keys()]);
  indexes.delete(wholeNode);
  const watches = [...indexes].map((gpu): [number, HealthWatch] => {
    const before = last.find((sample) => sample.gpu === gpu);
    const told = xids.get(gpu) ?? [];
    const known = {
      ...nothingKnown,
      // After a longer absence, the sticky code is the one that was told last.
      values: before?.values ?? (told[0] === undefined ? {} : { xid: told[0] }),
      atMs: before?.atMs ?? null,
      xids: { told: new Set(told), counts: null },
    };
    return [gpu, newWatch(openOf(gpu), known)];
  });
  return {
    allocationId,
    gpus,
    node: {
      ...{ rules: newWatch(openOf(wholeNode)).rules, sxids: new Map(sxids) },
      // Unknown to who begins: the first that are named are its own.
      uuids: new Set(),
    },
    watches: new Map(watches),
  };
}
