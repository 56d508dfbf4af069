import type { NextRequest } from "next/server";
import { fleetApiGrant, projectApiGrant } from "#lib/server/api-grant";
import { database } from "#lib/server/database";
import { onChange, type Topic } from "#lib/server/live";
import { problem } from "#lib/server/problem";
import { watchableEnvironments } from "#lib/views/watchable";

const mostTopics = 100;
const heartbeatMs = 20_000;
// The browser opens the stream anew, and is asked anew who it is.
const longestStreamMs = 5 * 60_000;

/**
 * A stream of hints that something changed; what changed, the page asks for itself. Operators watch
 * everything (`?topic=fleet`) or single things, members the environments of one project
 * (`?tenant=…&project=…&topic=environment:ID`, repeated).
 */
export async function GET(request: NextRequest): Promise<Response> {
  const query = request.nextUrl.searchParams;
  const topics = query.getAll("topic").slice(0, mostTopics);
  if (topics.length === 0) return problem(400, "Name at least one topic.");
  const tenant = query.get("tenant");
  const project = query.get("project");

  if (tenant === null || project === null) {
    const grant = await fleetApiGrant("fleet.read");
    if (!grant.ok) return grant.refusal;
    const wanted = new Set<Topic>(topics);
    return stream(request.signal, (topic) => wanted.has("fleet") || wanted.has(topic));
  }
  const grant = await projectApiGrant(tenant, project, "environment.read");
  if (!grant.ok) return grant.refusal;
  const named = topics.map((topic) => topic.replace(/^environment:/, ""));
  const seen = await watchableEnvironments(database(), grant.value, named);
  if (seen.length === 0) return problem(404, "There is no such environment.");
  const wanted = new Set<Topic>(seen.map((id) => `environment:${id}`));
  return stream(request.signal, (topic) => wanted.has(topic));
}

function stream(signal: AbortSignal, wants: (topic: Topic) => boolean): Response {
  const encoder = new TextEncoder();
  let end = () => {};
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (text: string) => controller.enqueue(encoder.encode(text));
      const stopListening = onChange((topic) => {
        if (topic === null) send("data: all\n\n");
        else if (wants(topic)) send(`data: ${topic}\n\n`);
      });
      const heartbeat = setInterval(() => send(": still here\n\n"), heartbeatMs);
      const limit = setTimeout(() => end(), longestStreamMs);
      let ended = false;
      end = () => {
        if (ended) return;
        ended = true;
        stopListening();
        clearInterval(heartbeat);
        clearTimeout(limit);
        controller.close();
      };
      signal.addEventListener("abort", end);
      send("retry: 2000\n\n");
    },
    cancel: () => end(),
  });
  return new Response(body, {
    headers: {
      "content-type": "text/event-stream",
      "cache-control": "no-store, no-transform",
      "x-accel-buffering": "no",
    },
  });
}
