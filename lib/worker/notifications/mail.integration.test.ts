import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Connection, connect } from "#db/client";
import { notify } from "#db/queries/notifications";
import { deliveries, notifications } from "#db/schema/notifications";
import { type GivenDatabase, givenDatabase } from "#e2e/fixtures/database";
import { givenMailServer } from "#e2e/fixtures/mail-server";
import { actorOf, givenMember, givenOrganisation, givenUser } from "#e2e/fixtures/people";
import { setPreference } from "#lib/commands/set-preference";
import { createLog } from "#lib/config/log";
import { type Id, newId } from "#lib/domain/id";
import { smtpSender } from "#lib/drivers/smtp/send-mail";
import { bellView } from "#lib/views/bell";
import { createDeliverer } from "#lib/worker/notifications/deliverer";

// Mail, to a real SMTP server on loopback.

let database: GivenDatabase;
let app: Connection;
let worker: Connection;

beforeAll(async () => {
  database = await givenDatabase();
  app = connect({ url: database.url, role: "ingot_app", max: 4 });
  worker = connect({ url: database.url, role: "ingot_worker", max: 4 });
});

afterAll(async () => {
  await Promise.all([app?.pool.end(), worker?.pool.end()]);
  await database?.drop();
});

const from = "Ingot <ingot@example.com>";

test("who wants mail gets it once beside the bell, who wants nothing gets nothing, and what is refused is given up", async () => {
  const server = await givenMailServer();
  const acme = await givenOrganisation(app.db, ["vision"]);
  const [mailed, quiet, plain] = [
    await givenMember(app.db, acme, "owner"),
    await givenMember(app.db, acme, "admin"),
    await givenMember(app.db, acme, "member", { vision: "member" }),
  ];
  const left = await givenMember(app.db, acme, "admin");
  const nobody = await givenMember(app.db, acme, "admin");
  await app.pool.query("update users set email = 'nobody@example.com' where id = $1", [
    nobody.userId,
  ]);
  const kind = "environment.ready" as const;
  for (const { userId } of [mailed, left, nobody]) {
    await setPreference(app.db, await actorOf(app.db, userId), { kind, channel: "email" });
  }
  await setPreference(app.db, await actorOf(app.db, quiet.userId), { kind, channel: "off" });
  await worker.db.transaction((tx) =>
    notify(tx, {
      kind,
      audience: "project",
      tenantId: acme.tenantId,
      projectId: acme.projects.vision ?? null,
      data: {
        ...{ tenant: acme.slug, project: "vision", environment: "train" },
        environmentId: newId("environment"),
        reason: null,
      },
    }),
  );
  const mail = smtpSender({ url: `smtp://127.0.0.1:${server.port}`, from });
  const deliverer = createDeliverer({
    ...{ db: worker.db, sendMail: mail.send, privateKey: "", leaseMs: 5_000, callMs: 5_000 },
    callWebhook: () => Promise.reject(new Error("there is no webhook")),
    origin: "https://ingot.example.com",
    log: createLog("test", "fatal"),
  });
  // Between the fact and the mail they have lost what it is about.
  const outcomes = async () => {
    const rows = await worker.db
      .select({ userId: deliveries.userId, state: deliveries.state, words: deliveries.lastWords })
      .from(deliveries);
    return (userId: Id<"user">) => rows.find((row) => row.userId === userId);
  };
  const first = deliverer.poll();
  await worker.pool.query("select 1");
  await first;
  await expect
    .poll(
      async () => {
        await deliverer.poll();
        const of = await outcomes();
        return [mailed, nobody].map(({ userId }) => of(userId)?.state);
      },
      { timeout: 60_000, interval: 30 },
    )
    .toEqual(["delivered", "given_up"]);
  const of = await outcomes();
  expect(of(nobody.userId)?.words).toContain("no such mailbox");
  expect(of(plain.userId)).toBeUndefined();
  expect(of(quiet.userId)).toBeUndefined();
  const [taken] = server.taken.filter(({ to }) => to.includes(mailed.email));
  expect(server.taken.filter(({ to }) => to.includes(mailed.email))).toHaveLength(1);
  expect(taken?.text).toContain("Subject: train is ready");
  expect(taken?.text).toMatch(/Message-ID: <dlv_\w{26}@example\.com>/);
  expect(taken?.text).toContain(`https://ingot.example.com/${acme.slug}/projects/vision`);
  const bells = await Promise.all(
    [mailed, plain, quiet].map(async ({ userId }) =>
      bellView(app.db, await actorOf(app.db, userId)).then(({ unread }) => unread),
    ),
  );
  expect(bells).toEqual([1, 1, 0]);

  // Sent later, to somebody who has left meanwhile.
  await worker.pool.query(
    "update deliveries set state = 'waiting', run_after = now() where user_id = $1",
    [left.userId],
  );
  await app.db.transaction(async (tx) => {
    await tx.execute(`select set_config('app.fleet', 'write', true)`);
    await tx.execute(`delete from tenant_members where user_id = '${left.userId}'`);
  });
  const before = server.taken.length;
  await expect
    .poll(
      async () => {
        await deliverer.poll();
        return (await outcomes())(left.userId)?.state;
      },
      { timeout: 60_000, interval: 30 },
    )
    .toBe("cancelled");
  expect(server.taken.length).toBe(before);
  await deliverer.stop();
  mail.close();
  await server.close();
});

test("without a mail server nothing pretends: the bell rings, and no mail is kept", async () => {
  const { userId } = await givenUser(app.db, { operatorRole: "fleet_admin" });
  await setPreference(app.db, await actorOf(app.db, userId), {
    kind: "operation.stuck",
    channel: "email",
  });
  const data = { operationId: newId("operation"), nodeId: newId("node"), node: "n1", reason: "" };
  await worker.db.transaction((tx) =>
    notify(tx, { kind: "operation.stuck", audience: "operators", data }),
  );
  const deliverer = createDeliverer({
    ...{ db: worker.db, sendMail: null, privateKey: "", leaseMs: 5_000, callMs: 5_000 },
    callWebhook: () => Promise.reject(new Error("there is no webhook")),
    origin: "https://ingot.example.com",
    log: createLog("test", "fatal"),
  });
  await deliverer.poll();
  await deliverer.stop();
  expect((await bellView(app.db, await actorOf(app.db, userId))).unread).toBe(1);
  const [stuck] = await worker.db
    .select()
    .from(notifications)
    .where(eq(notifications.kind, "operation.stuck"));
  expect(stuck?.fannedOutAt).not.toBeNull();
  const mails = await worker.db.select().from(deliveries).where(eq(deliveries.userId, userId));
  expect(mails).toEqual([]);
});

test("a password is sent over TLS or not at all", async () => {
  const server = await givenMailServer();
  const url = `smtp://ingot:hunter2@127.0.0.1:${server.port}`;
  const mail = smtpSender({ url, from });
  const sent = mail.send({ id: "dlv_1", to: "ada@example.com", subject: "Hello", text: "Hello" });
  await expect(sent).rejects.toThrow("The mail server");
  expect(server.passwords).toEqual([]);
  expect(server.taken).toEqual([]);
  mail.close();
  await server.close();
});
