import { z } from "zod";
import type { Grant } from "#lib/access/authorize";
import { limit, listOf, pageOf } from "#lib/api/page";
import { underPublicKey } from "#lib/api/pasted-key";
import { type Asked, projectRoute } from "#lib/api/route";
import { abortEnvironment } from "#lib/commands/abort-environment";
import { changeInputs } from "#lib/commands/change-inputs";
import { launchEnvironment } from "#lib/commands/launch-environment";
import { operateEnvironment } from "#lib/commands/operate-environment";
import { releaseEnvironment } from "#lib/commands/release-environment";
import { retryEnvironment } from "#lib/commands/retry-environment";
import { runAction } from "#lib/commands/run-action";
import { setLease } from "#lib/commands/set-lease";
import { upgradeEnvironment } from "#lib/commands/upgrade-environment";
import { mostPerMinute } from "#lib/domain/access/pace";
import { environmentStates } from "#lib/domain/environment/state";
import { type Id, isId } from "#lib/domain/id";
import {
  environmentOperationKinds,
  nodeOperationKinds,
  operationKinds,
  operationStates,
  stepStates,
} from "#lib/domain/operation/operation";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import {
  changeInputsInput,
  launchEnvironmentInput,
  type OperateCommand,
  releaseEnvironmentInput,
  runActionInput,
  setLeaseInput,
  upgradeEnvironmentInput,
} from "#lib/schemas/environment";
import {
  environmentSummary,
  hookRunView,
  environmentLog as logAnswer,
  environmentDetail as shownDetail,
} from "#lib/schemas/environment-view";
import { idOf } from "#lib/schemas/id";
import { line } from "#lib/schemas/text";
import { environmentDetail } from "#lib/views/environment-detail";
import { environmentLog } from "#lib/views/environment-log";
import { environmentRuns } from "#lib/views/hook-runs";
import { operationDetail } from "#lib/views/operation-detail";
import { environmentList } from "#lib/views/project-facts";

// What a page adds for its buttons and its clock is no part of the thing itself: an answer that is
// the same has the same tag.
const environment = shownDetail.omit({ may: true, readAt: true });

