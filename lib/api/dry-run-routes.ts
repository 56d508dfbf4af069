import { z } from "zod";
import { named } from "#lib/api/named";
import { operationLine } from "#lib/api/node-routes";
import { listOf } from "#lib/api/page";
import { fleetRoute } from "#lib/api/route";
import { rehearseHook } from "#lib/commands/rehearse-hook";
import { rehearseTemplate } from "#lib/commands/rehearse-template";
import { replayHook } from "#lib/commands/replay-hook";
import { startDryRun } from "#lib/commands/start-dry-run";
import { takeBackNode } from "#lib/commands/take-back-node";
import { dryAnswers, dryCallStates } from "#lib/domain/hook/dry-run";
import { hookKinds, hookPoints } from "#lib/domain/hook/hook";
import { nodeLifecycles } from "#lib/domain/node/lifecycle";
import { environmentOperationKinds } from "#lib/domain/operation/operation";
import { ok, refuse } from "#lib/domain/result";
import { rehearseHookInput, rehearseTemplateInput, startDryRunInput } from "#lib/schemas/dry-run";
import { scriptRunView } from "#lib/schemas/environment-view";
import { idOf } from "#lib/schemas/id";
import { dryRunDetail, dryRunsOf, replaysOf } from "#lib/views/dry-runs";
import { hookRunDetail } from "#lib/views/hook-runs";

// What is asked of providers without anything being done, for a version of a template or once more for a
// run of a hook. Values of secrets are not kept of it, so none can be read.

const dryRun = z.object({
  id: idOf("dryRun"),
  requestedByName: z.string(),
  createdAt: z.string(),
  deadlineAt: z.string(),
  /** Whether something of it is still to be asked or run. */
  isOpen: z.boolean(),
  /** The node that is or was lent to it; null where none was. */
  lent: z
    .object({
      node: z.object({ id: idOf("node"), name: z.string(), lifecycle: z.enum(nodeLifecycles) }),
      hostname: z.string(),
      /** Whether it was asked for back. */
      isTakenBack: z.boolean(),
      operation: operationLine,
    })
    .nullable(),
  calls: z.array(
    z.object({
      id: idOf("dryCall"),
      /** Of the hook. */
      name: z.string(),
      point: z.enum(hookPoints),
      operation: z.enum(environmentOperationKinds),
      kind: z.enum(hookKinds),
      /** Of a script: empty. */
      provider: z.string(),
      state: z.enum(dryCallStates),
      answer: z.enum(dryAnswers).nullable(),
      words: z.string(),
      input: z.record(z.string(), z.unknown()),
      outputs: z.record(z.string(), z.unknown()).nullable(),
      log: z.string(),
      durationMs: z.number().nullable(),
      /** How its script is on the node; null before it is ordered, and of a provider. */
      script: scriptRunView.nullable(),
    }),
  ),
});

const ordered = z.object({ dryRunId: idOf("dryRun") });
const lentTo = ordered.extend({ operationId: idOf("operation") });

