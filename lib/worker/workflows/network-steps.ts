import {
  findNodePort,
  findSiteOfNode,
  findVlan,
  intendPort,
  settlePort,
} from "#db/queries/networks";
import { giveBackPoolItems } from "#db/queries/pool-draws";
import { portDrift } from "#lib/domain/network/port-drift";
import { NetworkError } from "#lib/ports/network";
import type { NodeContext } from "#lib/worker/context";
import type { Step, StepOutcome } from "#lib/worker/workflow";

/**
 * Joins the node to its environment's VLAN, before it is booted. A site without a network driver
 * leaves that to its own people; with one, an environment that is to be set apart never silently is
 * not.
 */
export const attachNetwork: Step<NodeContext> = {
  name: "attach_network",
  run: async (context) => {
    const { environmentId } = context.operation;
    const site = await siteOf(context);
    const vlan = environmentId && (await findVlan(context.db, environmentId, site));
    if (!environmentId || !vlan) {
      return { kind: "done", detail: "The environment asks for no VLAN of its own" };
    }
    const driver = await context.network(site);
    if (!driver) {
      return {
        kind: "done",
        detail: `The site has no network driver: VLAN ${vlan} is set by its own people`,
      };
    }
    const port = await findNodePort(context.db, context.nodeId);
    if (!port) {
      return {
        kind: "give_up",
        reason: `No switch port is entered for this node, so it cannot be joined to VLAN ${vlan}. Enter it on the node's page.`,
      };
    }
    try {
      // First the trace, then the act: whoever goes on after a crash finds it.
      await context.hold.confirm();
      // A port that the driver does not know leaves no trace, so that it can be entered anew.
      await driver.read(port.port);
      await intendPort(context.db, context.nodeId, port.port, { wantedVlan: vlan, environmentId });
      await driver.attach(port.port, vlan);
      const seen = await driver.read(port.port);
      const drift = portDrift(vlan, seen);
      if (drift) return wait(context, drift);
      return {
        kind: "done",
        detail: `Port ${port.port} carries VLAN ${vlan}`,
        commit: (tx) => settlePort(tx, context.nodeId, seen.vlans),
      };
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      if (error.retryable) return wait(context, error.message);
      return { kind: "give_up", reason: `The network driver: ${error.message}.` };
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
 * Takes the node off every VLAN: isolation before anything else. Never given up by itself; while it
 * waits, the environment's VLAN is given to nobody.
 */
export const detachNetwork: Step<NodeContext> = { name: "detach_network", run: detach };

async function detach(context: NodeContext): Promise<Exclude<StepOutcome, { kind: "give_up" }>> {
  const port = await findNodePort(context.db, context.nodeId);
  if (!port) return { kind: "done", detail: "The node has no port that Ingot sets" };
  const driver = await context.network(port.siteId);
  if (!driver && port.environmentId) {
    return wait(context, `none is entered any more, and port ${port.port} may still be joined`);
  }
  if (!driver) return { kind: "done", detail: "The site has no network driver" };
  try {
    await context.hold.confirm();
    await driver.read(port.port);
    await intendPort(context.db, context.nodeId, port.port, { wantedVlan: null });
    await driver.detach(port.port);
    const seen = await driver.read(port.port);
    const drift = portDrift(null, seen);
    if (drift) return wait(context, drift);
    return {
      kind: "done",
      detail: `Port ${port.port} carries no VLAN`,
      commit: async (tx) => {
        await settlePort(tx, context.nodeId, seen.vlans);
        // What a released environment could not give back while this port was on its network.
        if (port.environmentId) await giveBackPoolItems(tx, port.environmentId);
      },
    };
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    return wait(context, error.message);
  }
}

async function siteOf(context: NodeContext) {
  const site = await findSiteOfNode(context.db, context.nodeId);
  if (!site) throw new Error(`node ${context.nodeId} stands at no site`);
  return site;
}

function wait(context: NodeContext, reason: string): Extract<StepOutcome, { kind: "wait" }> {
  // 1, 2, 4 … polls, half a minute at most.
  const pace = context.settings.pollMs * 2 ** Math.min(context.operation.attempt, 10);
  return {
    kind: "wait",
    reason: `the network driver: ${reason}`,
    retryAfterMs: Math.min(30_000, pace),
  };
}
