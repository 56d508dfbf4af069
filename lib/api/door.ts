import { createHash, randomUUID } from "node:crypto";
import { z } from "zod";
import type { Database } from "#db/client";
import { isDatabaseAway } from "#db/database-away";
import { loadTokenActor, requestsPerMinute, type ShownToken } from "#lib/access/api-token";
import {
  authorizeFleet,
  authorizeProject,
  authorizeTenant,
  type Caller,
} from "#lib/access/authorize";
import { countRead, keepPace, noteTooFast, type Reads } from "#lib/access/keep-pace";
import { noteDenied } from "#lib/access/note-denied";
import { noteSecondPlace } from "#lib/access/note-second-place";
import type { FleetPermission, ProjectPermission, TenantPermission } from "#lib/access/policy";
import { answerOnce } from "#lib/api/answer-once";
import { readBody, readQuery } from "#lib/api/input";
import { type DoorProblem, doorProblem, type Problem, refusalProblem } from "#lib/api/problem";
import { type AnyRoute, isChange } from "#lib/api/route";
import { apiBase, routeList } from "#lib/api/table";
import { noteOnSpan } from "#lib/config/trace";
import { mostPerMinute } from "#lib/domain/access/pace";
import type { ActorId, Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import { ok, type Result } from "#lib/domain/result";
import type { EventSource } from "#lib/views/tenant-events";

// The one door of the API. The order is the same for every route: address, token, rate, permission,
// input, pace, run. Cookies are never read: a browser that is led here by another page has no token.

export type Surroundings = {
  db: Database;
  /** The portal's own address. */
  origin: string;
  /** Where nodes reach the boot server when their site has no address of its own. */
  bootOrigin: string;
  requestId: string;
  ipAddress: string | null;
  sealingKey: string;
  auditKeys: string;
  controllerWatchMs: number;
  /** Opens a stream of events; null when token, tenant or process has as many as it may have. */
  openEvents: (stream: OpenEvents) => ReadableStream<Uint8Array> | null;
  /** Told of what broke; the caller is told a number. */
  onFault: (error: unknown) => void;
};

/** What a stream of events is made of. */
export type OpenEvents = {
  tenantId: Id<"tenant">;
  tokenId: Id<"apiToken">;
  /** Of the tenant and the token: what is told of them concerns the stream. */
  hears: readonly string[];
  next: EventSource["next"];
  /** In how many milliseconds the token ends; null once its bearer is let in no more. */
  endsInMs: () => Promise<number | null>;
  signal: AbortSignal;
};

/** Answers one request to the API. Never throws: a fault of ours is a problem with its number. */
export async function answerApi(request: Request, around: Surroundings): Promise<Response> {
  const headers = new Headers({ "cache-control": "no-store" });
  const no = (problem: Problem) => respond(request, problem.status, problem, headers);
  const refused = (refusal: Refusal) => {
    if (refusal.kind === "too_fast") headers.set("retry-after", String(refusal.retryAfterSeconds));
    return no(refusalProblem(refusal, around));
  };
  const closed = (kind: DoorProblem, detail: string) => no(doorProblem(kind, detail, around));
  try {
    const url = new URL(request.url);
    const matches = routesAt(url.pathname);
    if (matches.length === 0) {
      return closed("no_such_route", "See the reference for the addresses there are.");
    }
    const match = matches.find(({ route }) => route.method === request.method);
    if (!match) {
      const methods = [...new Set(matches.map(({ route }) => route.method))];
      headers.set("allow", methods.join(", "));
      return closed("wrong_method", `Use ${methods.join(" or ")}.`);
    }
    const { route, params } = match;
    noteOnSpan({ "http.route": `${apiBase}${route.path}` });

    const shown = await showToken(request, around);
    if (shown.standing !== "live") {
      headers.set("www-authenticate", 'Bearer realm="ingot"');
      await noteUse(shown, around);
      return closed("unauthorized", tokenWords[shown.standing]);
    }
    await noteSecondPlace(around.db, shown, around.ipAddress).catch(around.onFault);
    const reads = isChange(route) ? null : await countRead(around.db, shown.actor, "token");
    setRate(headers, shown, reads);
    if (shown.requests > requestsPerMinute) {
      const asked = { acts: shown.requests, most: requestsPerMinute };
      await noteTooFast(around.db, shown.actor, { ...asked, what: "request", by: "token" });
      headers.set("retry-after", String(shown.windowSeconds));
      return closed(
        "rate_limited",
        `A token makes at most ${requestsPerMinute} requests a minute. Wait ${shown.windowSeconds} seconds.`,
      );
    }

    if (reads?.tooFast) return refused(reads.tooFast);

    const granted = grantOf(shown.actor, route, params);
    if (!granted.ok) {
      // The fleet's routes name tenants too, and are not asked there.
      const place =
        route.place === "fleet"
          ? "fleet"
          : [params.tenant ?? "fleet", params.project].filter(Boolean).join("/");
      await noteDenied(around.db, shown.actor, { action: route.permission ?? "own", place });
      return no(refusalProblem(granted.refusal, around));
    }

    const query = readQuery(route, url.searchParams);
    if (!query.ok) return no(refusalProblem(query.refusal, around));
    const body = await readBody(route, request);
    if (!body.ok) {
      return "kind" in body.refusal
        ? no(refusalProblem(body.refusal, around))
        : closed(body.refusal.door, body.refusal.detail);
    }
    const key = keyOf(route, request, shown.actor.userId);
    if (key === null) {
      return closed("malformed", "An Idempotency-Key is 1 to 255 printable characters of ASCII.");
    }
    const tooFast = isChange(route) && (await keepPace(around.db, shown.actor, "token"));
    if (tooFast) return refused(tooFast);
    const run = async () =>
      route.run({
        db: around.db,
        by: granted.value as never,
        params,
        query: query.value as never,
        body: body.value as never,
        requestKey: key ?? randomUUID(),
        sealingKey: around.sealingKey,
        auditKeys: around.auditKeys,
        controllerWatchMs: around.controllerWatchMs,
        origin: around.origin,
        bootOrigin: around.bootOrigin,
        lastEventId: request.headers.get("last-event-id"),
      });
    if (route.event) {
      const done: Result<unknown, Refusal> = await run();
      if (!done.ok) return refused(done.refusal);
      const source = done.value as EventSource;
      const stream = streamOf(request, around, { route, params, source, shown });
      const events = around.openEvents(stream);
      if (events) return new Response(events, { headers: streamHeaders(headers) });
      headers.set("retry-after", "30");
      return closed("too_many_streams", "Close another one first, or wait 30 seconds.");
    }
    const answer = async (): Promise<Result<{ status: number; value: unknown }, Refusal>> => {
      const done: Result<unknown, Refusal> = await run();
      if (!done.ok) return done;
      // Only what the schema names goes out, whatever the view has put beside it.
      return ok({ status: route.status ?? 200, value: route.response.parse(done.value) });
    };
    const answered = key
      ? await answerOnce(around.db, {
          callerId: shown.actor.userId,
          key,
          body: body.value,
          token: request.headers.get("authorization") ?? "",
          tellsSecret: route.tellsSecret ?? false,
          isKeyed: route.keyed ?? false,
          run: answer,
        })
      : await answer();
    if (!answered.ok) {
      return "kind" in answered.refusal
        ? refused(answered.refusal)
        : closed(answered.refusal.door, answered.refusal.detail);
    }
    const { status, value } = answered.value;
    setNext(headers, value, url, around.origin);
    return respond(request, status, value, headers);
  } catch (error) {
    around.onFault(error);
    if (isDatabaseAway(error)) {
      headers.set("retry-after", "2");
      return closed(
        "unavailable",
        "The database does not answer. A change is either made whole or not at all. Try again in a moment, a change with the same Idempotency-Key.",
      );
    }
    return closed("fault", `Tell whoever runs Ingot this number: ${around.requestId}.`);
  }
}

const tokenWords: Record<Exclude<ShownToken["standing"], "live"> | "none", string> = {
  none: "Send a token: Authorization: Bearer ingot_…",
  unknown: "There is no such token. Check that all of it was copied.",
  expired: "This token has expired. Make a new one.",
  revoked: "This token was revoked. Make a new one.",
  owner_gone:
    "The account that this token belongs to is closed, or must first set up a new password or a second factor. Its owner sees which after signing in.",
};

type Shown = ShownToken | { standing: "none"; owner: null };

async function showToken(
  request: Request,
  around: Surroundings,
  how?: { counts: boolean },
): Promise<Shown> {
  const [, token] = /^Bearer +(\S+) *$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  if (!token) return { standing: "none", owner: null };
  const { requestId, ipAddress } = around;
  return loadTokenActor(around.db, token, { requestId, ipAddress }, how);
}

/** A stream asks again, for as long as it lives, what was asked when it was opened. */
function streamOf(
  request: Request,
  around: Surroundings,
  input: {
    route: AnyRoute;
    params: Record<string, string>;
    source: EventSource;
    shown: Extract<ShownToken, { standing: "live" }>;
  },
): OpenEvents {
  const { route, params, source, shown } = input;
  const { memberships, token } = shown.actor;
  const tenant = memberships.find(({ tenantSlug }) => tenantSlug === params.tenant);
  if (!token || !tenant) throw new Error("a stream is in a tenant, and with a token");
  return {
    tenantId: tenant.tenantId,
    tokenId: token.id,
    hears: [tenant.tenantId, token.id],
    next: source.next,
    endsInMs: async () => {
      const now = await showToken(request, around, { counts: false });
      return now.standing === "live" && grantOf(now.actor, route, params).ok ? now.endsInMs : null;
    },
    signal: request.signal,
  };
}

function streamHeaders(headers: Headers): Headers {
  headers.set("content-type", "text/event-stream");
  // Nobody on the way is to gather it up.
  headers.set("cache-control", "no-store, no-transform");
  headers.set("x-accel-buffering", "no");
  return headers;
}

/** That a token which was good once is still shown is worth a line in the log. */
async function noteUse(
  shown: Exclude<Shown, { standing: "live" }>,
  around: Surroundings,
): Promise<void> {
  if (!shown.owner) return;
  const { owner } = shown;
  const { requestId, ipAddress } = around;
  await noteDenied(
    around.db,
    { ...owner, requestId, ipAddress },
    {
      action: "api_token.use",
      // Of one tenant the tenant reads it; of several, the operators do.
      place: owner.memberships.length === 1 ? (owner.memberships[0]?.tenantSlug ?? "") : "",
      detail: { standing: shown.standing },
    },
  );
}

function grantOf(caller: Caller, route: AnyRoute, params: Record<string, string>) {
  const { tenant = "", project = "" } = params;
  switch (route.place) {
    case "own":
      return { ok: true as const, value: caller };
    case "fleet":
      return authorizeFleet(caller, route.permission as FleetPermission);
    case "tenant":
      return authorizeTenant(caller, tenant, route.permission as TenantPermission);
    case "project":
      return authorizeProject(caller, tenant, project, route.permission as ProjectPermission);
  }
}

const patterns = routeList.map(({ route }) => ({
  route,
  names: [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? ""),
  pattern: new RegExp(`^${apiBase}${route.path.replace(/\{\w+\}/g, "([^/]+)")}$`),
}));

function routesAt(path: string): { route: AnyRoute; params: Record<string, string> }[] {
  return patterns.flatMap(({ route, names, pattern }) => {
    const match = pattern.exec(path);
    if (!match) return [];
    return [
      { route, params: Object.fromEntries(names.map((name, at) => [name, match[at + 1] ?? ""])) },
    ];
  });
}

/**
 * The key under which a write is done once: a UUID made of the caller, the address and the caller's
 * own key, so that two callers may choose the same. Nothing where there is none, and null for a key of a
 * form that is none.
 */
function keyOf(route: AnyRoute, request: Request, caller: ActorId): string | null | undefined {
  const given = request.headers.get("idempotency-key");
  if (!isChange(route) || given === null) return undefined;
  // The draft of the header writes the key in quotation marks, and most programs leave them out.
  const key = /^"(.*)"$/.exec(given)?.[1] ?? given;
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) return null;
  const path = new URL(request.url).pathname;
  const hex = createHash("sha256").update(`${caller}\n${path}\n${key}`).digest("hex");
  // Version 8 and the variant of RFC 9562: a UUID of one's own making.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** `RateLimit` as draft-ietf-httpapi-ratelimit-headers writes it. */
function setRate(
  headers: Headers,
  shown: { requests: number; windowSeconds: number },
  reads: Reads | null,
): void {
  const left = Math.max(0, requestsPerMinute - shown.requests);
  const policy = Object.entries({
    token: requestsPerMinute,
    read: mostPerMinute.read,
    change: mostPerMinute.change,
  }).map(([name, most]) => `"${name}";q=${most};w=60`);
  headers.set("ratelimit-policy", policy.join(", "));
  const ofReads = reads ? `, "read";r=${reads.left};t=${reads.secondsLeft}` : "";
  headers.set("ratelimit", `"token";r=${left};t=${shown.windowSeconds}${ofReads}`);
}

const paged = z.object({ next: z.string() });

function setNext(headers: Headers, answer: unknown, url: URL, origin: string): void {
  const page = paged.safeParse(answer);
  if (!page.success) return;
  const query = new URLSearchParams(url.searchParams);
  query.set("after", page.data.next);
  headers.set("link", `<${origin}${url.pathname}?${query}>; rel="next"`);
}

function respond(request: Request, status: number, value: unknown, headers: Headers): Response {
  const text = JSON.stringify(value);
  headers.set("content-type", status < 400 ? "application/json" : "application/problem+json");
  // All that is read has a tag; what is done has none.
  if (request.method === "GET" && status === 200) {
    const tag = `"${createHash("sha256").update(text).digest("base64url").slice(0, 22)}"`;
    headers.set("etag", tag);
    const known = (request.headers.get("if-none-match") ?? "")
      .split(",")
      .map((one) => one.trim().replace(/^W\//, ""));
    if (known.includes(tag) || known.includes("*"))
      return new Response(null, { status: 304, headers });
  }
  return new Response(text, { status, headers });
}
