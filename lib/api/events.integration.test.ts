import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Connection, connect } from "#db/client";
import { listen } from "#db/listen";
import { notify, type Told, toldChannel } from "#db/queries/notifications";
import { apiOrigin, givenApiTenant, ownToken, sendTo, serviceToken } from "#e2e/fixtures/api";
import { type GivenDatabase, givenDatabase } from "#e2e/fixtures/database";
import { givenFleet } from "#e2e/fixtures/launchable";
import { ingot } from "#e2e/ingot-client";
import { must } from "#e2e/world/acting";
import { authorizeProject } from "#lib/access/authorize";
import { revokeServiceToken } from "#lib/commands/revoke-api-token";
import { createLog } from "#lib/config/log";
import { type Id, newId } from "#lib/domain/id";
import { createEventStreams, mostOfToken } from "#lib/server/event-streams";
import { eventSource } from "#lib/views/tenant-events";
import { webhookBody } from "#lib/worker/notifications/message";

// Streams of events as programs read them: the API's door, the database's own announcements, and the
// client that is made of the document.

const log = createLog("events test", "fatal");
// So seldom that nothing below happens because of it.
const streams = createEventStreams({ log, beatMs: 300_000 });

type ApiTenant = Awaited<ReturnType<typeof givenApiTenant>>;
let database: GivenDatabase;
let app: Connection;
let worker: Connection;
let superuser: pg.Client;
let listener: { stop: () => Promise<void> };
let ours: ApiTenant;
let theirs: ApiTenant;
let robot: string;
let owner: string;
let other: Id<"project">;
const ending = new AbortController();

beforeAll(async () => {
  database = await givenDatabase();
  app = connect({ url: database.url, role: "ingot_app", max: 10 });
  worker = connect({ url: database.url, role: "ingot_worker", max: 4 });
  superuser = new pg.Client({ connectionString: database.superuserUrl });
  await superuser.connect();
  const connected = Promise.withResolvers<void>();
  listener = listen({
    ...{ url: database.url, role: "ingot_app", channels: [toldChannel], log },
    onNotice: (_, id) => streams.tell(id),
    onConnect: connected.resolve,
  });
  await connected.promise;
  const fleet = await givenFleet(app.db, { racks: [2] });
  ours = await givenApiTenant(app.db, fleet);
  theirs = await givenApiTenant(app.db, fleet);
  other = newId("project");
  await superuser.query(
    "insert into projects (id, tenant_id, slug, name) values ($1, $2, 'other', 'Other')",
    [other, ours.tenantId],
  );
  robot = await serviceToken(app.db, ours.owner, "viewer");
  owner = await ownToken(app.db, ours.owner);
});

afterAll(async () => {
  ending.abort();
  await listener?.stop();
  await Promise.all([superuser?.end(), app?.pool.end(), worker?.pool.end()]);
  await database?.drop();
});

const researchOf = ({ owner: person }: ApiTenant) =>
  person.memberships[0]?.projects[0]?.projectId as Id<"project">;

/** Something that became so, told of by its title. */
const ready = (environment: string, tenant: ApiTenant, projectId = researchOf(tenant)): Told => ({
  kind: "environment.ready",
  audience: "project",
  tenantId: tenant.tenantId,
  projectId,
  data: {
    ...{ tenant: tenant.slug, project: "research", environment, reason: null },
    environmentId: newId("environment"),
  },
});

const say = (...told: Told[]) => worker.db.transaction((tx) => notify(tx, ...told));
const clientOf = (token: string) =>
  ingot({ token, base: `${apiOrigin}/api/v1`, send: sendTo(app.db, streams) });

type Got = { titles: string[]; ids: string[]; events: unknown[] };

/** Reads a stream in the background, and keeps what comes. */
function reading(token: string, where: "project" | "tenant", tenant: ApiTenant, lastId?: string) {
  const got: Got = { titles: [], ids: [], events: [] };
  const enough = new AbortController();
  const signal = AbortSignal.any([enough.signal, ending.signal]);
  const more = lastId === undefined ? { signal } : { signal, lastId };
  const { events } = clientOf(token);
  const stream =
    where === "project"
      ? events("followProjectEvents", { params: tenant.place, ...more })
      : events("followTenantEvents", { params: { tenant: tenant.slug }, ...more });
  const ended = (async () => {
    for await (const event of stream) {
      got.titles.push(event.data.title);
      got.ids.push(event.data.id);
      got.events.push(event);
    }
  })();
  // Heard where it is asked for.
  ended.catch(() => {});
  return { ...got, ended, stop: () => enough.abort() };
}

