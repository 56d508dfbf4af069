import { listPortsOfNode } from "#db/queries/fabrics";
import { findHostFacts } from "#db/queries/inspections";
import { findSiteOfNode } from "#db/queries/networks";
import {
  findNodePartition,
  findPkey,
  intendLeave,
  intendPartition,
  settlePartition,
} from "#db/queries/partitions";
import { giveBackPoolItems } from "#db/queries/pool-draws";
import { readGuid } from "#lib/domain/fabric/guid";
import { partitionDrift, pkeyText } from "#lib/domain/network/partition-drift";
import { NetworkError } from "#lib/ports/network";
import type { NodeContext } from "#lib/worker/context";
import type { Step, StepOutcome } from "#lib/worker/workflow";

/**
 * Puts the node's InfiniBand ports into its environment's partition, before it is booted. A site
 * without a fabric manager leaves that to its own people; with one, an environment that is to be set
 * apart never silently is not.
 */
export const attachPartition: Step<NodeContext> = {
  name: "attach_partition",
  run: async (context) => {
    const { environmentId } = context.operation;
    const siteId = await findSiteOfNode(context.db, context.nodeId);
    const pkey = environmentId && siteId && (await findPkey(context.db, environmentId, siteId));
    if (!environmentId || !siteId || !pkey) {
      return { kind: "done", detail: "The environment asks for no partition of its own" };
    }
    const driver = await context.fabric(siteId);
    if (!driver) {
      return {
        kind: "done",
        detail: `The site has no fabric manager: P_Key ${pkeyText(pkey)} is set by its own people`,
      };
    }
    const ports = await guidsOf(context);
    if (typeof ports === "string") return { kind: "give_up", reason: ports };
    // Of another partition, or with a port that is the node's no longer: that one would stay in it.
    const earlier = await findNodePartition(context.db, context.nodeId);
    if (
      earlier?.pkey &&
      (earlier.pkey !== pkey || earlier.guids.some((guid) => !ports.includes(guid)))
    ) {
      const left = await detach(context);
      if (left.kind === "wait") return left;
      if (left.commit) await context.db.transaction(left.commit);
    }
    try {
      // First the trace, then the act: whoever goes on after a crash finds it.
      await context.hold.confirm();
      const intent = { siteId, environmentId, pkey, guids: ports };
      if (!(await intendPartition(context.db, context.nodeId, intent))) {
        return wait(context, "it was taken out of Ingot at this moment");
      }
      await driver.join(pkey, ports);
      const members = await driver.read(pkey);
      const drift = partitionDrift(pkey, ports, new Map([[pkey, members]]), () => true);
      if (drift) return wait(context, drift);
      return {
        kind: "done",
        detail: `${ports.length} InfiniBand ports are in the partition ${pkeyText(pkey)}`,
        commit: (tx) => settlePartition(tx, context.nodeId),
      };
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      if (error.retryable) return wait(context, error.message);
      return { kind: "give_up", reason: `The fabric manager: ${error.message}.` };
    }
  },
  undo: async (context) => {
    const outcome = await detach(context);
    if (outcome.kind === "wait") return outcome;
    if (outcome.commit) await context.db.transaction(outcome.commit);
    return { kind: "done" };
  },
};

/**
 * Takes the node's ports out of the partition: isolation before anything else. Never given up by
 * itself; while it waits, the environment's P_Key is given to nobody.
 */
export const detachPartition: Step<NodeContext> = { name: "detach_partition", run: detach };

async function detach(context: NodeContext): Promise<Exclude<StepOutcome, { kind: "give_up" }>> {
  const partition = await findNodePartition(context.db, context.nodeId);
  const pkey = partition?.pkey;
  if (!partition || !pkey) {
    return { kind: "done", detail: "Its ports are in no partition that Ingot sets" };
  }
  const { siteId, environmentId, guids } = partition;
  const driver = await context.fabric(siteId);
  if (!driver) {
    return wait(
      context,
      `none is entered any more, and ports may still be in the partition ${pkeyText(pkey)}`,
    );
  }
  try {
    await context.hold.confirm();
    await intendLeave(context.db, context.nodeId);
    await driver.leave(pkey, guids);
    const members = await driver.read(pkey);
    const drift = partitionDrift(null, guids, new Map([[pkey, members]]), () => true);
    if (drift) return wait(context, drift);
    return {
      kind: "done",
      detail: `Its ports have left the partition ${pkeyText(pkey)}`,
      commit: async (tx) => {
        await settlePartition(tx, context.nodeId);
        // What a released environment could not give back while these ports were in it.
        if (environmentId) await giveBackPoolItems(tx, environmentId);
      },
    };
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    return wait(context, error.message);
  }
}

/** The GUIDs of all of a node's InfiniBand ports; a sentence when they are not all known. */
async function guidsOf(context: NodeContext): Promise<string[] | string> {
  const { inventory } = await context.node();
  const ports = (inventory?.nics ?? []).filter((nic) => nic.kind === "infiniband");
  const placed = await listPortsOfNode(context.db, context.nodeId, ports);
  const told = new Set([
    ...ports.flatMap((port) => port.portGuid ?? []),
    ...placed.map((port) => port.guid),
  ]);
  // Many controllers tell no GUID of a port. The host does, in an inspection that was accepted.
  if (told.size === 0 || told.size < ports.length) {
    const facts = await findHostFacts(context.db, context.nodeId);
    for (const { guid } of facts?.infiniband ?? []) {
      const read = guid === null ? null : readGuid(guid);
      if (read) told.add(read);
    }
  }
  const guids = [...told].sort();
  const advice =
    "Have the node inspected, or place its ports on the fabric's page by a list that names the node, and launch again.";
  if (guids.length === 0) {
    return `No GUID of an InfiniBand port of this node is known, so it cannot be put into a partition. ${advice}`;
  }
  if (guids.length < ports.length) {
    return `Of its ${ports.length} InfiniBand ports the GUIDs of ${guids.length} are known, and the others would stay outside of the partition. ${advice}`;
  }
  return guids;
}

function wait(context: NodeContext, reason: string): Extract<StepOutcome, { kind: "wait" }> {
  // 1, 2, 4 … polls, half a minute at most.
  const pace = context.settings.pollMs * 2 ** Math.min(context.operation.attempt, 10);
  return {
    kind: "wait",
    reason: `the fabric manager: ${reason}`,
    retryAfterMs: Math.min(30_000, pace),
  };
}
