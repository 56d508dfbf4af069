import { z } from "zod";
import { listOf, pageOf } from "#lib/api/page";
import { fleetRoute } from "#lib/api/route";
import { enrolNodes } from "#lib/commands/enrol-nodes";
import { longestSheet } from "#lib/domain/node/enrolment-plan";
import { nodeHealths, nodeLifecycles } from "#lib/domain/node/lifecycle";
import { ok } from "#lib/domain/result";
import { enrolSheetInput, readEnrolmentSheet } from "#lib/schemas/enrolment-sheet";
import { idOf } from "#lib/schemas/id";
import { line } from "#lib/schemas/text";
import { enrolmentLines } from "#lib/views/enrolment-plan";
import { nodeList } from "#lib/views/node-list";

const node = z.object({
  id: idOf("node"),
  name: z.string(),
  site: z.string(),
  rack: z.string(),
  unit: z.number().nullable(),
  nodeType: z.string(),
  lifecycle: z.enum(nodeLifecycles),
  since: z.string(),
  reason: z.string().nullable(),
  power: z.string(),
  controller: z.string(),
  health: z.enum(nodeHealths),
  flags: z.array(z.string()),
  address: z.string().nullable(),
});

export const placeRoutes = {
  listNodes: fleetRoute({
    method: "GET",
    path: "/nodes",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "Nodes by name, fifty a page",
    query: z.object({
      lifecycle: z.enum(nodeLifecycles).optional(),
      /** A part of a name, serial number, MAC or address. */
      search: line(100).optional(),
      after: line(100).optional(),
    }),
    response: pageOf(node),
    run: async ({ db, by, query }) => {
      const list = await nodeList(db, by, {
        lifecycle: query.lifecycle && [query.lifecycle],
        search: query.search,
        after: query.after,
      });
      return ok({ items: list.lines, next: list.after });
    },
  }),

  enrolNodes: fleetRoute({
    method: "POST",
    path: "/nodes/enrol",
    permission: "node.enrol",
    tag: "Fleet",
    summary: "Enrol the nodes of a list",
    description:
      "The list is the one of the page Enrol many: comma separated, with a heading. A list may be sent again: what is enrolled stays as it is.",
    body: enrolSheetInput,
    mostBytes: longestSheet + 10_000,
    response: listOf(
      z.object({
        line: z.number(),
        name: z.string(),
        controllerAddress: z.string(),
        outcome: z.string(),
        certificate: z.enum(["given", "to_confirm"]).nullable(),
        problems: z.array(z.string()),
      }),
    ),
    run: async ({ db, by, body, sealingKey }) => {
      const sheet = readEnrolmentSheet(body);
      if (!sheet.ok) return sheet;
      const done = await enrolNodes(db, by, sheet.value, sealingKey);
      return done.ok ? ok({ items: enrolmentLines(sheet.value, done.value) }) : done;
    },
  }),
};
