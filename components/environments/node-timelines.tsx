"use client";

import { lifecycleLooks } from "#components/nodes/node-state";
import { operationLooks } from "#components/operations/operation-state";
import { operationName } from "#components/operations/step-timeline";
import { EmptyState } from "#components/ui/empty-state";
import { PagedFoot, usePaged } from "#components/ui/paged";
import { Panel } from "#components/ui/panel";
import { StateBadge } from "#components/ui/state-text";
import { Timeline, type TimelineStep } from "#components/ui/timeline";
import { formatTook } from "#lib/client/format";
import type { EnvironmentNode, NodeOperationView, StepView } from "#lib/schemas/environment-view";

const pageSize = 12;

/**
 * Every node's latest operation, step by step, with how long each step usually takes; of many nodes first
 * those on which it has not succeeded.
 */
export function NodeTimelines({ nodes }: { nodes: readonly EnvironmentNode[] }) {
  const withSteps = nodes.filter((node) => node.operation);
  const isDone = ({ operation }: EnvironmentNode) => Number(operation?.state === "succeeded");
  const { shown, paged } = usePaged(
    withSteps.length > pageSize ? withSteps.toSorted((a, b) => isDone(a) - isDone(b)) : withSteps,
    pageSize,
  );
  return (
    <Panel
      title="Timeline"
      id="timeline"
      description="Each node's steps. The usual time is the median of your own earlier runs."
    >
      {withSteps.length === 0 ? (
        <EmptyState title="Nothing has been done yet">
          The steps appear here as soon as a worker begins.
        </EmptyState>
      ) : (
        <div className="flex flex-col gap-4">
          <div className="grid gap-x-8 gap-y-6 lg:grid-cols-2">
            {shown.map((node) => (
              <NodeTimeline key={node.allocationId} node={node} />
            ))}
          </div>
          <PagedFoot noun="Nodes" paged={paged} className="" />
        </div>
      )}
    </Panel>
  );
}

function NodeTimeline({ node }: { node: EnvironmentNode }) {
  const { operation } = node;
  if (!operation) return null;
  const look = operationLooks[operation.state];
  const place = operation.stepNumber > 0 && !operation.finishedAt;
  return (
    <section aria-label={`Timeline of ${node.hostname}`} className="min-w-0">
      <h3 className="mb-2 flex flex-wrap items-baseline gap-x-2 text-sm">
        <span className="font-medium">{node.hostname}</span>
        <span className="text-muted text-xs">
          {operationName(operation.kind)}
          {place ? `, step ${operation.stepNumber} of ${operation.stepCount}` : ""}
          {total(operation)}
        </span>
        <StateBadge
          kind={look.kind}
          word={operation.goingBack && !operation.finishedAt ? "Taking back" : look.word}
          className="text-xs"
        />
        {node.node && node.node.lifecycle !== "active" && (
          <span className="text-faint text-xs">
            node {lifecycleLooks[node.node.lifecycle].word.toLowerCase()}
          </span>
        )}
      </h3>
      {operation.reason && !operation.steps.some((step) => step.detail === operation.reason) && (
        <p className="mb-2 break-words text-critical text-xs">{operation.reason}</p>
      )}
      <Timeline
        label={`Steps of ${operationName(operation.kind)} on ${node.hostname}`}
        steps={operation.steps.map((step) => timelineStep(operation, step))}
      />
    </section>
  );
}

function timelineStep(operation: NodeOperationView, step: StepView): TimelineStep {
  const current = step.name === operation.step && !operation.finishedAt;
  const back = current && operation.goingBack;
  return {
    id: step.name,
    title: step.label,
    state: back ? "undoing" : step.state === "running" ? "active" : step.state,
    startedAt: step.startedAt,
    endedAt: step.finishedAt,
    typicalMs: step.typicalMs,
    reason: current
      ? (operation.waitReason ?? `until ${step.waitsFor}`)
      : step.state === "failed"
        ? step.detail
        : null,
    nextTryAt: current ? operation.nextTryAt : null,
    detail: step.state === "done" ? step.detail : null,
  };
}

function total(operation: NodeOperationView): string {
  if (!operation.startedAt || !operation.finishedAt) return "";
  const ms = Date.parse(operation.finishedAt) - Date.parse(operation.startedAt);
  return `, took ${formatTook(ms)}`;
}
