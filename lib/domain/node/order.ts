import type { ControllerProtocol } from "#lib/domain/node/controller-protocol";
import type { NodeLifecycle } from "#lib/domain/node/lifecycle";

/** What an operator may tell a node; a tenant's node but for `rotate` nothing. */
export const nodeOrders = ["verify", "sanitize", "inspect", "rotate"] as const;
export type NodeOrder = (typeof nodeOrders)[number];

const allowedIn: Record<NodeOrder, readonly NodeLifecycle[]> = {
  verify: ["enrolled", "failed", "available"],
  sanitize: ["quarantined", "available"],
  inspect: ["failed", "available"],
  rotate: ["available", "active", "failed", "quarantined"],
};

const told: Record<NodeOrder, string> = {
  verify: "told to verify",
  sanitize: "told to sanitize",
  inspect: "told to inspect",
  rotate: "given a new password for its controller",
};

const heldByTenant =
  "A tenant holds this node, and its data are on it. That can be done once the environment is released.";

/**
 * Why an order has no place now, as a sentence; undefined when it has. The same words stand beside
 * the disabled button and in the refusal.
 */
export function whyNotOrder(
  order: NodeOrder,
  node: {
    lifecycle: NodeLifecycle;
    controllerFingerprint: string | null;
    controllerProtocol: ControllerProtocol;
  },
  { isBusy, isHeld }: { isBusy: boolean; isHeld: boolean },
): string | undefined {
  // The password is the controller's: nothing of what runs on the host is touched.
  if (isHeld && order !== "rotate") return heldByTenant;
  if (isBusy) return "An operation is at work on this node. Wait until it has ended.";
  if (!allowedIn[order].includes(node.lifecycle)) {
    return `The node is ${node.lifecycle}. Only a node that is ${allowedIn[order].join(" or ")} can be ${told[order]}.`;
  }
  if (order === "rotate" && node.controllerProtocol === "ipmi") {
    return "The controller is spoken to over IPMI, where passwords are not changed.";
  }
  const isPinned = node.controllerProtocol === "ipmi" || node.controllerFingerprint !== null;
  if (order !== "verify" && !isPinned) {
    return "The controller's certificate is not confirmed yet.";
  }
  return undefined;
}

/** Of a node that no tenant holds: on its way to a wipe, or lent to a dry run, which ends in one. */
const wipeIsDue: readonly NodeLifecycle[] = ["reserved", "deploying", "releasing", "sanitizing"];

/** Why a node cannot be set aside now, as a sentence; undefined when it can. */
export function whyNotSetAside(
  to: "quarantined" | "retired",
  lifecycle: NodeLifecycle,
  isHeld: boolean,
): string | undefined {
  if (lifecycle === "retired") return "The node has left the fleet.";
  if (to === lifecycle) return `The node is ${to} already.`;
  if (isHeld) return heldByTenant;
  if (to === "retired" && wipeIsDue.includes(lifecycle)) {
    return "A wipe is due or running. Quarantine the node first, or wait until it has ended.";
  }
  return undefined;
}
