import { and, eq, like } from "drizzle-orm";
import type { Database } from "#db/client";
import { nodes, nodeTypes } from "#db/schema/nodes";
import { pools } from "#db/schema/pools";
import { racks, sites } from "#db/schema/sites";
import type { NodeIdentity } from "#e2e/simulator/node";
import { type GrantsOf, must, reading, timesDone, until } from "#e2e/world/acting";
import { createNodeType } from "#lib/commands/create-node-type";
import { createPool } from "#lib/commands/create-pool";
import { createRack } from "#lib/commands/create-rack";
import { createSite } from "#lib/commands/create-site";
import { enrolNode } from "#lib/commands/enrol-node";
import { orderNode } from "#lib/commands/order-node";
import type { Id } from "#lib/domain/id";
import type { NodeLifecycle } from "#lib/domain/node/lifecycle";
import type { NodeTypeSpec } from "#lib/domain/node/node-type";
import type { CreatePoolInput } from "#lib/schemas/pool";

// The hardware side of a world: where nodes stand, what they are expected to be, and their
// enrolment. What is there already is found by its name and left alone.

/** What the node types of the simulated rack are expected to have. */
export const nodeTypeSpecs = {
  "dgx-h100": {
    manufacturer: "NVIDIA",
    heightUnits: 8,
    cpu: { sockets: 2, coresPerSocket: 56, model: "Xeon Platinum 8480C" },
    memory: { gib: 2048, tolerancePercent: 2 },
    gpu: { model: "H100", count: 8, memoryGib: 80 },
    drives: { count: 10, minSizeGb: 1900 },
    nics: { infiniband: 8, infinibandGbps: 400 },
  },
  "h200-4x": {
    heightUnits: 4,
    cpu: { sockets: 2, coresPerSocket: 56 },
    memory: { gib: 2048, tolerancePercent: 2 },
    gpu: { model: "H200", count: 4, memoryGib: 141 },
    drives: { count: 10, minSizeGb: 1900 },
  },
  "l40s-1x": {
    heightUnits: 2,
    cpu: { sockets: 2, coresPerSocket: 56 },
    gpu: { model: "L40S", count: 1, memoryGib: 45 },
  },
  "cpu-epyc-9354": {
    heightUnits: 1,
    cpu: { sockets: 2, coresPerSocket: 32, model: "EPYC 9354" },
    memory: { gib: 768, tolerancePercent: 2 },
    gpu: null,
    drives: { count: 4, minSizeGb: 1900 },
    inspection: { level: "burn_in", seconds: 5 },
  },
} as const satisfies Record<string, NodeTypeSpec>;

export type NodeTypeName = keyof typeof nodeTypeSpecs;

const typeByGpus: Record<number, NodeTypeName> = {
  8: "dgx-h100",
  4: "h200-4x",
  1: "l40s-1x",
  0: "cpu-epyc-9354",
};

/** The type that a node of the rack was bought as. */
export function typeOf(node: Pick<NodeIdentity, "name" | "gpus">): NodeTypeName {
  const type = typeByGpus[node.gpus];
  if (!type) throw new Error(`no node type has the ${node.gpus} GPUs of ${node.name}`);
  return type;
}

export async function site(db: Database, may: GrantsOf, name: string): Promise<Id<"site">> {
  const [known] = await reading(db, (tx) => tx.select().from(sites).where(eq(sites.name, name)));
  if (known) return known.id;
  return must(await createSite(db, may("node.enrol"), { name, bootOrigin: null })).siteId;
}

export async function rack(
  db: Database,
  may: GrantsOf,
  siteId: Id<"site">,
  name: string,
): Promise<Id<"rack">> {
  const [known] = await reading(db, (tx) =>
    tx
      .select()
      .from(racks)
      .where(and(eq(racks.siteId, siteId), eq(racks.name, name))),
  );
  if (known) return known.id;
  return must(await createRack(db, may("node.enrol"), { siteId, name, units: 48 })).rackId;
}

