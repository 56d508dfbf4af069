import type { Id } from "#lib/domain/id";
import type {
  EnvironmentOperation,
  NodeOperation,
  OperationOnNodes,
} from "#lib/domain/operation/operation";
import type { StepName } from "#lib/domain/operation/workflow";
import { type Condition, holds, type InputValues } from "#lib/domain/template/inputs";

// A hook is one act of the platform team's own at one point of an environment's operation. Points
// before a step hold every node of the operation until their hooks have ended; the point before the nodes
// are taken holds the launch, which has none yet; points at the end hold nothing. At `on_action` a hook runs when an action that names it is pressed, and no node waits for it.

export const hookPoints = [
  "before_allocate",
  "on_init",
  "after_allocate",
  "before_network",
  "after_network",
  "before_install",
  "after_install",
  "before_bootstrap",
  "after_bootstrap",
  "before_validate",
  "after_validate",
  "on_success",
  "on_failure",
  "on_completion",
  "before_start",
  "after_start",
  "before_stop",
  "after_stop",
  "before_release",
  "after_release",
  "on_action",
] as const;
export type HookPoint = (typeof hookPoints)[number];

export const hookKinds = ["script", "http", "approval", "wait"] as const;
export type HookKind = (typeof hookKinds)[number];

/** Who decides: any fleet admin, the tenant's owners and admins, or the people named by address. */
export const approverKinds = ["operators", "tenant_admins", "people"] as const;
export type ApproverKind = (typeof approverKinds)[number];
export type Approvers = { kind: ApproverKind; emails: string[] };

/**
 * What comes of an operation when one of its hooks fails: it is taken back without blame for its nodes,
 * it goes on, or it is taken back and the nodes that the hook found wrong are set aside.
 */
export const failurePolicies = ["abort", "continue", "quarantine"] as const;
export type FailurePolicy = (typeof failurePolicies)[number];

/** The points of a launch at which a hook has nodes before it that are not handed over yet. */
const quarantinePoints = [
  "after_allocate",
  "before_network",
  "after_network",
  "before_install",
  "after_install",
  "before_bootstrap",
  "after_bootstrap",
  "before_validate",
  "after_validate",
] as const satisfies HookPoint[];

export type HookScript = {
  /** With its first line `#!…`, so that the node knows what reads it. */
  text: string;
  /** What it has to have given when it ends with exit code 0. */
  outputs: string[];
};

/**
 * What a wait asks until it says yes, which is any answer of the 2xx kind. `certificatePem` is the one it
 * shows, or its authority's; empty: one that the worker's machine trusts.
 */
export type HookUntil = { url: string; certificatePem: string };

export type TemplateHook = {
  name: string;
  point: HookPoint;
  kind: HookKind;
  /** Of `http`. */
  providerId: Id<"provider"> | null;
  /** Of `http`: what its provider has to have given when it says that it is done. Absent: nothing. */
  outputs?: string[];
  /** Of `approval`. */
  approvers: Approvers | null;
  /**
   * Of `script`; absent in what was written before there were any. Of `wait`: what its nodes are asked with
   * until each has said yes, which is to end as a script does that is done. Any other end is a not yet.
   */
  script?: HookScript | null;
  /** Of `wait`: the address that is asked. With this or a script its time is how long it may take at most. */
  until?: HookUntil | null;
  /** Of `http` and `script` the whole time it may take, of `approval` until it expires, of `wait` how long it waits. */
  seconds: number;
  /**
   * How often a call or a script that came to nothing is made again, and after how long the first time. Of
   * a wait for a yes: how long it is left alone between two questions, each time.
   */
  retries: number;
  backoffSeconds: number;
  onFailure: FailurePolicy;
  /** Once in an environment's life, also when its launch is tried again. */
  executeOnce: boolean;
  skipIf: Condition | null;
};

export const hookRunStates = [
  "ready",
  "running",
  "waiting",
  "succeeded",
  "failed",
  "skipped",
  "cancelled",
] as const;
export type HookRunState = (typeof hookRunStates)[number];

