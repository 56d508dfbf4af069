import { z } from "zod";
import type { Database } from "#db/client";
import type { Grant } from "#lib/access/authorize";
import { named } from "#lib/api/named";
import { listOf } from "#lib/api/page";
import { fleetRoute } from "#lib/api/route";
import { attachContext, detachContext } from "#lib/commands/attach-context";
import { changeContext } from "#lib/commands/change-context";
import { createContext } from "#lib/commands/create-context";
import { removeContext } from "#lib/commands/remove-context";
import { contextLimits } from "#lib/domain/context/context";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import { attachContextInput, changeContextInput, createContextInput } from "#lib/schemas/context";
import { idOf } from "#lib/schemas/id";
import { contextDetail, contextsView } from "#lib/views/contexts";

// A context's secrets are given and taken in the portal alone; here they are names, and when each
// last had another value.

const placeKinds = ["template", "project", "provider"] as const;

const place = z.object({
  kind: z.enum(placeKinds),
  id: z.union([idOf("template"), idOf("project"), idOf("provider")]),
  name: z.string(),
});

const head = z.object({ id: idOf("context"), name: z.string(), description: z.string() });

const contextLine = head.extend({
  variables: z.number(),
  files: z.number(),
  secrets: z.number(),
  /** Of the secret that has gone longest without another value; null where it has none. */
  oldestRotation: z.string().nullable(),
  attachedTo: z.array(place.omit({ id: true })),
  /** Environments that are not released and were launched with it. */
  environments: z.number(),
  /** Those of them that have an earlier value of one of its secrets. */
  behind: z.number(),
});

const context = head.extend({
  changedAt: z.string(),
  variables: z.array(z.object({ name: z.string(), value: z.string() })),
  files: z.array(z.object({ path: z.string(), mode: z.string(), content: z.string() })),
  secrets: z.array(
    z.object({
      name: z.string(),
      rotatedAt: z.string(),
      rotatedBy: z.string(),
      /** Environments that have an earlier value. */
      older: z.number(),
    }),
  ),
  attachments: z.array(place),
  /** Where it is not attached yet. */
  places: z.array(place),
  environments: z.array(
    z.object({
      id: idOf("environment"),
      name: z.string(),
      tenant: z.object({ slug: z.string(), name: z.string() }),
      project: z.object({ slug: z.string(), name: z.string() }),
      launchedAt: z.string(),
      /** Names of its secrets of which this environment has an earlier value. */
      olderSecrets: z.array(z.string()),
    }),
  ),
});

const done = z.object({ contextId: idOf("context") });
const to = attachContextInput.omit({ contextId: true });
// A character of a value has three bytes at most, and JSON writes some of a file's as two.
const contextBytes =
  3 * contextLimits.variables * contextLimits.value + 2 * contextLimits.fileBytes + 50_000;

type Edit = Grant<"context.edit">;

/** Does something to the config context that the path names, which gives nothing back. */
async function onContext(
  { db, by, params }: { db: Database; by: Edit; params: Record<string, string> },
  does: (db: Database, by: Edit, contextId: Id<"context">) => Promise<Result<void, Refusal>>,
): Promise<Result<{ contextId: Id<"context"> }, Refusal>> {
  const id = named("context", params.context, "config context");
  if (!id.ok) return id;
  const result = await does(db, by, id.value);
  return result.ok ? ok({ contextId: id.value }) : result;
}

export const contextRoutes = {
  listContexts: fleetRoute({
    method: "GET",
    path: "/contexts",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "Every config context by name, with what it has, where it goes and who has it",
    response: listOf(contextLine),
    run: async ({ db, by }) => ok({ items: await contextsView(db, by) }),
  }),

  createContext: fleetRoute({
    method: "POST",
    path: "/contexts",
    permission: "context.edit",
    tag: "Fleet",
    summary: "Create a config context of variables and files",
    description: "It goes nowhere until it is attached. Secrets are given to it in the portal.",
    body: createContextInput.extend({
      description: createContextInput.shape.description.default(""),
      variables: createContextInput.shape.variables.default([]),
      files: createContextInput.shape.files.default([]),
    }),
    mostBytes: contextBytes,
    response: done,
    run: ({ db, by, body }) => createContext(db, by, body),
  }),

  getContext: fleetRoute({
    method: "GET",
    path: "/contexts/{context}",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "One config context, with the names of its secrets and where it could be attached",
    description: "No value of a secret is ever told.",
    response: context,
    run: async ({ db, by, params }) => {
      const found = await contextDetail(db, by, params.context ?? "");
      return found ? ok(found) : refuse({ kind: "not_found", resource: "config context" });
    },
  }),

  changeContext: fleetRoute({
    method: "POST",
    path: "/contexts/{context}/change",
    permission: "context.edit",
    tag: "Fleet",
    summary: "Replace description, variables and files of a config context",
    description:
      "What seen says is the changedAt that was read: refused when it has changed since. Environments keep what they were launched with, and its secrets stay.",
    body: changeContextInput.omit({ contextId: true }),
    mostBytes: contextBytes,
    response: z.object({ changedAt: z.string() }),
    run: async ({ db, by, params, body }) => {
      const id = named("context", params.context, "config context");
      return id.ok ? changeContext(db, by, { ...body, contextId: id.value }) : id;
    },
  }),

  attachContext: fleetRoute({
    method: "POST",
    path: "/contexts/{context}/attach",
    permission: "context.edit",
    tag: "Fleet",
    summary: "Have a config context go with a template, a project or a provider",
    description:
      "With every launch or call from now on, its secrets too. To ask twice is to ask once.",
    body: to,
    response: done,
    run: (asked) =>
      onContext(asked, (db, by, contextId) => attachContext(db, by, { ...asked.body, contextId })),
  }),

  detachContext: fleetRoute({
    method: "POST",
    path: "/contexts/{context}/detach",
    permission: "context.edit",
    tag: "Fleet",
    summary: "Have a config context go no more with a template, a project or a provider",
    description: "Environments keep what they were launched with. To ask twice is to ask once.",
    body: to,
    response: done,
    run: (asked) =>
      onContext(asked, (db, by, contextId) => detachContext(db, by, { ...asked.body, contextId })),
  }),

  removeContext: fleetRoute({
    method: "POST",
    path: "/contexts/{context}/remove",
    permission: "context.edit",
    tag: "Fleet",
    summary: "Remove a config context and its secrets",
    description: "Refused while it is attached. Environments keep their copy to their release.",
    response: done,
    run: (asked) => onContext(asked, (db, by, contextId) => removeContext(db, by, { contextId })),
  }),
};
