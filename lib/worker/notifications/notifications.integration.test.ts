import { eq, inArray, sql } from "drizzle-orm";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Connection, connect } from "#db/client";
import { claimDeliveries, commitDelivery } from "#db/queries/deliveries";
import { fanOut } from "#db/queries/fan-out";
import { writeHealthChanges } from "#db/queries/health-reasons";
import { notifyOfEnvironment } from "#db/queries/notifications";
import { Fenced } from "#db/queries/operations";
import { reportEnvironment } from "#db/queries/settlement";
import { auditEvents } from "#db/schema/audit-events";
import { allocations, environments } from "#db/schema/environments";
import { deliveries, notifications } from "#db/schema/notifications";
import { operations } from "#db/schema/operations";
import { tenantMembers } from "#db/schema/tenants";
import { users } from "#db/schema/users";
import { type GivenDatabase, givenDatabase } from "#e2e/fixtures/database";
import {
  asOperator,
  type GivenFleet,
  type GivenTenant,
  givenFleet,
  givenTenant,
} from "#e2e/fixtures/launchable";
import { givenLaunched } from "#e2e/fixtures/launched";
import { actorOf, givenFleetGrant, givenUser, tenantGrantOf } from "#e2e/fixtures/people";
import { newSealingKeys } from "#lib/access/sealed";
import { changeMemberRole } from "#lib/commands/change-member-role";
import { createWebhook } from "#lib/commands/create-webhook";
import { decideApproval } from "#lib/commands/decide-approval";
import { markRead } from "#lib/commands/mark-read";
import { pauseWebhook } from "#lib/commands/pause-webhook";
import { replayDelivery } from "#lib/commands/replay-delivery";
import { tryWebhook } from "#lib/commands/try-webhook";
import { createLog } from "#lib/config/log";
import { type Id, newId } from "#lib/domain/id";
import { webhookCaller } from "#lib/drivers/http-provider/call-webhook";
import {
  startWebhookServer,
  type WebhookServer,
} from "#lib/drivers/http-provider/webhook-server.test-support";
import type { SendMail } from "#lib/ports/mail";
import type { CreateWebhookInput } from "#lib/schemas/webhook";
import { bellView, notificationPage } from "#lib/views/bell";
import { webhookDetail } from "#lib/views/webhooks";
import { createHookRunner } from "#lib/worker/hooks/runner";
import { createJournal } from "#lib/worker/journal";
import { createDeliverer } from "#lib/worker/notifications/deliverer";
import { tellOfLeases } from "#lib/worker/reconcilers/tell-of-leases";

let database: GivenDatabase;
let superuser: pg.Client;
let app: Connection;
let worker: Connection;
let fleet: GivenFleet;
let receiver: WebhookServer;
const keys = newSealingKeys();
const patience = { timeout: 60_000, interval: 30 };

beforeAll(async () => {
  database = await givenDatabase();
  superuser = new pg.Client({ connectionString: database.superuserUrl });
  await superuser.connect();
  app = connect({ url: database.url, role: "ingot_app", max: 6 });
  worker = connect({ url: database.url, role: "ingot_worker", max: 8 });
  fleet = await givenFleet(app.db, { racks: [12] });
  receiver = await startWebhookServer();
});

afterAll(async () => {
  receiver?.close();
  await Promise.all([app?.pool.end(), worker?.pool.end(), superuser?.end()]);
  await database?.drop();
});

type Place = Awaited<ReturnType<typeof givenPlace>>;

/** A tenant with an owner, a member of its project, one without any, and a launched environment. */
async function givenPlace() {
  const tenant: GivenTenant = await givenTenant(app.db, { fleet, gpuLimit: 800 });
  const [owner, idler] = [await givenUser(app.db), await givenUser(app.db)];
  const { tenantId } = tenant;
  await asOperator(app.db, (tx) =>
    tx.insert(tenantMembers).values([
      { tenantId, userId: owner.userId, role: "owner" },
      { tenantId, userId: idler.userId, role: "member" },
    ]),
  );
  const connections = { app: app.db, worker: worker.db };
  const launched = await givenLaunched(connections, { fleet, tenant, nodeCount: 1 });
  const slug = tenant.actor.memberships[0]?.tenantSlug ?? "";
  const grant = await tenantGrantOf(app.db, owner.userId, slug, "tenant.webhooks");
  return { tenant, slug, owner, idler, grant, ...launched };
}

