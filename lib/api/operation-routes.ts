import { z } from "zod";
import { named } from "#lib/api/named";
import { operationLine } from "#lib/api/node-routes";
import { pageOf } from "#lib/api/page";
import { fleetRoute } from "#lib/api/route";
import { nodeLifecycles } from "#lib/domain/node/lifecycle";
import { stepStates } from "#lib/domain/operation/operation";
import { ok, refuse } from "#lib/domain/result";
import { idOf } from "#lib/schemas/id";
import { workTabs } from "#lib/schemas/lists";
import { workList, workOf } from "#lib/views/work-list";

const work = operationLine.extend({
  node: z.object({ id: idOf("node"), name: z.string(), lifecycle: z.enum(nodeLifecycles) }),
  tenant: z.string().nullable(),
  environment: z.string().nullable(),
  /** What an operator can do about it; null for work that goes well. */
  advice: z.string().nullable(),
});

const workWithSteps = work.extend({
  steps: z.array(
    z.object({
      name: z.string(),
      label: z.string(),
      /** The exit condition, to be read after "until". */
      waitsFor: z.string(),
      state: z.enum([...stepStates, "pending"]),
      attempts: z.number(),
      startedAt: z.string().nullable(),
      finishedAt: z.string().nullable(),
      detail: z.string().nullable(),
    }),
  ),
});

export const operationRoutes = {
  listFleetOperations: fleetRoute({
    method: "GET",
    path: "/operations",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "Operations on nodes, fifty a page",
    description:
      "`stuck`: what needs a person, newest first; `live`: what is under way, oldest first; `ended`: the others, newest first.",
    query: z.object({
      tab: z.enum(workTabs).default("stuck"),
      after: idOf("operation").optional(),
    }),
    response: pageOf(work),
    run: async ({ db, by, query }) => {
      const { lines, next } = await workList(db, by, query);
      return ok({ items: lines, next });
    },
  }),

  getFleetOperation: fleetRoute({
    method: "GET",
    path: "/operations/{operation}",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "One operation on a node, with its steps",
    response: workWithSteps,
    run: async ({ db, by, params }) => {
      const id = named("operation", params.operation, "operation");
      if (!id.ok) return id;
      const found = await workOf(db, by, id.value);
      return found ? ok(found) : refuse({ kind: "not_found", resource: "operation" });
    },
  }),
};
