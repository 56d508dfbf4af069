import { z } from "zod";
import { listOf } from "#lib/api/page";
import { projectRoute } from "#lib/api/route";
import { letGoHold } from "#lib/commands/let-go-hold";
import { placeHold } from "#lib/commands/place-hold";
import { isId } from "#lib/domain/id";
import { ok, refuse } from "#lib/domain/result";
import { placeHoldInput } from "#lib/schemas/hold";
import { idOf } from "#lib/schemas/id";
import { projectHolds } from "#lib/views/project-holds";

const hold = z.object({
  id: idOf("hold"),
  heldByName: z.string(),
  nodes: z.number(),
  startedAt: z.string(),
  until: z.string(),
});

export const holdRoutes = {
  listHolds: projectRoute({
    method: "GET",
    path: "/holds",
    permission: "environment.read",
    tag: "Environments",
    summary: "Nodes that are on hold in the project now, and for whom",
    response: listOf(hold),
    run: async ({ db, by }) => ok({ items: await projectHolds(db, by) }),
  }),

  placeHold: projectRoute({
    method: "POST",
    path: "/holds",
    permission: "environment.launch",
    tag: "Environments",
    summary: "Hold the nodes that a launch would take for five minutes",
    description:
      "They and the quota for them are the caller's until then. One hold a caller and project: a second replaces the first, and ends when that would have. After one without a launch there is none for ten minutes.",
    body: placeHoldInput,
    response: z.object({ holdId: idOf("hold"), until: z.string(), nodes: z.array(z.string()) }),
    run: async ({ db, by, body }) => placeHold(db, by, body),
  }),

  letGoHold: projectRoute({
    method: "POST",
    path: "/holds/{hold}/let-go",
    permission: "environment.launch",
    tag: "Environments",
    summary: "Let go of one's own hold",
    description: "Its nodes are free for everyone. One that is over already stays so.",
    response: z.object({ holdId: idOf("hold") }),
    run: async ({ db, by, params }) => {
      const holdId = params.hold;
      if (!isId("hold", holdId)) return refuse({ kind: "not_found", resource: "hold" });
      const done = await letGoHold(db, by, { holdId });
      return done.ok ? ok({ holdId }) : done;
    },
  }),
};