/** A webhook of the place at a path of the receiver. */
async function givenWebhook(
  { grant }: Pick<Place, "grant">,
  path: string,
  kinds: CreateWebhookInput["kinds"] = ["environment.ready"],
  form: "standard" | "slack" = "standard",
) {
  const { certificatePem } = receiver;
  const url = receiver.url(path);
  const made = await createWebhook(
    app.db,
    grant,
    { name: path, form, url, certificatePem, kinds },
    keys.publicKey,
  );
  if (!made.ok) throw new Error(JSON.stringify(made.refusal));
  receiver.secrets.set(path, made.value.secret);
  return made.value.webhookId;
}

/** So many environments have become ready, as it were. */
async function ready(id: Id<"environment">, times = 1) {
  await worker.db.transaction(async (tx) => {
    for (let i = 0; i < times; i++) {
      await notifyOfEnvironment(tx, id, (place) => [
        { kind: "environment.ready", audience: "project", data: { ...place, reason: null } },
      ]);
    }
  });
}

/** Polls as a worker does, until what is asked is so. */
async function work(
  until: () => Promise<void>,
  more: { sendMail?: SendMail; workers?: number; networks?: string[]; callMs?: number } = {},
) {
  const working = Array.from({ length: more.workers ?? 1 }, () =>
    createDeliverer({
      db: worker.db,
      callWebhook: webhookCaller({
        allowedNetworks: more.networks ?? ["127.0.0.0/8"],
        guarded: [],
      }),
      sendMail: more.sendMail ?? null,
      privateKey: keys.privateKey,
      origin: "https://ingot.example.com",
      // Long, for the receiver shares this process: one that had no time to answer was not refused.
      leaseMs: 60_000,
      callMs: more.callMs ?? 20_000,
      log: createLog("test", "fatal"),
    }),
  );
  try {
    await expect
      .poll(async () => {
        await Promise.all(working.map((each) => each.poll()));
        return until().then(
          () => "so",
          (error: Error) => error.message,
        );
      }, patience)
      .toBe("so");
  } finally {
    await Promise.all(working.map((each) => each.stop()));
  }
}

const deliveriesOf = (webhookId: Id<"webhook">) =>
  worker.db
    .select()
    .from(deliveries)
    .where(eq(deliveries.webhookId, webhookId))
    .orderBy(deliveries.id);
const theOne = async (webhookId: Id<"webhook">) => {
  const [row] = await deliveriesOf(webhookId);
  if (!row) throw new Error("no delivery yet");
  return row;
};
const titles = async (userId: Id<"user">) =>
  (await bellView(app.db, await actorOf(app.db, userId))).newest.map(({ title }) => title);

async function told(environmentId: Id<"environment">) {
  const rows = await worker.db
    .select()
    .from(notifications)
    .where(sql`${notifications.data} ->> 'environmentId' = ${environmentId}`)
    .orderBy(notifications.id);
  return rows.map(({ kind, audience }) => `${kind} to ${audience}`).sort();
}

/** Hands on all that waits, one after the other as the worker does. */
async function handOn(): Promise<void> {
  while ((await fanOut(worker.db, { mail: false })) > 0);
}

