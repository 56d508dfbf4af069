import type { Id } from "#lib/domain/id";
import type { OperationState, StepState } from "#lib/domain/operation/operation";

/** One step of an operation as a page shows it: also those that are still to come. */
export type StepLine = {
  name: string;
  label: string;
  /** The exit condition, to be read after "until". */
  waitsFor: string;
  state: StepState | "pending";
  attempts: number;
  startedAt: string | null;
  finishedAt: string | null;
  detail: string | null;
};

export type OperationLine = {
  id: Id<"operation">;
  kind: string;
  state: OperationState;
  goingBack: boolean;
  step: string | null;
  /** Position of the current step, from 1, and how many there are; 0 before the first. */
  stepNumber: number;
  stepCount: number;
  stepLabel: string | null;
  waitReason: string | null;
  reason: string | null;
  nextTryAt: string | null;
  requestedByName: string | null;
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  steps: StepLine[];
};