const step = z.object({
  name: z.string(),
  label: z.string(),
  waitsFor: z.string(),
  state: z.enum([...stepStates, "pending"]),
  attempts: z.number(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  detail: z.string().nullable(),
});

const operation = z.object({
  id: idOf("operation"),
  kind: z.enum(operationKinds),
  state: z.enum(operationStates),
  reason: z.string().nullable(),
  requestedByName: z.string().nullable(),
  createdAt: z.string(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
});

const operationWithNodes = operation.extend({
  kind: z.enum(environmentOperationKinds),
  environmentId: idOf("environment"),
  nodes: z.array(
    operation.extend({
      kind: z.enum(nodeOperationKinds),
      hostname: z.string(),
      goingBack: z.boolean(),
      waitReason: z.string().nullable(),
      nextTryAt: z.string().nullable(),
      steps: z.array(step),
    }),
  ),
});

const ordered = z.object({ environmentId: idOf("environment"), operationId: idOf("operation") });

const { name, templateVersionId, imageId, counts, inputs, leaseHours } =
  launchEnvironmentInput.shape;
const launchBody = z
  .object({
    name,
    templateVersionId,
    imageId,
    counts,
    /** Saved keys of the person whose token it is. */
    sshKeyIds: launchEnvironmentInput.shape.sshKeyIds.default([]),
    /** Of the project's keys those to put on; left out: all of them. */
    projectKeyIds: launchEnvironmentInput.shape.projectKeyIds,
    /** One more key, for this environment alone. */
    publicKey: launchEnvironmentInput.shape.pastedKey.default(""),
    /** Values of the template's inputs, by name. */
    inputs,
    /** The caller's own hold, whose nodes are taken; one that is over is passed over. */
    holdId: launchEnvironmentInput.shape.holdId,
    /** How many hours it may stay; null for no end. Left out: as long as its template and its profiles allow. */
    leaseHours,
  })
  .strict();

const noSuch = { kind: "not_found", resource: "environment" } as const;

/** The environment that the path names; a text that is no id names none. */
function named(params: Record<string, string>): Result<Id<"environment">, RefusalOf<"not_found">> {
  return isId("environment", params.environment) ? ok(params.environment) : refuse(noSuch);
}

const operate = (command: OperateCommand, summary: string, description: string) =>
  projectRoute({
    method: "POST",
    path: `/environments/{environment}/${command}`,
    permission: "environment.operate",
    tag: "Environments",
    summary,
    description,
    response: ordered,
    status: 202,
    keyed: true,
    run: async ({
      db,
      by,
      params,
      requestKey,
    }: Asked<Grant<"environment.operate">, z.ZodObject<Record<never, never>>, z.ZodUndefined>) => {
      const id = named(params);
      if (!id.ok) return id;
      return operateEnvironment(db, by, { requestKey, environmentId: id.value, command });
    },
  });

export const environmentRoutes = {
  listEnvironments: projectRoute({
    method: "GET",
    path: "/environments",
    permission: "environment.read",
    tag: "Environments",
    summary: "The project's environments, newest first",
    query: z.object({
      /** `held`: all that are not released. */
      state: z.enum([...environmentStates, "held"]).optional(),
      name: line(63).optional(),
      after: idOf("environment").optional(),
      limit,
    }),
    response: pageOf(environmentSummary),
    run: async ({ db, by, query }) => {
      const { environments, next } = await environmentList(db, by, {
        state: query.state,
        nameContains: query.name,
        after: query.after,
        limit: query.limit,
      });
      return ok({ items: environments, next });
    },
  }),

  launchEnvironment: projectRoute({
    method: "POST",
    path: "/environments",
    permission: "environment.launch",
    tag: "Environments",
    summary: "Launch an environment",
    description:
      "The answer is that it was ordered. Ask for the environment until its state is ready or failed.",
    body: launchBody,
    response: ordered,
    status: 202,
    keyed: true,
    run: async ({ db, by, body: { publicKey, ...body }, requestKey, sealingKey }) => {
      const input = { ...body, pastedKey: publicKey, requestKey };
      return underPublicKey(
        await launchEnvironment(db, by, input, sealingKey, mostPerMinute.launch),
      );
    },
  }),

  setLease: projectRoute({
    method: "POST",
    path: "/environments/{environment}/lease",
    permission: "environment.operate",
    tag: "Environments",
    summary: "Say when an environment ends by itself",
    description:
      "So many hours from now, within what its template and its compute profiles allow; null for no end.",
    body: setLeaseInput.pick({ leaseHours: true }),
    response: z.object({ endsAt: z.string().nullable() }),
    run: async ({ db, by, params, body }) => {
      const id = named(params);
      return id.ok ? setLease(db, by, { ...body, environmentId: id.value }) : id;
    },
  }),

  changeInputs: projectRoute({
    method: "POST",
    path: "/environments/{environment}/inputs",
    permission: "environment.operate",
    tag: "Environments",
    summary: "Change inputs of an environment",
    description:
      "Those that its template marks as changeable after the launch: the environment names them under `changeable`, with their rules and values. What is left out stays, and so does a secret that is empty. Hooks and actions get the new values from the next operation on; nodes, and with them new secrets, when they are next reinstalled. The answer names the inputs that were changed: none, when all was so already.",
    body: changeInputsInput.pick({ inputs: true }).strict(),
    response: z.object({ changed: z.array(z.string()) }),
    run: async ({ db, by, params, body, sealingKey }) => {
      const id = named(params);
      return id.ok ? changeInputs(db, by, { ...body, environmentId: id.value }, sealingKey) : id;
    },
  }),

  getEnvironment: projectRoute({
    method: "GET",
    path: "/environments/{environment}",
    permission: "environment.read",
    tag: "Environments",
    summary: "One environment, with its nodes and how far they are",
    description:
      "Of its hooks the newest twenty runs. Those before them are told by listEnvironmentHookRuns, which begins after `hookRunsNext`.",
    response: environment,
    run: async ({ db, by, params }) => {
      const found = await environmentDetail(db, by, params.environment ?? "");
      return found ? ok(found) : refuse(noSuch);
    },
  }),

  startEnvironment: operate("start", "Start a stopped environment", "Turns its nodes on."),
  stopEnvironment: operate(
    "stop",
    "Stop an environment",
    "Turns its nodes off. They stay held, and so does their quota.",
  ),
  restartEnvironment: operate(
    "restart",
    "Restart an environment",
    "Turns its nodes off and on again.",
  ),
  reinstallEnvironment: operate(
    "reinstall",
    "Reinstall an environment",
    "Installs its nodes anew: what is on their disks is lost.",
  ),

  upgradeEnvironment: projectRoute({
    method: "POST",
    path: "/environments/{environment}/upgrade",
    permission: "environment.operate",
    tag: "Environments",
    summary: "Move an environment to a newer version of its template",
    description:
      "Its nodes stay and are installed anew: what is on their disks is lost. The environment names the versions with what differs, what each asks besides, and why it cannot be had where it is: it would need other nodes, another network or a launch's hooks.",
    body: upgradeEnvironmentInput
      .pick({ templateVersionId: true, inputs: true, confirmName: true })
      .strict(),
    response: ordered,
    status: 202,
    keyed: true,
    run: async ({ db, by, params, body, requestKey, sealingKey }) => {
      const id = named(params);
      if (!id.ok) return id;
      return upgradeEnvironment(
        db,
        by,
        { ...body, requestKey, environmentId: id.value },
        sealingKey,
      );
    },
  }),

  runAction: projectRoute({
    method: "POST",
    path: "/environments/{environment}/actions/{action}",
    permission: "environment.act",
    tag: "Environments",
    summary: "Press one of the environment's actions",
    description:
      "The environment names its actions with their inputs. The answer is that it was ordered: ask for the operation until it has ended. The environment stays ready.",
    body: runActionInput.pick({ inputs: true }).strict(),
    response: ordered,
    status: 202,
    keyed: true,
    run: async ({ db, by, params, body, requestKey }) => {
      const id = named(params);
      if (!id.ok) return id;
      const action = params.action ?? "";
      return runAction(db, by, { ...body, requestKey, environmentId: id.value, action });
    },
  }),

  retryEnvironment: projectRoute({
    method: "POST",
    path: "/environments/{environment}/retry",
    permission: "environment.operate",
    tag: "Environments",
    summary: "Try again what failed",
    description:
      "On the nodes that did not get through; of a launch, lost nodes are replaced first.",
    response: ordered,
    status: 202,
    keyed: true,
    run: async ({ db, by, params, requestKey }) => {
      const id = named(params);
      if (!id.ok) return id;
      return retryEnvironment(db, by, { requestKey, environmentId: id.value });
    },
  }),

  abortEnvironment: projectRoute({
    method: "POST",
    path: "/environments/{environment}/abort",
    permission: "environment.operate",
    tag: "Environments",
    summary: "Abort what is under way",
    description:
      "Takes back what is being done to its nodes, or ends the action that is under way. To ask twice is to ask once.",
    response: z.object({ environmentId: idOf("environment") }),
    status: 202,
    run: async ({ db, by, params }) => {
      const id = named(params);
      if (!id.ok) return id;
      return abortEnvironment(db, by, { environmentId: id.value });
    },
  }),

  releaseEnvironment: projectRoute({
    method: "POST",
    path: "/environments/{environment}/release",
    permission: "environment.release",
    tag: "Environments",
    summary: "Release an environment",
    description: "Gives its nodes back. All that is on them is wiped; its quota is free at once.",
    body: releaseEnvironmentInput.pick({ confirmName: true }).strict(),
    response: ordered,
    status: 202,
    keyed: true,
    run: async ({ db, by, params, body, requestKey }) => {
      const id = named(params);
      if (!id.ok) return id;
      return releaseEnvironment(db, by, { ...body, requestKey, environmentId: id.value });
    },
  }),

  listOperations: projectRoute({
    method: "GET",
    path: "/environments/{environment}/operations",
    permission: "environment.read",
    tag: "Environments",
    summary: "What was done to an environment: its last twenty operations, newest first",
    response: listOf(operation.omit({ startedAt: true })),
    run: async ({ db, by, params }) => {
      const found = await environmentDetail(db, by, params.environment ?? "");
      return found ? ok({ items: found.operations }) : refuse(noSuch);
    },
  }),

  listEnvironmentHookRuns: projectRoute({
    method: "GET",
    path: "/environments/{environment}/hook-runs",
    permission: "environment.read",
    tag: "Environments",
    summary: "The runs of an environment's hooks, newest first",
    query: z.object({ after: idOf("hookRun").optional(), limit }),
    response: pageOf(hookRunView),
    run: async ({ db, by, params, query }) => {
      const found = await environmentRuns(db, by, params.environment ?? "", query);
      return found ? ok({ items: found.runs, next: found.next }) : refuse(noSuch);
    },
  }),

  getOperation: projectRoute({
    method: "GET",
    path: "/operations/{operation}",
    permission: "environment.read",
    tag: "Environments",
    summary: "One operation, node by node and step by step",
    response: operationWithNodes,
    run: async ({ db, by, params }) => {
      const found = await operationDetail(db, by, params.operation ?? "");
      return found
        ? ok(found as z.input<typeof operationWithNodes>)
        : refuse({ kind: "not_found", resource: "operation" });
    },
  }),

  getEnvironmentLog: projectRoute({
    method: "GET",
    path: "/environments/{environment}/log",
    permission: "environment.read",
    tag: "Environments",
    summary: "Log lines, oldest first",
    description: "Without `after` the last ones there are. Ask again with `after` set to `last`.",
    query: z.object({ after: z.coerce.number().int().nonnegative().optional() }),
    response: logAnswer,
    run: async ({ db, by, params, query }) => {
      const log = await environmentLog(db, by, params.environment ?? "", query.after ?? null);
      return log ? ok(log) : refuse(noSuch);
    },
  }),
};