test("what became so is written with it or not at all, and rings for those who may see it", async () => {
  const place = await givenPlace();
  const { environmentId, tenant, owner, idler } = place;
  const become = (fails: boolean) =>
    worker.db.transaction(async (tx) => {
      await reportEnvironment(tx, environmentId, "claimed");
      await reportEnvironment(tx, environmentId, "succeeded");
      if (fails) throw new Error("the database went away");
    });
  await expect(become(true)).rejects.toThrow("went away");
  expect(await told(environmentId)).toEqual([]);
  await become(false);
  expect(await told(environmentId)).toEqual(["environment.ready to project"]);
  await handOn();
  expect(await titles(owner.userId)).toEqual(["train is ready"]);
  expect(await titles(tenant.userId)).toEqual(["train is ready"]);
  expect(await titles(idler.userId)).toEqual([]);
  const stranger = await givenPlace();
  expect(await titles(stranger.owner.userId)).toEqual([]);

  const actor = await actorOf(app.db, owner.userId);
  expect((await bellView(app.db, actor)).unread).toBe(1);
  const [shown] = (await notificationPage(app.db, actor, { show: "unread" })).items;
  // What is another's cannot be read away.
  await markRead(app.db, stranger.tenant.actor, { notificationId: "all" });
  expect((await bellView(app.db, actor)).unread).toBe(1);
  await markRead(app.db, actor, { notificationId: shown?.id ?? "all" });
  expect((await bellView(app.db, actor)).unread).toBe(0);
  expect((await notificationPage(app.db, actor, { show: "unread" })).items).toEqual([]);
});

test("a membership that has ended takes its notifications along, but for the one that says so", async () => {
  const { environmentId, tenant, slug, owner } = await givenPlace();
  await ready(environmentId);
  const edit = await tenantGrantOf(app.db, owner.userId, slug, "member.edit");
  const { tenantId, userId } = tenant;
  await changeMemberRole(app.db, edit, tenantId, { userId, role: "viewer" });
  await handOn();
  const viewer = [`You are viewer of ${slug}`, "train is ready"];
  expect(await titles(userId)).toEqual(viewer);
  await superuser.query(
    "update tenant_members set until = now() - interval '1 second' where user_id = $1",
    [userId],
  );
  expect(await titles(userId)).toEqual([`You are viewer of ${slug}`]);
  expect((await bellView(app.db, await actorOf(app.db, userId))).unread).toBe(1);
});

test("two workers send each message once, signed, and to its own tenant alone", async () => {
  const place = await givenPlace();
  const other = await givenPlace();
  const ours = await givenWebhook(place, "/ours");
  const theirs = await givenWebhook(other, "/theirs");
  await ready(place.environmentId, 12);
  await work(
    async () => {
      const states = (await deliveriesOf(ours)).map(({ state }) => state);
      expect(states).toEqual(Array(12).fill("delivered"));
    },
    { workers: 2 },
  );
  expect((await deliveriesOf(ours)).map(({ attempt }) => attempt)).toEqual(Array(12).fill(1));
  const got = receiver.received("/ours");
  expect(got.map(({ id }) => id).sort()).toEqual((await deliveriesOf(ours)).map(({ id }) => id));
  expect(got.every(({ isSigned }) => isSigned)).toBe(true);
  expect(got[0]?.body).toMatchObject({
    type: "environment.ready",
    data: {
      title: "train is ready",
      environment: "train",
      url: `https://ingot.example.com/${place.slug}/projects/research/environments/${place.environmentId}`,
    },
  });
  expect(await deliveriesOf(theirs)).toEqual([]);

  // Nor does the other tenant see or repeat what is not theirs.
  const { id: deliveryId } = await theOne(ours);
  expect(await webhookDetail(app.db, other.grant, ours, undefined)).toBeNull();
  expect((await webhookDetail(app.db, place.grant, ours, undefined))?.deliveries).toHaveLength(12);
  const nothing = { ok: false, refusal: { kind: "not_found" } };
  expect(await replayDelivery(app.db, other.grant, { deliveryId })).toMatchObject(nothing);
  expect(await tryWebhook(app.db, other.grant, { webhookId: ours })).toMatchObject(nothing);
  const operator = await givenFleetGrant(app.db, "webhook.edit");
  expect(await tryWebhook(app.db, operator, { webhookId: ours })).toMatchObject(nothing);
});

