import { eq } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Connection, connect } from "#db/client";
import { notify } from "#db/queries/notifications";
import { deliveries } from "#db/schema/notifications";
import { type GivenDatabase, givenDatabase } from "#e2e/fixtures/database";
import { givenMailServer } from "#e2e/fixtures/mail-server";
import {
  actorOf,
  type GivenOrganisation,
  givenMember,
  givenOrganisation,
} from "#e2e/fixtures/people";
import { setMailTimes } from "#lib/commands/set-mail-times";
import { setPreference } from "#lib/commands/set-preference";
import { createLog } from "#lib/config/log";
import { type Id, newId } from "#lib/domain/id";
import type { PersonalChannel } from "#lib/domain/notification/delivery";
import { smtpSender } from "#lib/drivers/smtp/send-mail";
import { setMailTimesInput, setPreferenceInput } from "#lib/schemas/notification";
import { mailTimesView } from "#lib/views/preferences";
import { createDeliverer, type DeliveryTools } from "#lib/worker/notifications/deliverer";

// Quiet hours and digests, with mail to a real SMTP server on loopback. The clock is the database's:
// what is not due yet is made due by its row.

let database: GivenDatabase;
let app: Connection;
let worker: Connection;
let acme: GivenOrganisation;
let server: Awaited<ReturnType<typeof givenMailServer>>;
let mail: ReturnType<typeof smtpSender>;

beforeAll(async () => {
  database = await givenDatabase();
  app = connect({ url: database.url, role: "ingot_app", max: 4 });
  worker = connect({ url: database.url, role: "ingot_worker", max: 4 });
  acme = await givenOrganisation(app.db, ["vision"]);
});
beforeEach(async () => {
  server = await givenMailServer();
  mail = smtpSender({ url: `smtp://127.0.0.1:${server.port}`, from: "Ingot <ingot@example.com>" });
});
afterEach(async () => {
  mail.close();
  await server.close();
});
afterAll(async () => {
  await Promise.all([app?.pool.end(), worker?.pool.end()]);
  await database?.drop();
});

const kinds = ["environment.ready", "environment.failed", "lease.ended"] as const;

/** An admin of the tenant who is told of environments by this. */
async function givenPerson(channel: PersonalChannel) {
  const person = await givenMember(app.db, acme, "admin");
  const actor = await actorOf(app.db, person.userId);
  for (const kind of kinds) await setPreference(app.db, actor, { kind, channel });
  return { ...person, actor };
}

/** Quiet hours around now, by clocks in UTC: from an hour ago, for two hours. */
function quietNow() {
  const minute = new Date().getUTCHours() * 60 + new Date().getUTCMinutes();
  const of = (plus: number) => (minute + plus + 1_440) % 1_440;
  return { timeZone: "UTC", quiet: { from: of(-60), until: of(60) }, digestAt: of(600) };
}

async function happen(...names: [(typeof kinds)[number], string][]) {
  await worker.db.transaction((tx) =>
    notify(
      tx,
      ...names.map(([kind, environment]) => ({
        ...{ kind, audience: "project" as const, tenantId: acme.tenantId },
        projectId: acme.projects.vision ?? null,
        data: {
          ...{ tenant: acme.slug, project: "vision", environment, reason: null },
          environmentId: newId("environment"),
        },
      })),
    ),
  );
}

const delivererOf = (tools: Partial<DeliveryTools> = {}) =>
  createDeliverer({
    ...{ db: worker.db, sendMail: mail.send, privateKey: "", leaseMs: 60_000, callMs: 5_000 },
    callWebhook: () => Promise.reject(new Error("there is no webhook")),
    origin: "https://ingot.example.com",
    log: createLog("test", "silent"),
    ...tools,
  });

const rowsOf = (userId: Id<"user">) =>
  worker.db.select().from(deliveries).where(eq(deliveries.userId, userId)).orderBy(deliveries.id);
const statesOf = async (userId: Id<"user">) => (await rowsOf(userId)).map(({ state }) => state);
const mailsTo = (email: string) => server.taken.filter(({ to }) => to.includes(email));

/** The worker works until this holds. */
async function work(done: () => Promise<unknown>, tools: Partial<DeliveryTools> = {}) {
  const deliverer = delivererOf(tools);
  await expect
    .poll(
      async () => {
        await deliverer.poll();
        return done();
      },
      { timeout: 60_000, interval: 30 },
    )
    .toBe(true);
  await deliverer.stop();
}

/** What waits has come to its time; it keeps being part of its digest. */
const makeDue = (userId: Id<"user">) =>
  worker.pool.query(
    "update deliveries set run_after = now() - interval '1 minute', lease_until = null where user_id = $1 and state = 'waiting'",
    [userId],
  );
const isMinutesAway = (at: Date | null | undefined, minutes: number) =>
  Math.abs((at?.getTime() ?? 0) - Date.now() - minutes * 60_000) < 3 * 60_000;

