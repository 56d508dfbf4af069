import { type NodeLifecycle, reasonsAgainstAllocation } from "#lib/domain/node/lifecycle";

/** What a node is asked of before it is lent to a dry run. */
export type LendableNode = Parameters<typeof reasonsAgainstAllocation>[0] & {
  name: string;
  lifecycle: NodeLifecycle;
  nodeType: string;
  isOnHold: boolean;
  /** An operation is at work on it or waits to be. */
  isBusy: boolean;
  /** The template whose dry run has it; null when none. */
  lentTo: string | null;
};

/**
 * Why a node cannot be lent to a dry run now, as a sentence; null when it can. What a tenant would not be
 * given is not lent either: its end is the wipe and the validation that lead back to tenants.
 * @param takes The node types that the version's groups take, by name.
 */
export function whyNotLend(node: LendableNode, takes: readonly string[]): string | null {
  const { name, lentTo } = node;
  if (lentTo !== null) return `${name} is lent to a dry run of ${lentTo} already.`;
  if (node.isOnHold) return `${name} is on hold for a tenant's launch.`;
  const reasons = reasonsAgainstAllocation(node);
  if (reasons.length > 0) return `${name} is not free: ${reasons.join(", ")}.`;
  if (node.isBusy) return `${name} is not free: an operation is at work on it.`;
  if (!takes.includes(node.nodeType)) {
    return `${name} is a ${node.nodeType}, and the version takes ${[...new Set(takes)].join(" or ")}: the image of another is not for it.`;
  }
  return null;
}
