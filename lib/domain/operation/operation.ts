import type { Id } from "#lib/domain/id";
import type { InspectionOrder } from "#lib/domain/inspection/order";
import type { ProfileFacts } from "#lib/domain/profile/facts";
import type { InputValues } from "#lib/domain/template/inputs";

/**
 * An operation is a durable change; its parts are steps. An environment's operation is carried
 * out by one operation per node, and is settled when the last of them has ended; `environment.act`, an
 * action of its template, by hooks alone.
 */
export const environmentOperationKinds = [
  "environment.launch",
  "environment.stop",
  "environment.start",
  "environment.restart",
  "environment.reinstall",
  "environment.release",
  "environment.act",
] as const;

export const nodeOperationKinds = [
  "node.enrol",
  "node.deploy",
  "node.stop",
  "node.start",
  "node.restart",
  "node.reinstall",
  "node.reclaim",
  "node.sanitize",
  "node.rotate_credential",
  "node.inspect",
  "node.rehearse",
] as const;

export const operationKinds = [...environmentOperationKinds, ...nodeOperationKinds] as const;
export type OperationKind = (typeof operationKinds)[number];
export type EnvironmentOperation = (typeof environmentOperationKinds)[number];
export type NodeOperation = (typeof nodeOperationKinds)[number];

/** An action as it was pressed. */
export type PressedAction = { name: string; label: string; inputs: InputValues };

/** What a lent node boots in a rehearsal, and as what. */
export type Rehearsal = {
  imageId: Id<"image">;
  hostname: string;
  /** As a launch would keep them: those of secrets are not among them. */
  values: InputValues;
  /** Absent in one that was ordered before nodes were told. */
  profile?: ProfileFacts;
};

/** What an operation is told beside its kind. */
export type OperationInput = {
  inspection?: InspectionOrder;
  action?: PressedAction;
  /** Of a launch that takes its nodes later: the hold whose nodes come first. */
  hold?: Id<"hold">;
  rehearsal?: Rehearsal;
};

/**
 * `ready` waits for a worker, `running` is held by one, `waiting` waits for its next try,
 * `stuck` could not be taken back and waits for a person. The others have ended.
 */
export const operationStates = [
  "ready",
  "running",
  "waiting",
  "stuck",
  "succeeded",
  "failed",
  "aborted",
  "superseded",
] as const;
export type OperationState = (typeof operationStates)[number];

export const liveOperationStates = [
  "ready",
  "running",
  "waiting",
  "stuck",
] as const satisfies OperationState[];

export function hasEnded(state: OperationState): boolean {
  return !(liveOperationStates as readonly OperationState[]).includes(state);
}

/** Which way a journal is read: `forward` does the steps, `back` takes them back. */
export const operationPhases = ["forward", "back"] as const;

export const stepStates = ["running", "waiting", "done", "failed", "undone", "skipped"] as const;
export type StepState = (typeof stepStates)[number];

/** The operation on one node that carries out an environment's operation. */
export const nodeOperationFor = {
  "environment.launch": "node.deploy",
  "environment.stop": "node.stop",
  "environment.start": "node.start",
  "environment.restart": "node.restart",
  "environment.reinstall": "node.reinstall",
  "environment.release": "node.reclaim",
} as const satisfies Record<Exclude<EnvironmentOperation, "environment.act">, NodeOperation>;

/** An environment's operation that its nodes' operations carry out. */
export type OperationOnNodes = keyof typeof nodeOperationFor;

export type ChildOutcome = { state: OperationState; reason: string | null };

/**
 * What an environment's operation has come to, given its nodes' operations: undefined while any
 * still runs. One failure fails the whole; an abort counts as a failure with its own words.
 */
export function settle(
  children: readonly ChildOutcome[],
): { state: "succeeded" | "failed" | "aborted"; reason: string | null } | undefined {
  const counted = children.filter((child) => child.state !== "superseded");
  if (counted.some((child) => !hasEnded(child.state))) return undefined;
  const failed = counted.find((child) => child.state === "failed");
  if (failed) return { state: "failed", reason: failed.reason };
  const aborted = counted.find((child) => child.state === "aborted");
  if (aborted) return { state: "aborted", reason: aborted.reason };
  return { state: "succeeded", reason: null };
}
