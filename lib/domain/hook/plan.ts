import {
  endPoints,
  gatePoints,
  type HookPoint,
  openingPoints,
  type TemplateHook,
} from "#lib/domain/hook/hook";
import { runsOnNodes } from "#lib/domain/hook/script";
import {
  type EnvironmentOperation,
  nodeOperationFor,
  type OperationOnNodes,
} from "#lib/domain/operation/operation";
import { stepsOf } from "#lib/domain/operation/workflow";
import type { TemplateAction } from "#lib/domain/template/actions";
import { conditionWords, holds, type InputValues } from "#lib/domain/template/inputs";

/** The operations of an environment's life, in the order in which a plan shows them. */
export const plannedOperations = [
  "environment.launch",
  "environment.stop",
  "environment.start",
  "environment.restart",
  "environment.reinstall",
  "environment.release",
] as const satisfies OperationOnNodes[];

/** What an action is pressed with in a plan. */
export type PlannedAction = Pick<TemplateAction, "name" | "label" | "inputs" | "hooks">;

export type PlannedHook<H extends TemplateHook = TemplateHook> = {
  hook: H;
  operation: EnvironmentOperation;
  /** Whether the operation waits for it, as against being over already. */
  isGate: boolean;
  /** It runs only when the operation has failed. */
  isOfFailure: boolean;
  /** The action behind which it stands; null where it runs by itself. */
  action: PlannedAction | null;
  /** Why it would be skipped, to be read by itself; null when it would run. */
  skipped: string | null;
};

/**
 * The hooks of each operation of an environment's life, in the order in which they would run with
 * these values: as the gates of the workflows have them, then those at the end. One that runs once in
 * an environment's life is skipped after the operation in which it first would.
 */
export function lifePlan<H extends TemplateHook>(
  hooks: readonly H[],
  values: InputValues,
): PlannedHook<H>[] {
  const over = new Set<string>();
  return plannedOperations.flatMap((operation) => {
    const planned = operationPlan(operation, hooks, values, over);
    for (const { hook, skipped } of planned) {
      if (hook.executeOnce && skipped === null) over.add(hook.name);
    }
    return planned;
  });
}

/**
 * The hooks behind the actions that are pressed on an environment with these values, action by action, in
 * the order in which each names them.
 */
export function actionsPlan<H extends TemplateHook>(
  hooks: readonly H[],
  actions: readonly PlannedAction[],
  values: InputValues,
): PlannedHook<H>[] {
  return actions.flatMap((action) =>
    action.hooks.flatMap((name) => {
      const hook = hooks.find((each) => each.name === name && each.point === "on_action");
      if (!hook) return [];
      const place = { operation: "environment.act", isGate: true, isOfFailure: false } as const;
      return [{ ...place, hook, action, skipped: whySkipped(hook, values, new Set()) }];
    }),
  );
}

function operationPlan<H extends TemplateHook>(
  operation: OperationOnNodes,
  hooks: readonly H[],
  values: InputValues,
  over: ReadonlySet<string>,
): PlannedHook<H>[] {
  const kind = nodeOperationFor[operation];
  const gates = [
    ...openingPoints(operation),
    ...stepsOf(kind).flatMap((step) => gatePoints(kind, step.name)),
  ];
  const ends = endPoints(operation, "succeeded");
  const failures = endPoints(operation, "failed");
  // What comes either way comes last.
  const common = ends.filter((point) => failures.includes(point));
  const only = (points: readonly HookPoint[]) => points.filter((point) => !common.includes(point));
  const at = (points: readonly HookPoint[], isGate: boolean, isOfFailure: boolean) =>
    points.flatMap((point) =>
      hooks
        .filter((hook) => hook.point === point)
        .map((hook) => ({
          ...{ hook, operation, isGate, isOfFailure, action: null },
          skipped: whySkipped(hook, values, over),
        })),
    );
  return [
    ...at(gates, true, false),
    ...at(only(ends), false, false),
    ...at(only(failures), false, true),
    ...at(common, false, false),
  ];
}

function whySkipped(hook: TemplateHook, values: InputValues, over: ReadonlySet<string>) {
  const { name, skipIf, executeOnce } = hook;
  if (skipIf && holds(skipIf, values)) return `Skipped, since ${conditionWords(skipIf)}.`;
  return executeOnce && over.has(name) ? "It has run once for this environment already." : null;
}

/**
 * What of a plan a dry run carries out: each hook of a provider once, in the first operation that has
 * it, and on a node that is lent each that runs on nodes. The skipped ones are among them.
 */
export function askedInDryRun<H extends TemplateHook>(
  plan: readonly PlannedHook<H>[],
  { isLent }: { isLent: boolean } = { isLent: false },
) {
  const first = new Map<string, PlannedHook<H>>();
  for (const planned of plan) {
    const { name, kind } = planned.hook;
    const isAsked = kind === "http" || (runsOnNodes(planned.hook) && isLent);
    if (isAsked && !first.has(name)) first.set(name, planned);
  }
  return [...first.values()];
}
