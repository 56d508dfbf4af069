import { z } from "zod";
import type { Database } from "#db/client";
import type { Grant } from "#lib/access/authorize";
import { named } from "#lib/api/named";
import { pageOf } from "#lib/api/page";
import { fleetRoute, projectRoute, tenantRoute } from "#lib/api/route";
import { decideApproval } from "#lib/commands/decide-approval";
import { retryHook } from "#lib/commands/retry-hook";
import { stopAsking } from "#lib/commands/stop-asking";
import { hookKinds, hookPoints, hookRunStates } from "#lib/domain/hook/hook";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import { approvalAbout } from "#lib/schemas/approval-view";
import { callView } from "#lib/schemas/call-view";
import { hookRunView, type ScriptLogView, scriptLogView } from "#lib/schemas/environment-view";
import { approvalDecision, stopReason } from "#lib/schemas/hook";
import { idOf } from "#lib/schemas/id";
import { hookRunPlace } from "#lib/schemas/lists";
import { fleetApprovals, hookRunDetail, latestRuns, tenantApprovals } from "#lib/views/hook-runs";
import { scriptLog } from "#lib/views/script-runs";

// Of a run what says how it is. What went in and came out of it stands with its environment.
const hookRun = z.object({
  id: idOf("hookRun"),
  name: z.string(),
  point: z.enum(hookPoints),
  kind: z.enum(hookKinds),
  state: z.enum(hookRunStates),
  words: z.string(),
  tenant: z.object({ slug: z.string(), name: z.string() }),
  project: z.object({ slug: z.string(), name: z.string() }),
  environment: z.object({ id: idOf("environment"), name: z.string() }),
  operationId: idOf("operation"),
  requestedByName: z.string().nullable(),
  createdAt: z.string(),
  mayRetry: z.boolean(),
  /** Whether it takes something back and is asked still, until an operator stops that. */
  mayStop: z.boolean(),
});

/** A run with all that is kept of it. */
const keptRun = hookRunView.extend({
  ...hookRun.pick({ tenant: true, project: true, environment: true }).shape,
  ...hookRun.pick({ requestedByName: true, mayStop: true }).shape,
  /** How the last fifty calls of its provider went, the newest first. */
  latestCalls: z.array(callView),
});

const approval = hookRun.omit({ kind: true, mayRetry: true, mayStop: true }).extend({
  /** What is asked for. */
  about: approvalAbout,
  decidedBy: z.string(),
  expiresAt: z.string().nullable(),
  /** Whether whose token it is may decide. */
  mayDecide: z.boolean(),
});

const decided = z.object({ approvalId: idOf("hookRun") });
const ordered = z.object({ hookRunId: idOf("hookRun") });

const howToDecide =
  "Approved, what waits for it goes on at once; a refusal has to say why. Whom the template names decides, and nobody else.";
const howToRetry =
  "Alone, with the input it had: the operation it belonged to stays as it is. The earlier run is kept.";

const whatIsKept =
  "Its first 32 KiB and its last 32 KiB are kept, for 30 days; a line between them says how many bytes are left out.";

async function logOf(
  db: Database,
  by: Grant<"environment.read"> | Grant<"fleet.read">,
  id: string | undefined,
): Promise<Result<ScriptLogView, RefusalOf<"not_found">>> {
  const log = await scriptLog(db, by, id ?? "");
  return log ? ok(log) : refuse({ kind: "not_found", resource: "hook run" });
}

async function decide(
  db: Database,
  by: Grant<"approval.decide"> | Grant<"approval.answer">,
  approvalId: string | undefined,
  decision: z.output<typeof approvalDecision>,
) {
  const id = named("hookRun", approvalId, "approval");
  if (!id.ok) return id;
  const done = await decideApproval(db, by, { ...decision, hookRunId: id.value });
  return done.ok ? ok({ approvalId: id.value }) : done;
}

async function retry(
  db: Database,
  by: Grant<"environment.operate"> | Grant<"node.operate">,
  runId: string | undefined,
) {
  const id = named("hookRun", runId, "hook run");
  if (!id.ok) return id;
  const done = await retryHook(db, by, { hookRunId: id.value });
  return done.ok ? ok({ hookRunId: id.value }) : done;
}

