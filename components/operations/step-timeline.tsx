import { Timeline, type TimelineStep } from "#components/ui/timeline";

/** One operation on one node, as views give it. */
export type OperationView = {
  id: string;
  kind: string;
  state: string;
  goingBack: boolean;
  step: string | null;
  waitReason: string | null;
  reason: string | null;
  nextTryAt: string | null;
  steps: {
    name: string;
    label: string;
    waitsFor: string;
    state: "running" | "waiting" | "done" | "failed" | "undone" | "skipped" | "pending";
    attempts: number;
    startedAt: string | null;
    finishedAt: string | null;
    detail: string | null;
  }[];
};

/** The steps of an operation on a node: done, in hand and to come, and what the one in hand waits for. */
export function StepTimeline({ operation }: { operation: OperationView }) {
  const steps = operation.steps.map((step): TimelineStep => {
    const inHand = step.name === operation.step && operation.nextTryAt !== null;
    return {
      id: step.name,
      title: step.label,
      state: step.state === "running" ? "active" : step.state,
      startedAt: step.startedAt,
      endedAt: step.finishedAt,
      reason: inHand ? operation.waitReason : step.detail,
      nextTryAt: inHand ? operation.nextTryAt : null,
    };
  });
  return <Timeline label={`Steps of ${operationName(operation.kind)}`} steps={steps} />;
}

const names: Record<string, string> = {
  "node.enrol": "Enrol",
  "node.deploy": "Deploy",
  "node.stop": "Stop",
  "node.start": "Start",
  "node.restart": "Restart",
  "node.reinstall": "Reinstall",
  "node.reclaim": "Take back",
  "node.sanitize": "Sanitize",
  "node.rotate_credential": "Change password",
  "node.inspect": "Inspect",
  "node.rehearse": "Dry run",
};

/** An operation's kind as a person calls it. */
export function operationName(kind: string): string {
  return names[kind] ?? kind;
}