export const liveHookRunStates = ["ready", "running", "waiting"] as const satisfies HookRunState[];

export function hasHookEnded(state: HookRunState): boolean {
  return !(liveHookRunStates as readonly HookRunState[]).includes(state);
}

/** What each point is, for people. */
export const hookPointWords = {
  before_allocate: "Before any node is taken: none is held while it is asked",
  on_init: "First of all on the nodes taken: a no gives them back at once",
  after_allocate: "After the nodes are taken, before anything is done to them",
  before_network: "Before the nodes join their network",
  after_network: "After they have joined it",
  before_install: "Before the first boot, at a launch or a reinstall",
  after_install: "After the image is on the disk, before the first boot from it",
  before_bootstrap: "Before the system first boots, when what comes after the image has ended",
  after_bootstrap: "After the system has reported, before it is handed over",
  before_validate: "When what comes after that has ended, before the node is validated",
  after_validate: "When the node is validated, before it is handed over",
  on_success: "When a launch has succeeded",
  on_failure: "When a launch has failed",
  on_completion: "When a launch has ended, either way, and when a release has",
  before_start: "Before a start",
  after_start: "After a start, before the environment is ready",
  before_stop: "Before a stop",
  after_stop: "When a stop is done",
  before_release: "Before the nodes are given back",
  after_release: "When they have been given back",
  on_action: "When an action that names it is pressed",
} as const satisfies Record<HookPoint, string>;

export const hookKindWords = {
  script: "Script",
  http: "Provider",
  approval: "Approval",
  wait: "Wait",
} as const satisfies Record<HookKind, string>;

const launch = {
  power_off: ["on_init", "after_allocate"],
  attach_network: ["before_network"],
  open_boot_window: ["after_network", "before_install"],
  boot_disk: ["after_install", "before_bootstrap"],
  hand_over: ["after_bootstrap", "before_validate"],
} as const;

const gates: Partial<Record<NodeOperation, Partial<Record<StepName, readonly HookPoint[]>>>> = {
  "node.deploy": launch,
  "node.reinstall": {
    open_boot_window: ["before_install"],
    boot_disk: ["after_install", "before_bootstrap"],
    hand_over: ["after_bootstrap"],
  },
  "node.start": { power_off: ["before_start"], hand_over: ["after_start"] },
  "node.restart": {
    shut_down: ["before_stop"],
    open_boot_window: ["after_stop", "before_start"],
    hand_over: ["after_start"],
  },
  "node.stop": { shut_down: ["before_stop"] },
  "node.reclaim": { detach_network: ["before_release"] },
};

/** Those that come when a step's own check has passed, before it does anything. */
const lateGates: typeof gates = { "node.deploy": { hand_over: ["after_validate"] } };

/** The points whose hooks have to have ended before a step of an operation does anything, in order. */
export function gatePoints(kind: NodeOperation, step: StepName): readonly HookPoint[] {
  const { early, late } = gateParts(kind, step);
  return [...early, ...late];
}

/** The same, apart: before the step's own check, and after it. */
export function gateParts(
  kind: NodeOperation,
  step: StepName,
): Record<"early" | "late", readonly HookPoint[]> {
  return { early: gates[kind]?.[step] ?? [], late: lateGates[kind]?.[step] ?? [] };
}

/** The steps before which nodes wait for the hooks of a point, whatever is done with them. */
export function gateStepsOf(point: HookPoint): StepName[] {
  return [gates, lateGates]
    .flatMap((of) => Object.values(of).flatMap((steps) => Object.entries(steps)))
    .flatMap(([step, points]) => (points.includes(point) ? [step as StepName] : []));
}

/** The points of a launch that a reinstall does not come to. */
export function pointsOfLaunchAlone(): ReadonlySet<HookPoint> {
  const of = (kind: NodeOperation) =>
    Object.keys(gates[kind] ?? {}).flatMap((step) => gatePoints(kind, step as StepName));
  const again = new Set(of("node.reinstall"));
  const launched = [...openingPoints("environment.launch"), ...of("node.deploy"), "on_success"];
  return new Set((launched as HookPoint[]).filter((point) => !again.has(point)));
}