export const hookRoutes = {
  retryHook: projectRoute({
    method: "POST",
    path: "/hook-runs/{hookRun}/retry",
    permission: "environment.operate",
    tag: "Environments",
    summary: "Run a hook that has failed again",
    description: `${howToRetry} An environment lists its runs, and which of them can be run again.`,
    response: ordered,
    status: 202,
    run: ({ db, by, params }) => retry(db, by, params.hookRun),
  }),

  getScriptLog: projectRoute({
    method: "GET",
    path: "/script-runs/{scriptRun}/log",
    permission: "environment.read",
    tag: "Environments",
    summary: "What a script of a hook wrote on one node",
    description: `${whatIsKept} An environment lists the scripts of its hooks' runs.`,
    response: scriptLogView,
    run: ({ db, by, params }) => logOf(db, by, params.scriptRun),
  }),

  listApprovals: tenantRoute({
    method: "GET",
    path: "/approvals",
    permission: "approval.answer",
    tag: "Tenant",
    summary: "What the tenant's environments wait to have approved, oldest first, fifty a page",
    description: "Owners and admins see all of it, others what names them by their address.",
    query: z.object({ after: hookRunPlace.optional() }),
    response: pageOf(approval),
    run: async ({ db, by, query }) => {
      const { approvals, next } = await tenantApprovals(db, by, query.after);
      return ok({ items: approvals, next });
    },
  }),

  decideApproval: tenantRoute({
    method: "POST",
    path: "/approvals/{approval}/decide",
    permission: "approval.answer",
    tag: "Tenant",
    summary: "Approve or refuse what waits for it",
    description: howToDecide,
    body: approvalDecision,
    response: decided,
    run: ({ db, by, params, body }) => decide(db, by, params.approval, body),
  }),

  listFleetApprovals: fleetRoute({
    method: "GET",
    path: "/approvals",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "What environments of every tenant wait to have approved, oldest first, fifty a page",
    query: z.object({ after: hookRunPlace.optional() }),
    response: pageOf(approval),
    run: async ({ db, by, query }) => {
      const { approvals, next } = await fleetApprovals(db, by, query.after);
      return ok({ items: approvals, next });
    },
  }),

  decideFleetApproval: fleetRoute({
    method: "POST",
    path: "/approvals/{approval}/decide",
    permission: "approval.decide",
    tag: "Fleet",
    summary: "Approve or refuse what waits for an operator",
    description: howToDecide,
    body: approvalDecision,
    response: decided,
    run: ({ db, by, params, body }) => decide(db, by, params.approval, body),
  }),

  listHookRuns: fleetRoute({
    method: "GET",
    path: "/hook-runs",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "The runs of hooks, newest first, fifty a page",
    query: z.object({
      state: z.enum(hookRunStates).optional(),
      after: hookRunPlace.optional(),
    }),
    response: pageOf(hookRun),
    run: async ({ db, by, query }) => {
      const { runs, next } = await latestRuns(db, by, query);
      return ok({ items: runs, next });
    },
  }),

  getHookRun: fleetRoute({
    method: "GET",
    path: "/hook-runs/{hookRun}",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "One run of a hook: what went in and came out of it, its log, and how its calls went",
    description:
      "Of what a provider wrote with its answers to one run the first 4 KiB and the last 8 KiB are kept. Calls are kept for 30 days.",
    response: keptRun,
    run: async ({ db, by, params }) => {
      const run = await hookRunDetail(db, by, params.hookRun ?? "");
      return run ? ok(run) : refuse({ kind: "not_found", resource: "hook run" });
    },
  }),

  getFleetScriptLog: fleetRoute({
    method: "GET",
    path: "/script-runs/{scriptRun}/log",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "What a script wrote on one node: of a hook of any tenant, or of a dry run",
    description: whatIsKept,
    response: scriptLogView,
    run: ({ db, by, params }) => logOf(db, by, params.scriptRun),
  }),

  retryFleetHook: fleetRoute({
    method: "POST",
    path: "/hook-runs/{hookRun}/retry",
    permission: "node.operate",
    tag: "Fleet",
    summary: "Run a hook of any tenant that has failed again",
    description: howToRetry,
    response: ordered,
    status: 202,
    run: ({ db, by, params }) => retry(db, by, params.hookRun),
  }),

  stopAsking: fleetRoute({
    method: "POST",
    path: "/hook-runs/{hookRun}/stop-asking",
    permission: "node.operate",
    tag: "Fleet",
    summary: "Ask a provider no more to take back what it made",
    description:
      "For one that never answers: its hook has failed with the reason given, as when its time is over, and counts as left over until it is run again and succeeds. What waits for it goes on.",
    body: stopReason,
    response: ordered,
    run: async ({ db, by, params, body }) => {
      const id = named("hookRun", params.hookRun, "hook run");
      if (!id.ok) return id;
      const done = await stopAsking(db, by, { ...body, hookRunId: id.value });
      return done.ok ? ok({ hookRunId: id.value }) : done;
    },
  }),
};
