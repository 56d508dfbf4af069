import { z } from "zod";
import { sanitizeLevels, sanitizeResults } from "#lib/domain/boot/sanitize-report";
import { leaseLimiters } from "#lib/domain/environment/lease";
import { environmentStates } from "#lib/domain/environment/state";
import { healthSeverities } from "#lib/domain/health/severity";
import { holdEndings } from "#lib/domain/hold/hold";
import { hookKinds, hookPoints, hookRunStates } from "#lib/domain/hook/hook";
import { scriptRunStates } from "#lib/domain/hook/script";
import { nodeHealths, nodeLifecycles, powerStates } from "#lib/domain/node/lifecycle";
import { measureKinds, measureOutcomes } from "#lib/domain/node/wipe-measure";
import {
  environmentOperationKinds,
  nodeOperationKinds,
  operationStates,
  stepStates,
} from "#lib/domain/operation/operation";
import { poolKinds } from "#lib/domain/pool/pool";
import type { QuotaDimension } from "#lib/domain/quota/quota";
import { actionRoles } from "#lib/domain/template/actions";
import { idOf } from "#lib/schemas/id";
import { inputValue, templateInput } from "#lib/schemas/template";

// What the pages of environments are told: written by the views, read by the browser. Instants are
// ISO text.

const instant = z.string();

const progressView = z.object({
  step: z.number(),
  steps: z.number(),
  nodes: z.number(),
  goingBack: z.boolean(),
  stuck: z.boolean(),
  behind: z.object({
    hostname: z.string(),
    label: z.string(),
    waitsFor: z.string(),
    nextTryAt: instant.nullable(),
  }),
});

/** What cloud-init would be told on the first node of each group, secrets hidden. */
export const launchUserData = z.object({
  groups: z.array(
    z.object({
      name: z.string(),
      nodes: z.number(),
      hostname: z.string(),
      userData: z.string(),
    }),
  ),
});
export type LaunchUserData = z.infer<typeof launchUserData>;

/** An environment as a row of a list. */
export const environmentSummary = z.object({
  id: idOf("environment"),
  name: z.string(),
  projectSlug: z.string(),
  projectName: z.string(),
  state: z.enum(environmentStates),
  stateSince: instant,
  stateReason: z.string().nullable(),
  templateName: z.string(),
  nodes: z.number(),
  gpus: z.number(),
  gpuModels: z.array(z.string()),
  /** What is wrong with nodes of an environment that is otherwise well; empty when nothing is. */
  degraded: z.array(z.string()),
  createdAt: instant,
  createdByName: z.string(),
  /** When its nodes are given back by themselves; null when it has no end or is released. */
  endsAt: instant.nullable(),
  progress: progressView.nullable(),
});
export type EnvironmentSummary = z.infer<typeof environmentSummary>;

const stepView = z.object({
  name: z.string(),
  label: z.string(),
  waitsFor: z.string(),
  state: z.enum([...stepStates, "pending"]),
  attempts: z.number(),
  startedAt: instant.nullable(),
  finishedAt: instant.nullable(),
  detail: z.string().nullable(),
  /** The median of earlier times that this tenant's nodes did it; null without any. */
  typicalMs: z.number().nullable(),
});
export type StepView = z.infer<typeof stepView>;

const nodeOperationView = z.object({
  id: idOf("operation"),
  kind: z.enum(nodeOperationKinds),
  state: z.enum(operationStates),
  goingBack: z.boolean(),
  step: z.string().nullable(),
  /** Position of the current step, from 1, and how many there are; 0 before the first. */
  stepNumber: z.number(),
  stepCount: z.number(),
  stepLabel: z.string().nullable(),
  waitReason: z.string().nullable(),
  reason: z.string().nullable(),
  nextTryAt: instant.nullable(),
  createdAt: instant,
  startedAt: instant.nullable(),
  finishedAt: instant.nullable(),
  steps: z.array(stepView),
});
export type NodeOperationView = z.infer<typeof nodeOperationView>;

