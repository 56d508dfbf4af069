import { z } from "zod";
import { named } from "#lib/api/named";
import { listOf } from "#lib/api/page";
import { fleetRoute } from "#lib/api/route";
import { changeNodeType } from "#lib/commands/change-node-type";
import { createNodeType } from "#lib/commands/create-node-type";
import { ok, refuse } from "#lib/domain/result";
import { idOf } from "#lib/schemas/id";
import { changeNodeTypeInput, createNodeTypeInput, nodeTypeSpec } from "#lib/schemas/node-type";
import { nodeTypeDetail, nodeTypesView } from "#lib/views/node-types";

const nodeType = z.object({ id: idOf("nodeType"), name: z.string(), spec: nodeTypeSpec });

const nodeTypeInUse = nodeType.extend({
  nodes: z.number(),
  /** Nodes on which something differs from it. */
  differing: z.number(),
  /** Names of those that offer it. */
  profiles: z.array(z.string()),
});

const done = z.object({ nodeTypeId: idOf("nodeType") });

export const nodeTypeRoutes = {
  listNodeTypes: fleetRoute({
    method: "GET",
    path: "/node-types",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "Every node type by name, with how many nodes are of it",
    response: listOf(nodeTypeInUse),
    run: async ({ db, by }) => ok({ items: await nodeTypesView(db, by) }),
  }),

  createNodeType: fleetRoute({
    method: "POST",
    path: "/node-types",
    permission: "catalogue.edit",
    tag: "Fleet",
    summary: "Say what hardware a kind of node is expected to have",
    description: "A part that is left out is not checked; gpu null says that there is none.",
    body: createNodeTypeInput,
    response: done,
    run: ({ db, by, body }) => createNodeType(db, by, body),
  }),

  getNodeType: fleetRoute({
    method: "GET",
    path: "/node-types/{nodeType}",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "One node type",
    response: nodeType,
    run: async ({ db, by, params }) => {
      const found = await nodeTypeDetail(db, by, params.nodeType ?? "");
      return found ? ok(found) : refuse({ kind: "not_found", resource: "node type" });
    },
  }),

  changeNodeType: fleetRoute({
    method: "POST",
    path: "/node-types/{nodeType}/change",
    permission: "catalogue.edit",
    tag: "Fleet",
    summary: "Change what a node type expects",
    description:
      "All of its spec is sent, as it was read. It counts from each node's next discovery on.",
    body: changeNodeTypeInput.omit({ nodeTypeId: true }),
    response: done,
    run: async ({ db, by, params, body }) => {
      const id = named("nodeType", params.nodeType, "node type");
      if (!id.ok) return id;
      const result = await changeNodeType(db, by, { ...body, nodeTypeId: id.value });
      return result.ok ? ok({ nodeTypeId: id.value }) : result;
    },
  }),
};