/** A pool of a site. */
export async function pool(
  db: Database,
  may: GrantsOf,
  input: Omit<CreatePoolInput, "warnPercent" | "cooldownMinutes">,
): Promise<Id<"pool">> {
  const [known] = await reading(db, (tx) =>
    tx
      .select({ id: pools.id })
      .from(pools)
      .where(and(eq(pools.siteId, input.siteId), eq(pools.name, input.name))),
  );
  if (known) return known.id;
  const settings = { warnPercent: 80, cooldownMinutes: 60 };
  return must(await createPool(db, may("pool.edit"), { ...input, ...settings })).poolId;
}

export async function nodeType(
  db: Database,
  may: GrantsOf,
  name: string,
  spec: NodeTypeSpec,
): Promise<Id<"nodeType">> {
  const [known] = await reading(db, (tx) =>
    tx.select().from(nodeTypes).where(eq(nodeTypes.name, name)),
  );
  if (known) return known.id;
  return must(await createNodeType(db, may("catalogue.edit"), { name, spec })).nodeTypeId;
}

/**
 * Enrols a node as an operator does who knows its fingerprint from the delivery papers; the worker
 * does the rest. A node of that name is left as it is.
 */
export async function enrol(
  db: Database,
  may: GrantsOf,
  input: {
    node: NodeIdentity;
    rackId: Id<"rack">;
    unit: number | null;
    nodeTypeId: Id<"nodeType">;
    sealingKey: string;
  },
): Promise<Id<"node">> {
  const { node, sealingKey, ...place } = input;
  const [known] = await reading(db, (tx) =>
    tx.select({ id: nodes.id }).from(nodes).where(eq(nodes.name, node.name)),
  );
  if (known) return known.id;
  const enrolled = await enrolNode(
    db,
    may("node.enrol"),
    {
      name: node.name,
      ...place,
      controllerAddress: node.controllerAddress,
      username: node.username,
      password: node.password,
      expectedFingerprint: node.certificate.fingerprint,
      address: null,
    },
    sealingKey,
  );
  return must(enrolled).nodeId;
}

const beingEnrolled: readonly NodeLifecycle[] = [
  "enrolled",
  "verifying",
  "discovering",
  "validating",
];

/** Waits until the worker is through with every enrolment, and gives what became of the nodes. */
export async function enrolled(
  db: Database,
  progress: (done: number, of: number) => void = () => {},
): Promise<{ name: string; lifecycle: NodeLifecycle; reason: string | null }[]> {
  return until(
    "the enrolment of the nodes",
    async () => {
      const rows = await reading(db, (tx) =>
        tx
          .select({
            name: nodes.name,
            lifecycle: nodes.lifecycle,
            reason: nodes.lifecycleReason,
          })
          .from(nodes)
          .orderBy(nodes.name),
      );
      const done = rows.filter((row) => !beingEnrolled.includes(row.lifecycle));
      progress(done.length, rows.length);
      return done.length === rows.length ? rows : undefined;
    },
    120_000,
  );
}

/**
 * Has nodes verified anew, as an operator does, whose way in ended because a limit ran out: a rack that was
 * stopped meanwhile does not go on with a boot. Each once, and none that somebody has had verified. Gives
 * whether there were any; their verification has begun then.
 */
export async function verifyBrokenOff(db: Database, may: GrantsOf): Promise<boolean> {
  const failed = await reading(db, (tx) =>
    tx
      .select({ id: nodes.id, name: nodes.name, since: nodes.lifecycleSince })
      .from(nodes)
      .where(
        and(eq(nodes.lifecycle, "failed"), like(nodes.lifecycleReason, "%: not done within %")),
      ),
  );
  const brokenOff: typeof failed = [];
  for (const node of failed) {
    if ((await timesDone(db, "node.verify", node.id)) === 0) brokenOff.push(node);
  }
  for (const { id, name, since } of brokenOff) {
    must(await orderNode(db, may("node.operate"), { nodeId: id, order: "verify" }));
    await until(`the verification of ${name}`, async () => {
      const [node] = await reading(db, (tx) => tx.select().from(nodes).where(eq(nodes.id, id)));
      return node?.lifecycleSince.getTime() === since.getTime() ? undefined : true;
    });
  }
  return brokenOff.length > 0;
}