export const dryRunRoutes = {
  listDryRuns: fleetRoute({
    method: "GET",
    path: "/template-versions/{templateVersion}/dry-runs",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "The last five dry runs of a template's version, newest first",
    response: listOf(dryRun),
    run: async ({ db, by, params }) => {
      const found = await dryRunsOf(db, by, params.templateVersion ?? "");
      return found ? ok({ items: found }) : refuse({ kind: "not_found", resource: "template" });
    },
  }),

  startDryRun: fleetRoute({
    method: "POST",
    path: "/template-versions/{templateVersion}/dry-runs",
    permission: "catalogue.edit",
    tag: "Fleet",
    summary:
      "Have the providers of a version's hooks asked as a launch would, with the mark of a dry run",
    description:
      "With the values of a launch, which are checked as there; of one hook by its name, or of all. The answer is that it was ordered: ask for the dry run until it is not open any more.",
    body: startDryRunInput
      .omit({ templateVersionId: true })
      .extend({ hook: startDryRunInput.shape.hook.default(null) }),
    response: ordered,
    status: 202,
    run: async ({ db, by, params, body }) => {
      const id = named("templateVersion", params.templateVersion, "template");
      return id.ok ? startDryRun(db, by, { ...body, templateVersionId: id.value }) : id;
    },
  }),

  rehearseTemplate: fleetRoute({
    method: "POST",
    path: "/template-versions/{templateVersion}/rehearsals",
    permission: "node.operate",
    tag: "Fleet",
    summary: "Lend a free node to a dry run of a version, so that its scripts run",
    description:
      "As a dry run, with the providers asked in their order. The node boots what a launch would, and is wiped and validated however that ends: it is nobody else's until then. Ask for the dry run to see how far it is.",
    body: rehearseTemplateInput
      .omit({ templateVersionId: true })
      .extend({ hook: startDryRunInput.shape.hook.default(null) }),
    response: lentTo,
    status: 202,
    run: async ({ db, by, params, body }) => {
      const id = named("templateVersion", params.templateVersion, "template");
      return id.ok ? rehearseTemplate(db, by, { ...body, templateVersionId: id.value }) : id;
    },
  }),

  takeBackNode: fleetRoute({
    method: "POST",
    path: "/dry-runs/{dryRun}/take-back",
    permission: "node.operate",
    tag: "Fleet",
    summary: "Take the node of a dry run back: what runs is broken off, and it is wiped",
    response: ordered,
    status: 202,
    run: async ({ db, by, params }) => {
      const id = named("dryRun", params.dryRun, "dry run");
      if (!id.ok) return id;
      const result = await takeBackNode(db, by, { dryRunId: id.value });
      return result.ok ? ok({ dryRunId: id.value }) : result;
    },
  }),

  getDryRun: fleetRoute({
    method: "GET",
    path: "/dry-runs/{dryRun}",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "One dry run or replay, with what each provider was asked and answered",
    response: dryRun,
    run: async ({ db, by, params }) => {
      const found = await dryRunDetail(db, by, params.dryRun ?? "");
      return found ? ok(found) : refuse({ kind: "not_found", resource: "dry run" });
    },
  }),

  listReplays: fleetRoute({
    method: "GET",
    path: "/hook-runs/{hookRun}/replays",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "The last five replays of a run of a hook, newest first",
    response: listOf(dryRun),
    run: async ({ db, by, params }) => {
      const run = await hookRunDetail(db, by, params.hookRun ?? "");
      if (!run) return refuse({ kind: "not_found", resource: "hook run" });
      return ok({ items: await replaysOf(db, by, run.id) });
    },
  }),

  replayHook: fleetRoute({
    method: "POST",
    path: "/hook-runs/{hookRun}/replay",
    permission: "catalogue.edit",
    tag: "Fleet",
    summary: "Ask the provider of a past run of a hook once more, with the mark of a dry run",
    description:
      "With the input that was recorded. Nothing of the environment or of the run is changed. Ask for the dry run until it is not open any more.",
    response: ordered,
    status: 202,
    run: async ({ db, by, params }) => {
      const id = named("hookRun", params.hookRun, "hook run");
      return id.ok ? replayHook(db, by, { hookRunId: id.value }) : id;
    },
  }),

  rehearseHook: fleetRoute({
    method: "POST",
    path: "/hook-runs/{hookRun}/rehearsals",
    permission: "node.operate",
    tag: "Fleet",
    summary: "Lend a free node to a replay of a past run of a hook that runs on nodes",
    description:
      "Its script as it was, with the input that was recorded, and without values of secret inputs. The node boots the image of the environment, and is wiped and validated however that ends: it is nobody else's until then. Nothing of the environment or of the run is changed. Ask for the dry run to see how far it is.",
    body: rehearseHookInput.omit({ hookRunId: true }),
    response: lentTo,
    status: 202,
    run: async ({ db, by, params, body }) => {
      const id = named("hookRun", params.hookRun, "hook run");
      return id.ok ? rehearseHook(db, by, { ...body, hookRunId: id.value }) : id;
    },
  }),
};