const healthReasonView = z.object({
  id: idOf("healthReason"),
  allocationId: idOf("allocation"),
  hostname: z.string(),
  /** Null for the node as a whole. */
  gpu: z.number().nullable(),
  uuid: z.string().nullable(),
  severity: z.enum(healthSeverities),
  title: z.string(),
  /** What it means for whoever works on the node, and what to do. */
  plain: z.string(),
  count: z.number(),
  firstSeenAt: instant,
  lastSeenAt: instant,
  closedAt: instant.nullable(),
});
export type EnvironmentHealthReason = z.infer<typeof healthReasonView>;

const nodeView = z.object({
  allocationId: idOf("allocation"),
  /** Null once the node has been given back: from then on it is not this tenant's to see. */
  node: z
    .object({
      id: idOf("node"),
      name: z.string(),
      address: z.string().nullable(),
      power: z.enum(powerStates),
      powerAt: instant.nullable(),
      lifecycle: z.enum(nodeLifecycles),
      health: z.enum(nodeHealths),
      healthReasons: z.array(z.string()),
    })
    .nullable(),
  hostname: z.string(),
  group: z.string(),
  profileName: z.string(),
  gpus: z.number(),
  gpuModel: z.string().nullable(),
  /** The keys that were last put on it; null before its first boot is done. */
  putKeys: z.array(z.object({ name: z.string(), fingerprint: z.string() })).nullable(),
  /** When it takes those that its environment wants now; null when it has them or has none yet. */
  keysDue: z.enum(["start", "reinstall"]).nullable(),
  heldSince: instant,
  releasedAt: instant.nullable(),
  operation: nodeOperationView.nullable(),
});
export type EnvironmentNode = z.infer<typeof nodeView>;

const wipedDeviceView = z.object({
  kind: z.string(),
  serial: z.string(),
  sizeBytes: z.number().nullable(),
  method: z.string(),
  level: z.enum(sanitizeLevels).nullable(),
  result: z.enum(sanitizeResults),
  durationMs: z.number(),
  verified: z.string(),
  before: z.string(),
});

/** A script of a hook on one node, the latest attempt. */
export const scriptRunView = z.object({
  id: idOf("scriptRun"),
  hostname: z.string(),
  attempt: z.number(),
  state: z.enum(scriptRunStates),
  words: z.string(),
  exitCode: z.number().nullable(),
  /** The end of what it wrote, with secrets hidden. */
  log: z.string(),
  /** How many characters stand before that end, of what is kept. */
  leftOut: z.number(),
  /** How many bytes of its middle are not kept; 0 where the whole is. */
  bytesLeftOut: z.number(),
  /** What the node has sent of its log: there may be none left of what is old. */
  logBytes: z.number(),
  startedAt: instant.nullable(),
  finishedAt: instant.nullable(),
});
export type ScriptRunView = z.infer<typeof scriptRunView>;

/** What is kept of what a script of a hook wrote on one node, with secrets hidden. */
export const scriptLogView = z.object({
  hook: z.string(),
  hostname: z.string(),
  attempt: z.number(),
  state: z.enum(scriptRunStates),
  /** The whole of it; where its middle is not kept, a line says how much that was. */
  log: z.string(),
  bytesLeftOut: z.number(),
});
export type ScriptLogView = z.infer<typeof scriptLogView>;

export const hookRunView = z.object({
  id: idOf("hookRun"),
  operationId: idOf("operation"),
  name: z.string(),
  point: z.enum(hookPoints),
  kind: z.enum(hookKinds),
  state: z.enum(hookRunStates),
  words: z.string(),
  /** How often its provider was asked in all, whatever came of it. */
  calls: z.number(),
  /** Of these, or of what was tried on nodes, what came to nothing since there was last an answer. */
  attempt: z.number(),
  /** 0 the first time; raised when it was run again alone. */
  round: z.number(),
  /** Without the values of secrets, which no hook is given. */
  input: z.record(z.string(), z.unknown()),
  outputs: z.record(z.string(), z.unknown()).nullable(),
  /** What its provider wrote with its answers, the oldest first; where there was much, without its middle. */
  log: z.string(),
  /** Of what runs on nodes, a script or what a wait asks with: how it is on each. */
  scripts: z.array(scriptRunView),
  createdAt: instant,
  startedAt: instant.nullable(),
  finishedAt: instant.nullable(),
  nextTryAt: instant.nullable(),
  mayRetry: z.boolean(),
});
export type HookRunView = z.infer<typeof hookRunView>;