/** Opens one by hand, and gives its reader once it is there. */
async function opened(token: string, headers: Record<string, string> = {}) {
  const url = `${apiOrigin}/api/v1/tenants/${ours.slug}/projects/research/events`;
  const response = await sendTo(
    app.db,
    streams,
  )(
    new Request(url, {
      headers: { authorization: `Bearer ${token}`, ...headers },
      signal: ending.signal,
    }),
  );
  const isStream = response.headers.get("content-type") === "text/event-stream";
  const body = isStream ? response.body?.pipeThrough(new TextDecoderStream()) : undefined;
  return { response, reader: body?.getReader() };
}

test("a stream carries what a webhook is posted, and nothing of another tenant, project or person", async () => {
  const project = reading(robot, "project", ours);
  const tenant = reading(owner, "tenant", ours);
  const stranger = reading(await serviceToken(app.db, theirs.owner, "admin"), "project", theirs);
  // Each is there once something has come.
  await expect
    .poll(async () => {
      await say(ready("begin", ours), ready("begin", theirs));
      return [project, tenant, stranger].every(({ titles }) => titles.length > 0);
    })
    .toBe(true);
  const asked: Told = {
    ...ready("gate", ours),
    kind: "approval.asked",
    audience: "tenant_admins",
    data: { ...(ready("gate", ours).data as never as object), hook: "ticket", at: "tenant" },
  } as Told;
  const account = { kind: "account.changed", audience: "person" } as const;
  await say(
    ready("mine", ours),
    ready("others", ours, other),
    ready("theirs", theirs),
    asked,
    { ...asked, audience: "operators" } as Told,
    {
      ...{ ...account, userId: ours.userId, tenantId: ours.tenantId },
      data: { what: "password_changed", name: null, by: null },
    },
  );
  await say(ready("end", ours), ready("end", theirs));
  const last = "end is ready";
  for (const { titles } of [project, tenant, stranger]) {
    await expect.poll(() => titles.at(-1)).toBe(last);
  }
  const said = ({ titles }: Got) => titles.filter((title) => title !== "begin is ready");
  expect(said(project)).toEqual(["mine is ready", last]);
  expect(said(tenant).toSorted()).toEqual(
    [last, "gate waits for an approval", "mine is ready", "others is ready"].toSorted(),
  );
  expect(said(stranger)).toEqual(["theirs is ready", last]);

  const { rows } = await superuser.query("select * from notifications where id = $1", [
    project.ids.at(-1),
  ]);
  const { created_at: createdAt, ...row } = rows[0];
  const body = webhookBody("standard", { ...row, createdAt }, apiOrigin);
  expect(project.events.at(-1)).toEqual(JSON.parse(body));
  for (const { stop } of [project, tenant, stranger]) stop();
});

test("a stream goes on after the last event, and misses none whose transaction took long", async () => {
  const first = reading(robot, "project", ours);
  await expect
    .poll(async () => {
      await say(ready("one", ours));
      return first.titles.length;
    })
    .toBeGreaterThan(0);
  const late = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const slow = worker.db.transaction(async (tx) => {
    await notify(tx, ready("slow", ours));
    begun.resolve();
    await late.promise;
  });
  await begun.promise;
  await say(ready("quick", ours));
  await expect.poll(() => first.titles).toContain("quick is ready");
  late.resolve();
  await slow;
  await expect.poll(() => first.titles).toContain("slow is ready");
  first.stop();
  await first.ended;

  await say(ready("between", ours));
  const quick = first.ids[first.titles.indexOf("quick is ready")];
  const second = reading(robot, "project", ours, quick);
  await expect.poll(() => second.titles).toContain("between is ready");
  expect(second.titles).toContain("slow is ready");
  expect(new Set(second.ids).size).toBe(second.ids.length);
  second.stop();
  // An event of another tenant names no place in this one, and gives nothing away.
  const strange = reading(
    await serviceToken(app.db, theirs.owner, "admin"),
    "project",
    theirs,
    quick,
  );
  await say(ready("sign", theirs));
  await expect.poll(() => strange.titles).toContain("sign is ready");
  expect(strange.titles.join()).not.toMatch(/quick|slow|between/);
  strange.stop();
  expect((await opened(robot, { "last-event-id": "x" })).response.status).toBe(422);
});