test("in quiet hours mail waits for their end, and what is done to one's sign-in does not", async () => {
  const { userId, email, actor } = await givenPerson("email");
  await setPreference(app.db, actor, { kind: "account.changed", channel: "email" });
  await setMailTimes(app.db, actor, quietNow());
  await happen(["environment.ready", "train"]);
  const data = { what: "password_changed" as const, name: null, by: null };
  await worker.db.transaction((tx) =>
    notify(tx, { kind: "account.changed", audience: "person", userId, data }),
  );
  await work(async () => mailsTo(email).length > 0);
  expect(await statesOf(userId)).toEqual(["waiting", "delivered"]);
  expect(mailsTo(email)[0]?.text).toContain("password");
  const [held] = await rowsOf(userId);
  expect(isMinutesAway(held?.runAfter, 60)).toBe(true);
  expect(isMinutesAway(held?.giveUpAt, 60 + 24 * 60)).toBe(true);

  // Come to its time it is sent, once; had the hours been made longer meanwhile it would wait on.
  await makeDue(userId);
  await work(async () => isMinutesAway((await rowsOf(userId))[0]?.runAfter, 60));
  const [again] = await rowsOf(userId);
  expect(again).toMatchObject({ state: "waiting", attempt: 0 });
  expect(again?.lastWords).toContain("quiet hours");
  expect(mailsTo(email)).toHaveLength(1);
  await setMailTimes(app.db, actor, { ...quietNow(), quiet: null });
  await makeDue(userId);
  await work(async () => (await statesOf(userId))[0] === "delivered");
  expect(mailsTo(email).map(({ text }) => text.includes("train is ready"))).toEqual([false, true]);
});

test("a digest is one mail a day, without what its reader may no longer see", async () => {
  const { userId, email, actor } = await givenPerson("digest");
  await setMailTimes(app.db, actor, { ...quietNow(), quiet: null });
  await happen(
    ["environment.ready", "one"],
    ["environment.failed", "two"],
    ["lease.ended", "three"],
  );
  await work(async () => (await rowsOf(userId)).length === 3);
  const rows = await rowsOf(userId);
  expect(new Set(rows.map(({ digestAt }) => digestAt?.getTime())).size).toBe(1);
  expect(isMinutesAway(rows[0]?.digestAt, 600)).toBe(true);
  expect(mailsTo(email)).toEqual([]);

  // They want nothing of one kind any more.
  await setPreference(app.db, actor, { kind: "lease.ended", channel: "off" });
  await makeDue(userId);
  await work(async () => !(await statesOf(userId)).includes("waiting"));
  expect((await statesOf(userId)).sort()).toEqual(["cancelled", "delivered", "delivered"]);
  const [only] = mailsTo(email);
  expect(mailsTo(email)).toHaveLength(1);
  expect(only?.text).toContain("Subject: Daily digest: 2 notifications");
  for (const words of ["one is ready.", "two failed."]) expect(only?.text).toContain(words);
  expect(only?.text).not.toContain("three");
});

test("a worker that dies with a digest sent leaves it to the next under the same id; none is sent without the rest", async () => {
  const { userId, email, actor } = await givenPerson("digest");
  await setMailTimes(app.db, actor, { ...quietNow(), quiet: null });
  await happen(
    ["environment.ready", "one"],
    ["environment.failed", "two"],
    ["lease.ended", "three"],
  );
  await work(async () => (await rowsOf(userId)).length === 3);
  await makeDue(userId);

  // The server is away: all of it waits for the next try.
  const away = await givenMailServer({
    onRcptTo: (_address, _session, done) =>
      done(Object.assign(new Error("try again later"), { responseCode: 451 })),
  });
  const sender = smtpSender({ url: `smtp://127.0.0.1:${away.port}`, from: "a@example.com" });
  await work(async () => (await rowsOf(userId)).every(({ attempt }) => attempt === 1), {
    sendMail: sender.send,
  });
  sender.close();
  await away.close();
  const waiting = await rowsOf(userId);
  expect(new Set(waiting.map(({ runAfter }) => runAfter.getTime())).size).toBe(1);
  expect(waiting.map(({ state }) => state)).toEqual(Array(3).fill("waiting"));

  await makeDue(userId);
  const dies: DeliveryTools["witness"] = (moment) => {
    if (moment === "after_effect") throw new Error("killed");
  };
  const dead = delivererOf({ witness: dies });
  await expect
    .poll(
      async () => {
        await dead.poll();
        return mailsTo(email).length;
      },
      { timeout: 60_000, interval: 30 },
    )
    .toBe(1);
  await dead.stop();
  expect(await statesOf(userId)).toEqual(Array(3).fill("waiting"));
  await makeDue(userId);
  await work(async () => (await statesOf(userId)).every((state) => state === "delivered"));
  const sent = mailsTo(email).map(({ text }) => /Message-ID: <(\S+)>/.exec(text)?.[1]);
  expect(sent).toHaveLength(2);
  expect(new Set(sent).size).toBe(1);
  const all = ["one is ready.", "two failed.", "three is over."];
  for (const { text } of mailsTo(email)) for (const words of all) expect(text).toContain(words);
});

test("times are kept for their person alone, and what is none is refused in words", async () => {
  const [ada, bob] = [await givenPerson("email"), await givenPerson("email")];
  const times = { timeZone: "Europe/Berlin", quiet: { from: 1_320, until: 420 }, digestAt: 540 };
  await setMailTimes(app.db, ada.actor, times);
  expect(await mailTimesView(app.db, ada.actor)).toMatchObject({ times, isChosen: true });
  expect(await mailTimesView(app.db, bob.actor)).toMatchObject({ isChosen: false });
  for (const [wrong, words] of [
    [{ ...times, timeZone: "Mars/Olympus" }, /time zone by its name/],
    [{ ...times, digestAt: 1_440 }, /1439|less/],
  ] as const) {
    expect(setMailTimesInput.safeParse(wrong).error?.issues[0]?.message).toMatch(words);
  }
  expect(
    await setMailTimes(app.db, bob.actor, { ...times, quiet: { from: 60, until: 60 } }),
  ).toMatchObject({
    refusal: { fields: { "quiet.until": expect.stringContaining("end at another time") } },
  });
  const late = setPreferenceInput.safeParse({ kind: "account.changed", channel: "digest" });
  expect(late.error?.issues[0]?.message).toContain("too late");
});