/** How many runs of hooks stand on an environment's page at once. */
export const hookRunsShown = 20;

/** Some of an environment's runs, newest first; `next` is what those before them come after, null at the end. */
export const hookRunsPage = z.object({
  runs: z.array(hookRunView),
  next: idOf("hookRun").nullable(),
});
export type HookRunsPage = z.infer<typeof hookRunsPage>;

export const environmentDetail = environmentSummary.extend({
  health: z.array(healthReasonView),
  generation: z.number(),
  templateVersion: z.number(),
  /** Of that version, in Markdown. */
  readme: z.string(),
  /** The versions that its project is offered and that are newer, newest first. */
  newer: z
    .object({
      templateId: idOf("template"),
      versions: z.array(
        z.object({
          id: idOf("templateVersion"),
          version: z.number(),
          /** Null where it is not there: it was added, or removed. */
          changes: z.array(
            z.object({
              what: z.string(),
              before: z.string().nullable(),
              after: z.string().nullable(),
            }),
          ),
          /** Why it cannot be upgraded to this version where it is; empty: it can. */
          obstacles: z.array(z.string()),
          /** What this version asks that the environment has no value for. */
          asks: z.array(templateInput),
        }),
      ),
    })
    .nullable(),
  image: z.object({ name: z.string(), version: z.string(), defaultUser: z.string() }),
  /** What its nodes are to accept. */
  keys: z.array(z.object({ name: z.string(), fingerprint: z.string(), ofProject: z.boolean() })),
  releasedAt: instant.nullable(),
  abortRequested: z.boolean(),
  /** The longest lease it may have, in hours; null for any. */
  longestLeaseHours: z.number().nullable(),
  /** Who allows no longer one; nobody where there is no limit. */
  longestLeaseBy: z.array(z.enum(leaseLimiters)),
  /** In hundredths of the currency; null where no price was told of any of its nodes. */
  cost: z
    .object({
      currency: z.string(),
      /** Null when no node is held any more. */
      hourlyCents: z.number().nullable(),
      soFarCents: z.number(),
      unpricedNodes: z.number(),
    })
    .nullable(),
  /** What the person's role lets them press; the state decides the rest. */
  may: z.object({
    operate: z.boolean(),
    release: z.boolean(),
    changeKeys: z.boolean(),
    /** Names of the actions that the role is enough for. */
    act: z.array(z.string()),
  }),
  nodeList: z.array(nodeView),
  /** What it holds of the site's pools; `hostname` when it belongs to one node. */
  network: z.array(
    z.object({
      kind: z.enum(poolKinds),
      family: z.number(),
      text: z.string(),
      hostname: z.string().nullable(),
    }),
  ),
  /** What became of the data on each node, once the environment is released; null before. */
  wipes: z
    .array(
      z.object({
        hostname: z.string(),
        /** What was done beside the drives, in order. */
        measures: z.array(
          z.object({
            kind: z.enum(measureKinds),
            outcome: z.enum(measureOutcomes),
            words: z.string(),
          }),
        ),
        /** When it was found good; null while it is not. */
        at: instant.nullable(),
        devices: z.array(wipedDeviceView),
      }),
    )
    .nullable(),
  /** What was entered; secrets by name alone. */
  inputs: z.array(z.object({ label: z.string(), value: z.string() })),
  /** Of these what can be changed after the launch, with what it has now. */
  changeable: z.object({
    inputs: z.array(templateInput),
    values: z.record(z.string(), inputValue),
    /** Names of the secrets among them that it has: one that is left empty stays. */
    secrets: z.array(z.string()),
  }),
  /** What its template lets people do to it while it is ready. */
  actions: z.array(
    z.object({
      name: z.string(),
      label: z.string(),
      help: z.string(),
      /** The least role in the project that may press it. */
      role: z.enum(actionRoles),
      /** What is asked before it is done; empty: nothing. */
      confirmation: z.string(),
      inputs: z.array(templateInput),
    }),
  ),
  /** The newest runs of its hooks, what those before them come after, and how many there are. */
  hookRuns: z.array(hookRunView),
  hookRunsNext: idOf("hookRun").nullable(),
  hookRunsTotal: z.number(),
  operations: z.array(
    z.object({
      id: idOf("operation"),
      kind: z.enum(environmentOperationKinds),
      /** Of `environment.act`: which action, and what was entered. */
      action: z
        .object({
          name: z.string(),
          label: z.string(),
          inputs: z.array(z.object({ name: z.string(), value: z.string() })),
        })
        .nullable(),
      state: z.enum(operationStates),
      reason: z.string().nullable(),
      requestedByName: z.string().nullable(),
      createdAt: instant,
      finishedAt: instant.nullable(),
    }),
  ),
  /** When this was read, by the database's clock. */
  readAt: instant,
});
export type EnvironmentDetail = z.infer<typeof environmentDetail>;