test("what was read in a transaction that broke off at its end is given by the next", async () => {
  const grant = must(authorizeProject(ours.owner, ours.slug, "research", "environment.read"));
  let breaks = false;
  const db = Object.assign(Object.create(app.db), {
    async transaction(...work: Parameters<typeof app.db.transaction>) {
      const done = await app.db.transaction(...work);
      if (breaks) throw new Error("the connection is gone");
      return done;
    },
  });
  const source = eventSource(db, grant, { lastId: null, origin: apiOrigin });
  await source.next();
  await say(ready("broken", ours));
  breaks = true;
  await expect(source.next()).rejects.toThrow("the connection is gone");
  breaks = false;
  expect((await source.next()).map(({ data }) => data.title)).toEqual(["broken is ready"]);
  expect(await source.next()).toEqual([]);
});

test("a stream ends at once when its token is revoked, and when it expires", async () => {
  const gone = await serviceToken(app.db, ours.owner, "viewer");
  const brief = await serviceToken(app.db, ours.owner, "viewer");
  await superuser.query(
    "update api_tokens set expires_at = now() + interval '2 seconds' where key = $1",
    [brief.split("_")[1]],
  );
  const streamsOf = await Promise.all([opened(gone), opened(brief)]);
  const texts = streamsOf.map(async ({ reader }) => {
    let text = "";
    for (;;) {
      const read = await reader?.read();
      if (!read || read.done) return text;
      text += read.value;
    }
  });
  const grant = must(authorizeProject(ours.owner, ours.slug, "research", "project.automation"));
  const { rows } = await superuser.query("select id from api_tokens where key = $1", [
    gone.split("_")[1],
  ]);
  must(await revokeServiceToken(app.db, grant, { tokenId: rows[0].id }));
  await say(ready("too-late", ours));
  // Both end by themselves, and nothing wakes them later than that.
  expect((await Promise.all(texts))[0]).not.toContain("too-late");
  // Nor does one that has lost its role hear more: before anything is sent it is asked.
  const person = await ownToken(app.db, ours.owner);
  const last = reading(person, "tenant", ours);
  await expect
    .poll(async () => {
      await say(ready("still", ours));
      return last.titles.length;
    })
    .toBeGreaterThan(0);
  const become = (role: string) =>
    superuser.query("update tenant_members set role = $1 where user_id = $2", [
      role,
      ours.owner.userId,
    ]);
  await become("member");
  try {
    await say(ready("no-more", ours));
    await expect(last.ended).rejects.toMatchObject({ problem: { status: 403 } });
    expect(last.titles).not.toContain("no-more is ready");
  } finally {
    await become("owner");
  }
});

test("a token has so many streams at once, and is told when it wants more", async () => {
  const token = await serviceToken(app.db, ours.owner, "viewer");
  const own = await Promise.all(Array.from({ length: mostOfToken }, () => opened(token)));
  expect(own.map(({ response }) => response.status)).toEqual(own.map(() => 200));
  const { response: refused } = await opened(token);
  expect(refused.status).toBe(429);
  expect(refused.headers.get("retry-after")).toBe("30");
  expect(await refused.json()).toMatchObject({
    type: `${apiOrigin}/docs/api#problem-too_many_streams`,
  });
  const another = await opened(await serviceToken(app.db, ours.owner, "viewer"));
  expect(another.response.status).toBe(200);
  await own[0]?.reader?.cancel();
  const again = await opened(token);
  expect(again.response.status).toBe(200);
  for (const { reader } of [...own.slice(1), another, again]) await reader?.cancel();
});
