import type { NextRequest } from "next/server";
import { fleetApiGrant, projectApiGrant } from "#lib/server/api-grant";
import { database } from "#lib/server/database";
import { gpuHistoryElsewhere } from "#lib/server/gpu-history";
import { liveStream } from "#lib/server/live";
import { problem } from "#lib/server/problem";
import { projectFeeds } from "#lib/views/live-feeds";
import { watchableEnvironments } from "#lib/views/watchable";

const mostTopics = 100;

/**
 * The stream of a page: hints that something changed, and feeds of what it shows live (events named
 * `feed`). Operators watch everything (`?topic=fleet`) or single things, members the environments of
 * one project (`?tenant=…&project=…&topic=environment:ID`, repeated). `since`, or the id of the last
 * event, is up to when the page knows what it shows.
 */
export async function GET(request: NextRequest): Promise<Response> {
  const query = request.nextUrl.searchParams;
  const topics = query.getAll("topic").slice(0, mostTopics);
  if (topics.length === 0) return problem(400, "Name at least one topic.");
  const tenant = query.get("tenant");
  const project = query.get("project");
  const { signal } = request;
  const sinceMs = momentOf(request.headers.get("last-event-id") ?? query.get("since"));

  if (tenant === null || project === null) {
    const grant = await fleetApiGrant("fleet.read");
    if (!grant.ok) return grant.refusal;
    const wanted = new Set(topics);
    const wants = (topic: string) => wanted.has("fleet") || wanted.has(topic);
    return liveStream({ of: grant.value.actorId, signal, wants, feeds: [], sinceMs });
  }
  const grant = await projectApiGrant(tenant, project, "environment.read");
  if (!grant.ok) return grant.refusal;
  const named = topics.flatMap((topic) => topic.split(":")[1] ?? []);
  const seen = await watchableEnvironments(database(), grant.value, [...new Set(named)]);
  if (seen.length === 0) return problem(404, "There is no such environment.");
  const wanted = new Set(
    topics.filter((topic) => seen.some((id) => topic === `environment:${id}`)),
  );
  // What an operator's own store holds does not pass the portal: there is nothing to tell of it.
  const charts = gpuHistoryElsewhere() ? [] : topics.filter((topic) => topic.startsWith("charts:"));
  return liveStream({
    of: grant.value.actorId,
    signal,
    wants: (topic) => wanted.has(topic),
    feeds: projectFeeds(database(), grant.value, seen, charts),
    sinceMs,
  });
}

function momentOf(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
