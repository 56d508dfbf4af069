import { z } from "zod";
import { type EventsRun, projectRoute, tenantRoute } from "#lib/api/route";
import type { Id } from "#lib/domain/id";
import { notificationKinds, toldKinds } from "#lib/domain/notification/notification";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import { idOf } from "#lib/schemas/id";
import { type EventSource, eventSource, lastIdOf } from "#lib/views/tenant-events";

const kinds = toldKinds("tenant");

const event = z.object({
  type: z.enum(notificationKinds.filter((kind) => kinds.includes(kind))),
  timestamp: z.string(),
  data: z
    .object({
      id: idOf("notification"),
      title: z.string(),
      text: z.string(),
      url: z.string().nullable(),
    })
    .catchall(z.unknown()),
});

const description =
  "Server-sent events: each has an id, its type as its name, and as its data what a webhook is posted. After a break send the last id as Last-Event-ID: all that is stored since then comes, which is that of thirty days; one that came shortly before may come again, with the same id. Every fifteen seconds without an event a comment comes.";

/** The event that a stream goes on after, as the header says it; null for a stream from now on. */
function lastOf(
  text: string | null,
): Result<Id<"notification"> | null, RefusalOf<"invalid_input">> {
  const lastId = lastIdOf(text);
  if (text === null || text === "" || lastId !== null) return ok(lastId);
  return refuse({
    kind: "invalid_input",
    fields: { "Last-Event-ID": "The id of an event that this stream has sent." },
  });
}

const source: EventsRun<Parameters<typeof eventSource>[1]> = async ({
  db,
  by,
  lastEventId,
  origin,
}): Promise<Result<EventSource, RefusalOf<"invalid_input">>> => {
  const last = lastOf(lastEventId);
  return last.ok ? ok(eventSource(db, by, { lastId: last.value, origin })) : last;
};

export const eventRoutes = {
  followProjectEvents: projectRoute({
    method: "GET",
    path: "/events",
    permission: "environment.read",
    tag: "Project",
    summary: "What comes to be so in the project, as it does",
    description,
    response: z.custom<EventSource>(),
    event,
    run: source,
  }),

  followTenantEvents: tenantRoute({
    method: "GET",
    path: "/events",
    permission: "tenant.audit",
    tag: "Tenant",
    summary: "What comes to be so in all of the tenant, as it does",
    description,
    response: z.custom<EventSource>(),
    event,
    run: source,
  }),
};