test("a worker that dies while it sends leaves the message to the next, under the same id", async () => {
  const place = await givenPlace();
  const webhookId = await givenWebhook(place, "/dying");
  await ready(place.environmentId);
  await handOn();
  const claim = async (leaseMs: number) =>
    (await claimDeliveries(worker.db, { channel: "webhook", leaseMs, limit: 100 })).find(
      (each) => each.webhookId === webhookId,
    );
  const first = await claim(60_000);
  if (!first) throw new Error("nothing was claimed");
  expect(await claim(60_000)).toBeUndefined();
  const expire = () =>
    superuser.query("update deliveries set lease_until = now() - interval '1 s'");
  await expire();
  expect((await claim(60_000))?.id).toBe(first.id);
  const late = { state: "given_up", status: 500, words: "", tookMs: 1 } as const;
  await expect(commitDelivery(worker.db, first, late)).rejects.toThrow(Fenced);
  await expire();
  await work(async () => expect((await theOne(webhookId)).state).toBe("delivered"));
  expect(receiver.received("/dying").map(({ id }) => id)).toEqual([first.id]);
  expect((await theOne(webhookId)).state).toBe("delivered");
});

test("a receiver that hangs or leads elsewhere is tried again; after a day of 500 it is given up, and sent by hand", async () => {
  const place = await givenPlace();
  const outcome = async (id: Id<"webhook">) => {
    const { state, lastWords, lastStatus } = await theOne(id);
    return `${state}: ${lastStatus} ${lastWords}`;
  };
  // Alone, for whatever else is told has time to answer.
  const hanging = await givenWebhook(place, "/hanging");
  receiver.replies.set("/hanging", () => {});
  await ready(place.environmentId);
  await work(async () => expect((await theOne(hanging)).lastAt).not.toBeNull(), { callMs: 1_000 });
  expect(await outcome(hanging)).toMatch(/^waiting: null No whole answer within/);

  const leading = await givenWebhook(place, "/leading");
  const failing = await givenWebhook(place, "/failing");
  const gone = await givenWebhook(place, "/gone");
  const slack = await givenWebhook(place, "/slack", ["environment.ready"], "slack");
  receiver.replies.set("/leading", (response) =>
    response.writeHead(302, { location: receiver.url("/inside") }).end(),
  );
  receiver.replies.set("/failing", (response) => response.writeHead(500).end());
  receiver.replies.set("/gone", (response) => response.writeHead(410).end());
  await ready(place.environmentId);
  const all = [leading, failing, gone, slack];
  await work(async () => {
    const rows = await worker.db
      .select()
      .from(deliveries)
      .where(inArray(deliveries.webhookId, all));
    expect(rows.filter(({ lastAt }) => lastAt !== null)).toHaveLength(all.length);
  });
  expect(await outcome(leading)).toBe(
    "waiting: 302 It answered with a redirect (302), which is never followed.",
  );
  expect(receiver.received("/inside")).toEqual([]);
  expect(await outcome(gone)).toMatch(/^given_up: 410/);
  expect(await outcome(slack)).toBe("delivered: 204 It answered 204.");
  expect(receiver.received("/slack")[0]?.body).toEqual({
    text: expect.stringMatching(
      /^\*train is ready\*\n<https:\/\/ingot\.example\.com\/.*\|Open in Ingot>$/,
    ),
  });
  expect(await outcome(failing)).toBe("waiting: 500 It answered 500.");
  const waits = await superuser.query(
    `select run_after between now() - interval '1 min' and now() + interval '10 s' as soon,
       give_up_at between now() + interval '23 h' and now() + interval '24 h' as day
     from deliveries where webhook_id = $1`,
    [failing],
  );
  expect(waits.rows).toEqual([{ soon: true, day: true }]);

  // The day has passed, and the last try comes to the same.
  await superuser.query(
    "update deliveries set run_after = now(), give_up_at = now() where webhook_id = $1",
    [failing],
  );
  await work(async () => expect(await outcome(failing)).toBe("given_up: 500 It answered 500."));
  receiver.replies.delete("/failing");
  const { id: deliveryId } = await theOne(failing);
  await pauseWebhook(app.db, place.grant, { webhookId: failing, paused: true });
  const refused = await replayDelivery(app.db, place.grant, { deliveryId });
  expect(refused).toMatchObject({ ok: false, refusal: { kind: "not_now" } });
  await pauseWebhook(app.db, place.grant, { webhookId: failing, paused: false });
  expect((await replayDelivery(app.db, place.grant, { deliveryId })).ok).toBe(true);
  await work(async () => expect((await theOne(failing)).state).toBe("delivered"));
  expect(new Set(receiver.received("/failing").map(({ id }) => id))).toEqual(new Set([deliveryId]));
  const acts = await asOperator(app.db, (tx) =>
    tx.select().from(auditEvents).where(eq(auditEvents.objectId, failing)).orderBy(auditEvents.id),
  );
  expect(acts.map(({ action }) => action)).toEqual([
    "webhook.create",
    "webhook.pause",
    "webhook.resume",
    "webhook.replay",
  ]);
});

