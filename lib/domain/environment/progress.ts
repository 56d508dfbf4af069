import { hasEnded, type NodeOperation, type OperationState } from "#lib/domain/operation/operation";
import { stepsOf } from "#lib/domain/operation/workflow";

/** How far the operation on one node is. */
export type NodeProgress = {
  hostname: string;
  kind: NodeOperation;
  state: OperationState;
  goingBack: boolean;
  /** The step being done; null before the first. */
  step: string | null;
  waitReason: string | null;
  /** When a worker looks again, as an ISO instant; null while one is at it. */
  nextTryAt: string | null;
};

/** How far an environment's operation is: as far as the node that is furthest behind. */
export type Progress = {
  /** Counted from 1. */
  step: number;
  steps: number;
  /** How many nodes are still being worked on. */
  nodes: number;
  /** The steps done are being taken back. */
  goingBack: boolean;
  /** A node waits for a person: something could not be taken back by itself. */
  stuck: boolean;
  /** The node that is furthest behind, and what it waits for. */
  behind: { hostname: string; label: string; waitsFor: string; nextTryAt: string | null };
};

/** Adds up the nodes' operations; undefined when none of them is under way. */
export function progressOf(nodes: readonly NodeProgress[]): Progress | undefined {
  const live = nodes
    .filter((node) => !hasEnded(node.state))
    .map((node) => {
      const steps = stepsOf(node.kind);
      const position = Math.max(
        0,
        steps.findIndex((step) => step.name === node.step),
      );
      return { node, steps, position, info: steps[position] };
    })
    .sort(
      (a, b) => a.position - b.position || a.node.hostname.localeCompare(b.node.hostname, "en"),
    );
  const [behind] = live;
  if (!behind?.info) return undefined;
  const { node, steps, position, info } = behind;
  return {
    step: position + 1,
    steps: steps.length,
    nodes: live.length,
    goingBack: live.some((each) => each.node.goingBack),
    stuck: live.some((each) => each.node.state === "stuck"),
    behind: {
      hostname: node.hostname,
      label: info.label,
      waitsFor: node.step ? (node.waitReason ?? `until ${info.waitsFor}`) : "for a worker to begin",
      nextTryAt: node.nextTryAt,
    },
  };
}