/** The points at which a release has taken back what was made. */
export const pointsOfRelease: ReadonlySet<HookPoint> = new Set<HookPoint>([
  "before_release",
  "after_release",
  "on_completion",
]);

/** What a provider is asked to do, in the words of its contract. */
export function eventOf(kind: string): "deploy" | "destroy" | "action" {
  if (kind === "environment.act") return "action";
  return kind === "environment.release" ? "destroy" : "deploy";
}

/** The points that come before an environment's operation has any node to work on. */
export function openingPoints(kind: EnvironmentOperation): readonly HookPoint[] {
  return kind === "environment.launch" ? ["before_allocate"] : [];
}

/**
 * Whether an operation waits for these hooks of its opening before it is given nodes: with values at
 * which all of them are skipped it does not.
 */
export function isAskedFirst(
  hooks: readonly Pick<TemplateHook, "skipIf">[],
  values: InputValues,
): boolean {
  return hooks.some(({ skipIf }) => !(skipIf && holds(skipIf, values)));
}

/**
 * The points that come when an environment's operation has ended, in order. Nothing waits for their
 * hooks. A launch that its release overtook has no end of its own: it is complete when the release is.
 */
export function endPoints(
  kind: EnvironmentOperation,
  state: "succeeded" | "failed" | "aborted",
): readonly HookPoint[] {
  if (kind === "environment.launch") {
    return [state === "succeeded" ? "on_success" : "on_failure", "on_completion"];
  }
  if (state !== "succeeded") return [];
  if (kind === "environment.stop") return ["after_stop"];
  if (kind === "environment.release") return ["after_release", "on_completion"];
  return [];
}

/**
 * The points of an operation that had no node to work on, in order: what comes while a release's nodes
 * are given back comes of one without nodes too, since it may take back what a launch has made.
 */
export function pointsWithoutNodes(kind: OperationOnNodes): readonly HookPoint[] {
  const ends = endPoints(kind, "succeeded");
  return kind === "environment.release" ? ["before_release", ...ends] : ends;
}

/** Whether an operation waits for a hook at this point, as against being over already. */
export function isGate(point: HookPoint, kind: EnvironmentOperation): boolean {
  const ends = ["succeeded", "failed"] as const;
  return !ends.some((state) => endPoints(kind, state).includes(point));
}

/** One hook behind an action, as far as it came. */
export type ActionRun = Pick<TemplateHook, "name" | "onFailure"> & {
  state: HookRunState;
  words: string;
};

/**
 * What an action has come to, given the first runs of its hooks in order: undefined while any of them
 * goes on. One that failed fails the whole, unless it says that things go on.
 */
export function settleAction(
  runs: readonly ActionRun[],
): { state: "succeeded" | "failed"; reason: string | null } | undefined {
  const stopped = runs.find((run) => run.state === "failed" && run.onFailure !== "continue");
  if (stopped) return { state: "failed", reason: `Hook ${stopped.name}: ${stopped.words}` };
  if (runs.some((run) => !hasHookEnded(run.state))) return undefined;
  return { state: "succeeded", reason: null };
}

/**
 * Why a hook cannot set nodes aside when it fails, to be read after "Hook name: "; null when it can. A
 * node that is its tenant's is not taken away, and neither a person nor the clock says which is wrong.
 */
export function whyNoQuarantine({
  kind,
  point,
}: Pick<TemplateHook, "kind" | "point">): string | null {
  if (kind !== "script" && kind !== "http") {
    return "only a script or a provider finds out that a node is not in order, so nothing else quarantines one";
  }
  if (!(quarantinePoints as readonly HookPoint[]).includes(point)) {
    return "at this point nothing is done to a node yet, or none is being launched, so there is none to quarantine";
  }
  return null;
}