test("a webhook in a network that is not allowed is sent nothing, and says why; a test goes to it alone", async () => {
  const place = await givenPlace();
  const inner = await givenWebhook(place, "/inner");
  const beside = await givenWebhook(place, "/beside", ["environment.ready"]);
  await tryWebhook(app.db, place.grant, { webhookId: inner });
  await work(async () => expect((await theOne(inner)).lastAt).not.toBeNull(), {
    networks: ["0.0.0.0/0", "2000::/3"],
  });
  expect((await theOne(inner)).lastWords).toBe(
    "127.0.0.1 is not in a network that webhooks may be in.",
  );
  expect(receiver.received("/inner")).toEqual([]);
  expect(await deliveriesOf(beside)).toEqual([]);
});

test("health, leases, stuck operations: each is told once, operators and tenants in their own words", async () => {
  const { environmentId, owner, nodeIds } = await givenPlace();
  const operator = await givenFleetGrant(app.db, "webhook.edit");
  await givenWebhook({ grant: operator as unknown as Place["grant"] }, "/watching", [
    "health.critical",
    "operation.stuck",
  ]);
  const [held] = await worker.db
    .select()
    .from(allocations)
    .where(eq(allocations.environmentId, environmentId));
  const [nodeId] = nodeIds;
  if (!held || !nodeId) throw new Error("nothing is held");
  const atMs = held.startedAt.getTime() + 1_000;
  const of = { nodeId, allocationId: held.id, gpu: 3, uuid: null, code: "xid_79" as const };
  const seen = { kind: "seen" as const, sinceMs: atMs, atMs, occurrences: 1, evidence: {} };
  await writeHealthChanges(worker.db, [{ ...of, ...seen }]);
  await writeHealthChanges(worker.db, [{ ...of, ...seen, atMs: atMs + 10 }]);
  expect(await told(environmentId)).toHaveLength(2);
  // Once more after an operator acknowledged it, operators are asked anew: by the next, and once.
  await superuser.query(
    `insert into health_handlings (reason_id, acknowledged_at, acknowledged_by, acknowledged_count)
     select id, now(), 'Olga', count from health_reasons where node_id = $1`,
    [nodeId],
  );
  await writeHealthChanges(worker.db, [{ ...of, ...seen, occurrences: 0, atMs: atMs + 12 }]);
  expect(await told(environmentId)).toHaveLength(2);
  await writeHealthChanges(worker.db, [{ ...of, ...seen, atMs: atMs + 14 }]);
  await writeHealthChanges(worker.db, [{ ...of, ...seen, atMs: atMs + 16 }]);
  await writeHealthChanges(worker.db, [{ ...of, kind: "quiet", atMs: atMs + 20 }]);
  await superuser.query(
    "update environments set ends_at = now() + interval '3 h', created_at = now() - interval '3 d' where id = $1",
    [environmentId],
  );
  await tellOfLeases(worker.db);
  await tellOfLeases(worker.db);
  expect(await told(environmentId)).toEqual([
    "health.critical to operators",
    "health.critical to operators",
    "health.critical to project",
    "health.recovered to operators",
    "health.recovered to project",
    "lease.ending to project",
  ]);
  await superuser.query("update environments set ends_at = now() + interval '5 h' where id = $1", [
    environmentId,
  ]);
  await tellOfLeases(worker.db);
  expect(await told(environmentId)).toHaveLength(7);
  await superuser.query("update environments set ends_at = null where id = $1", [environmentId]);

  const [part] = await worker.db
    .update(operations)
    .set({ state: "running", step: "boot" })
    .where(eq(operations.nodeId, nodeId))
    .returning();
  if (!part) throw new Error("nothing is under way");
  const journal = createJournal({ db: worker.db });
  await journal.park(part, "no step forward", 1_000, "stuck");
  await worker.db.update(operations).set({ state: "running" }).where(eq(operations.id, part.id));
  await journal.park(part, "no step forward", 1_000, "stuck");
  await work(async () => expect(receiver.received("/watching")).toHaveLength(3));
  const bodies = receiver.received("/watching").map(({ body }) => body);
  expect(bodies).toMatchObject([
    { type: "health.critical", data: { nodeId, gpu: 3 } },
    { type: "health.critical", data: { nodeId, gpu: 3 } },
    { type: "operation.stuck", data: { reason: "no step forward" } },
  ]);
  const shown = await titles(owner.userId);
  expect(shown).toEqual([
    "The lease of train ends soon",
    "The lease of train ends soon",
    `GPU 3 of ${held.hostname} of train has recovered`,
    `GPU 3 of ${held.hostname} of train is not well`,
  ]);
  const [mine] = await app.db
    .select({ id: users.id })
    .from(users)
    .where(sql`${users.id} = ${operator.actorId}`);
  expect((await titles(mine?.id ?? owner.userId)).length).toBeGreaterThanOrEqual(3);
  const [still] = await worker.db
    .select({ state: environments.state })
    .from(environments)
    .where(eq(environments.id, environmentId));
  expect(still?.state).toBe("queued");
});

