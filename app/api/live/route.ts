import type { NextRequest } from "next/server";
import { readSettings } from "#lib/config/env";
import { fleetApiGrant, projectApiGrant, tenantApiGrant } from "#lib/server/api-grant";
import { database } from "#lib/server/database";
import { gpuHistoryElsewhere } from "#lib/server/history-elsewhere";
import { liveStream } from "#lib/server/live";
import { problem } from "#lib/server/problem";
import { stillMayFleet, stillMayProject, stillMayTenant } from "#lib/server/still-may";
import { fleetFeeds, projectFeeds, tenantFeeds } from "#lib/views/live-feeds";
import { watchableEnvironments } from "#lib/views/watchable";

const mostTopics = 100;

/**
 * The stream of a page: hints that something changed, and feeds of what it shows live (events named
 * `feed`). Operators watch everything (`?topic=fleet`, and `hooks` for what scripts write) or single things, members one project
 * (`?tenant=…&project=…&topic=environment:ID`, or `hooks:ID`, repeated) or a tenant: its sums, and `approvals:ID`, what
 * waits in its inbox. `since`, or the id of the last event, is up to when the page knows what it shows.
 */
export async function GET(request: NextRequest): Promise<Response> {
  const query = request.nextUrl.searchParams;
  const topics = query.getAll("topic").slice(0, mostTopics);
  if (topics.length === 0) return problem(400, "Name at least one topic.");
  const tenant = query.get("tenant");
  const project = query.get("project");
  const { signal } = request;
  const sinceMs = momentOf(request.headers.get("last-event-id") ?? query.get("since"));
  const db = database();
  const { scrapeMs } = readSettings();

  if (tenant === null) {
    const grant = await fleetApiGrant("fleet.read");
    if (!grant.ok) return grant.refusal;
    const wanted = new Set(topics);
    // What scripts write comes often, and most pages show none of it.
    const wants = (topic: string) =>
      topic.startsWith("hooks:") ? wanted.has("hooks") : wanted.has("fleet") || wanted.has(topic);
    const feeds = fleetFeeds(db, grant.value, topics, scrapeMs);
    const stillMay = await stillMayFleet("fleet.read");
    return liveStream({ of: grant.value.actorId, signal, wants, feeds, sinceMs, stillMay });
  }

  if (project === null) {
    const grant = await tenantApiGrant(tenant, "tenant.read");
    if (!grant.ok) return grant.refusal;
    const feeds = await tenantFeeds(db, grant.value, topics, scrapeMs);
    const inbox = `approvals:${grant.value.tenantId}`;
    const hasInbox = topics.includes(inbox);
    if (feeds.length === 0 && !hasInbox) return problem(404, "A tenant has no such topic.");
    const wants = (topic: string) => hasInbox && topic === inbox;
    return liveStream({
      ...{ of: grant.value.actorId, signal, wants, feeds, sinceMs },
      stillMay: await stillMayTenant(tenant, "tenant.read", grant.value.role),
    });
  }

  const grant = await projectApiGrant(query, "environment.read");
  if (!grant.ok) return grant.refusal;
  const named = new Set(topics.flatMap((topic) => topic.split(":")[1] ?? []));
  const seen = await watchableEnvironments(db, grant.value, [...named]);
  const wanted = new Set<string>(seen.flatMap((id) => [`environment:${id}`, `hooks:${id}`]));
  // What an operator's own store holds does not pass the portal: there is nothing to tell of it, and
  // pages ask for its charts as before.
  const isElsewhere = gpuHistoryElsewhere() !== null;
  const followed = topics.filter((topic) => !(isElsewhere && /^(?:charts|hosts):/.test(topic)));
  const feeds = projectFeeds(db, grant.value, seen, followed, scrapeMs);
  if (seen.length === 0 && feeds.length === 0) {
    return problem(404, "There is no such environment.");
  }
  return liveStream({
    of: grant.value.actorId,
    signal,
    wants: (topic) => topics.includes(topic) && wanted.has(topic),
    feeds,
    sinceMs,
    stillMay: await stillMayProject(tenant, project, "environment.read"),
  });
}

function momentOf(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
