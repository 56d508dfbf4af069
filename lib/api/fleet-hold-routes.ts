import { z } from "zod";
import { named } from "#lib/api/named";
import { listOf } from "#lib/api/page";
import { fleetRoute } from "#lib/api/route";
import { takeBackHold } from "#lib/commands/take-back-hold";
import { ok } from "#lib/domain/result";
import { idOf } from "#lib/schemas/id";
import { fleetHolds } from "#lib/views/fleet-holds";

const hold = z.object({
  id: idOf("hold"),
  tenant: z.string(),
  project: z.string(),
  heldBy: z.string(),
  since: z.string(),
  until: z.string(),
  nodes: z.array(z.object({ id: idOf("node"), name: z.string() })),
});

export const fleetHoldRoutes = {
  listFleetHolds: fleetRoute({
    method: "GET",
    path: "/holds",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "Every hold that goes on, with its nodes: the one that ends soonest first",
    response: listOf(hold),
    run: async ({ db, by }) => ok({ items: await fleetHolds(db, by) }),
  }),

  takeBackHold: fleetRoute({
    method: "POST",
    path: "/holds/{hold}/take-back",
    permission: "node.operate",
    tag: "Fleet",
    summary: "End a hold, whose nodes are needed",
    description: "Its tenant reads of it. Refused when it is over already.",
    response: z.object({ holdId: idOf("hold") }),
    run: async ({ db, by, params }) => {
      const id = named("hold", params.hold, "hold");
      if (!id.ok) return id;
      const result = await takeBackHold(db, by, { holdId: id.value });
      return result.ok ? ok({ holdId: id.value }) : result;
    },
  }),
};