/** One of the actions that an environment offers. */
export type EnvironmentAction = EnvironmentDetail["actions"][number];

export const environmentLog = z.object({
  lines: z.array(
    z.object({
      id: z.number(),
      at: instant,
      source: z.enum(["worker", "boot", "node"]),
      level: z.enum(["info", "warning", "error"]),
      hostname: z.string().nullable(),
      step: z.string().nullable(),
      message: z.string(),
    }),
  ),
  /** Ask again with `after` set to this. */
  last: z.number(),
  /** True when there were more lines than one answer holds. */
  more: z.boolean(),
});
export type EnvironmentLog = z.infer<typeof environmentLog>;
export type LogLine = EnvironmentLog["lines"][number];

export type ActivityEvent = {
  id: string;
  at: string;
  actorName: string;
  action: string;
  outcome: "done" | "denied";
  objectKind: string | null;
  objectId: string | null;
  objectName: string | null;
  detail: Record<string, unknown>;
};

/** One limit, how much of it is held, and what it is on. */
export type QuotaMeter = {
  scope: "tenant" | "project";
  dimension: QuotaDimension;
  subject: string;
  /** "H200 GPUs", "nodes of gpu-8x-h200". */
  label: string;
  limit: number;
  used: number;
};

/** Times between a launch and ready of a profile's nodes, in this tenant's own history. */
export type TimeToReady = { p50Ms: number; p90Ms: number; nodes: number };

export const preflightCheck = z.object({
  id: z.string(),
  title: z.string(),
  verdict: z.enum(["ok", "no", "warn"]),
  /** What was found, in words. */
  words: z.string(),
  /** What to do about it; null when nothing needs doing. */
  wayOut: z.string().nullable(),
  /** Nodes that others have on hold, and by when they, or enough of them, are free if nobody launches. */
  onHold: z.object({ nodes: z.number(), enough: z.boolean(), at: instant }).optional(),
  /** By about when enough nodes are free, or else more are, if no lease and no hold is made longer. */
  leases: z.object({ enough: z.boolean(), at: instant }).optional(),
});
export type PreflightCheck = z.infer<typeof preflightCheck>;
export const launchPreflight = z.object({
  checks: z.array(preflightCheck),
  /** Nodes that the person has on hold in this project. */
  hold: z
    .object({
      id: idOf("hold"),
      until: instant,
      nodes: z.number(),
      /** Of these, how many cannot be given out any more: they broke down, or an operator took them. */
      lost: z.number(),
      /** Whether it has just the nodes that are asked for. */
      matches: z.boolean(),
    })
    .nullable(),
  /** How the person's last hold here ended, for some minutes; null while one goes on. */
  lastHold: z.object({ ending: z.enum(holdEndings), at: instant }).nullable(),
  /** Why the person can hold nothing here now, whatever is free; null when they can. */
  holdAgainst: z.string().nullable(),
  readAt: instant,
});
export type LaunchPreflight = z.infer<typeof launchPreflight>;
