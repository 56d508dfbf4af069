import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pruneAnswers } from "#db/queries/api-answers";
import { clientOf, givenApiTenant, ownToken, serviceToken } from "#e2e/fixtures/api";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { givenFleet } from "#e2e/fixtures/launchable";

// A write that is sent again with its Idempotency-Key, since its answer was lost on the way.

let db: GivenConnections;
let superuser: pg.Client;
let ours: Awaited<ReturnType<typeof givenApiTenant>>;
let token: string;
let ask: ReturnType<typeof clientOf>;

beforeAll(async () => {
  db = await givenConnections();
  superuser = new pg.Client({ connectionString: db.superuserUrl });
  await superuser.connect();
  ours = await givenApiTenant(db.app, await givenFleet(db.app, { racks: [1] }));
  token = await ownToken(db.app, ours.owner);
  ask = clientOf(db.app, token);
});
afterAll(async () => {
  await superuser?.end();
  await db?.close();
});

const newKey = () => ({ "idempotency-key": randomUUID() });
const project = (slug: string, headers = newKey(), by = ask) =>
  by("createProject", { params: { tenant: ours.slug }, body: { slug, name: slug }, headers });

test("it is done once, and answered as it was", async () => {
  const headers = newKey();
  const first = await project("once", headers);
  expect(first.status).toBe(200);
  expect(await project("once", headers)).toMatchObject({ status: 200, value: first.value });
  expect((await project("once")).problem.title).toBe("The name is taken");
  // Another owner may have chosen the same key.
  const another = await givenApiTenant(db.app, await givenFleet(db.app, { racks: [1] }));
  const theirs = clientOf(db.app, await ownToken(db.app, another.owner));
  const params = { tenant: another.slug };
  const body = { slug: "once", name: "once" };
  const made = await theirs("createProject", { params, body, headers });
  expect(made.status).toBe(200);
  expect(made.value).not.toEqual(first.value);
});

test("the same key with another body, or from a token that had no part in it, is refused", async () => {
  const headers = newKey();
  await project("reused", headers);
  expect(await project("reused-2", headers)).toMatchObject({
    status: 422,
    problem: { title: "The Idempotency-Key was used for something else" },
  });
  const again = clientOf(db.app, await ownToken(db.app, ours.owner));
  expect((await project("reused", headers, again)).status).toBe(422);
});

test("what was refused has changed nothing, and the key is still good", async () => {
  const headers = newKey();
  const member = clientOf(db.app, await serviceToken(db.app, ours.owner, "member"));
  const params = { ...ours.place, environment: "env_01k00000000000000000000000" };
  const lease = () => member("setLease", { params, body: { leaseHours: 1 }, headers });
  expect((await lease()).status).toBe(404);
  expect((await lease()).status).toBe(404);
  await project("taken");
  expect((await project("taken", headers)).status).toBe(409);
  expect((await project("free", headers)).status).toBe(200);
});

test("of two at once one does it, and the other is told that nobody knows yet", async () => {
  const headers = newKey();
  const answers = await Promise.all([1, 2, 3].map(() => project("raced", headers)));
  const statuses = answers.map(({ status }) => status);
  expect(statuses).toContain(200);
  expect(statuses.filter((status) => status !== 200 && status !== 409)).toEqual([]);
  for (const { value } of answers) {
    if (value) expect(value).toEqual(answers.find(({ status }) => status === 200)?.value);
  }
  // Killed between the act and its answer.
  await superuser.query("update api_answers set status = null, answer = null");
  expect(await project("raced", headers)).toMatchObject({
    status: 409,
    problem: { detail: expect.stringContaining("has no answer yet") },
  });
});

test("a secret is told once, and is not kept", async () => {
  const headers = newKey();
  const body = {
    ...{ name: "Pager", url: "https://hooks.example.com/in/hidden-path" },
    ...{ form: "standard" as const, kinds: ["environment.failed" as const] },
  };
  const params = { tenant: ours.slug };
  const made = await ask("createWebhook", { params, body, headers });
  expect(made.value.secret).toMatch(/^whsec_/);
  expect(await ask("createWebhook", { params, body, headers })).toMatchObject({
    status: 409,
    problem: { title: "It was done, and its secret told" },
  });
  expect((await ask("listWebhooks", { params })).value.items).toHaveLength(1);
  const kept = await superuser.query("select * from api_answers");
  expect(JSON.stringify(kept.rows)).not.toMatch(/whsec_|hidden-path/);
});

test("nobody reads another's answers, and after a day they are gone", async () => {
  const seen = await db.app.execute(sql`select * from api_answers`);
  expect(seen.rows).toEqual([]);
  await superuser.query("update api_answers set asked_at = now() - interval '25 hours'");
  await pruneAnswers(db.worker);
  expect((await superuser.query("select * from api_answers")).rows).toEqual([]);
});