test("an approval is asked of those who decide it, once, and its end is told to the project", async () => {
  const { environmentId, operationId, tenant, slug, owner, idler } = await givenPlace();
  const hookRunId = newId("hookRun");
  const definition = {
    ...{ name: "budget", point: "after_allocate", kind: "approval", seconds: 3_600 },
    ...{ approvers: { kind: "tenant_admins", emails: [] }, onFailure: "abort", retries: 0 },
  };
  await superuser.query(
    `insert into hook_runs (id, tenant_id, project_id, environment_id, operation_id, name, point,
       position, definition, is_gate, input)
     values ($1, $2, $3, $4, $5, 'budget', 'after_allocate', 0, $6, true, '{}')`,
    [
      ...[hookRunId, tenant.tenantId, tenant.projectId, environmentId, operationId],
      JSON.stringify(definition),
    ],
  );
  const runner = createHookRunner({
    db: worker.db,
    callProvider: () => Promise.reject(new Error("nobody is called")),
    askUrl: () => Promise.reject(new Error("nobody is called")),
    ...{ privateKey: "", bootSecret: "", leaseMs: 5_000, log: createLog("test", "fatal") },
  });
  const looked = async () => {
    await runner.poll();
    return told(environmentId);
  };
  await expect.poll(looked, patience).toEqual(["approval.asked to tenant_admins"]);
  await superuser.query("update hook_runs set run_after = now() where id = $1", [hookRunId]);
  await runner.poll();
  await runner.stop();
  const grant = await tenantGrantOf(app.db, owner.userId, slug, "approval.answer");
  const words = "Too dear this month";
  const decided = await decideApproval(app.db, grant, { hookRunId, decision: "refuse", words });
  expect(decided.ok).toBe(true);
  expect(await told(environmentId)).toEqual([
    "approval.asked to tenant_admins",
    "approval.decided to project",
  ]);
  await handOn();
  const asked = "train waits for an approval";
  expect(await titles(owner.userId)).toEqual(["train: budget is refused", asked]);
  expect(await titles(tenant.userId)).toEqual(["train: budget is refused"]);
  expect(await titles(idler.userId)).toEqual([]);
});
