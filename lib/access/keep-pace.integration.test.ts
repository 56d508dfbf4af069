import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditEvents } from "#db/schema/audit-events";
import { clientOf, givenApiTenant, letPass, ownToken, serviceToken } from "#e2e/fixtures/api";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { asOperator, type GivenFleet, givenFleet } from "#e2e/fixtures/launchable";
import { countRead, keepPace } from "#lib/access/keep-pace";
import { mostPerMinute } from "#lib/domain/access/pace";
import { newId } from "#lib/domain/id";
import { refusalMessage } from "#lib/domain/refusal";

let db: GivenConnections;

let fleet: GivenFleet;
let tenant: Awaited<ReturnType<typeof givenApiTenant>>;

beforeAll(async () => {
  db = await givenConnections();
  fleet = await givenFleet(db.app, { racks: [8] });
  tenant = await givenApiTenant(db.app, fleet);
});
afterAll(() => db?.close());

const person = () => {
  const how = { requestId: "req", ipAddress: "10.0.0.7", memberships: [] };
  return { userId: newId("user"), name: "Ada", ...how };
};

/** How often a caller tries, all at once, and how often that is let through. */
async function letThrough(
  tries: number,
  caller: ReturnType<typeof person>,
  by: "page" | "token" = "page",
) {
  const all = await Promise.all(Array.from({ length: tries }, () => keepPace(db.app, caller, by)));
  return all.filter((refusal) => !refusal).length;
}

// Guarantee: at the same moment or one after the other, no more than so many in a minute that is counted.
test("of a hundred changes at once sixty are let through, and after a minute sixty more", async () => {
  const [ada, ben] = [person(), person()];
  expect(await letThrough(100, ada)).toBe(mostPerMinute.change);
  expect(await letThrough(1, ben)).toBe(1);
  await letPass(db.app, "50 seconds");
  const refusal = await keepPace(db.app, ada, "page");
  expect(refusal).toMatchObject({ kind: "too_fast", what: "change" });
  expect(refusal?.retryAfterSeconds).toBeLessThanOrEqual(10);
  expect(refusal && refusalMessage(refusal)).toMatch(
    /^That was more than 60 changes within a minute\. Wait (a second|\d+ seconds) and do it again\.$/,
  );
  // What was refused has not made the wait longer.
  await letPass(db.app, "11 seconds");
  expect(await letThrough(100, ada)).toBe(mostPerMinute.change);
});

test("a token at its limit does not keep its person from revoking it", async () => {
  const ada = person();
  expect(await letThrough(100, ada, "token")).toBe(mostPerMinute.change);
  expect(await letThrough(1, ada, "page")).toBe(1);
});

test("a token that changes too much is told when to go on, and may read and ask meanwhile", async () => {
  const call = clientOf(db.app, await ownToken(db.app, tenant.owner));
  const nothing = { tenant: tenant.slug, webhook: newId("webhook") };
  const remove = () => call("removeWebhook", { params: nothing });
  for (let change = 0; change < mostPerMinute.change; change++) {
    expect((await remove()).status).toBe(404);
  }
  const { status, headers, problem } = await remove();
  expect(status).toBe(429);
  expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
  expect(problem).toMatchObject({ title: "Too much at once" });
  expect((await call("listEnvironments", { params: tenant.place })).status).toBe(200);
  const wanted = { templateVersionId: fleet.templateVersionId, counts: { workers: 1 } };
  const asked = { ...wanted, imageId: fleet.imageId, name: "train" };
  expect((await call("preflight", { params: tenant.place, body: asked })).status).toBe(200);
  // Another token of the same person is the same person; a service account is another caller.
  const second = clientOf(db.app, await ownToken(db.app, tenant.owner));
  const hold = { params: tenant.place, body: wanted };
  expect((await second("placeHold", hold)).status).toBe(429);
  const robot = clientOf(db.app, await serviceToken(db.app, tenant.owner, "admin"));
  expect((await robot("placeHold", hold)).status).not.toBe(429);
});

// Guarantee: a second token reads no more; a person's pages and other callers are not kept back by it.
test("a person's tokens together read six hundred times a minute, their pages as often besides, and all are told how many are left", async () => {
  await letPass(db.app, "61 seconds");
  const [one, two] = [
    clientOf(db.app, await ownToken(db.app, tenant.owner)),
    clientOf(db.app, await ownToken(db.app, tenant.owner)),
  ];
  expect((await one("getMe")).headers.get("ratelimit")).toMatch(/, "read";r=599;t=\d+$/);
  expect((await two("getMe")).headers.get("ratelimit")).toMatch(/, "read";r=598;t=\d+$/);
  const read = (by: "page" | "token", times: number) =>
    Promise.all(Array.from({ length: times }, () => countRead(db.app, tenant.owner, by)));
  expect((await read("token", 597)).filter(({ tooFast }) => tooFast)).toEqual([]);
  expect((await two("listEnvironments", { params: tenant.place })).status).toBe(200);
  for (const ask of [one, two]) {
    const refused = await ask("getMe");
    expect(refused).toMatchObject({ status: 429, problem: { title: "Too much at once" } });
    expect(refused.problem.detail).toMatch(/^That was more than 600 reads within a minute\. Wait/);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(refused.headers.get("ratelimit")).toMatch(/, "read";r=0;t=\d+$/);
  }
  // What a page's scripts ask for is counted by itself.
  expect((await read("page", 600)).filter(({ tooFast }) => tooFast)).toEqual([]);
  expect((await read("page", 1))[0]?.tooFast).toMatchObject({ what: "read" });
  // Neither is a change kept back, nor another caller.
  const nothing = { tenant: tenant.slug, webhook: newId("webhook") };
  expect((await one("removeWebhook", { params: nothing })).status).toBe(404);
  const robot = clientOf(db.app, await serviceToken(db.app, tenant.owner, "viewer"));
  expect((await robot("getMe")).status).toBe(200);
  await letPass(db.app, "61 seconds");
  expect((await two("getMe")).status).toBe(200);
});

test("whoever asks too often is written down once in that minute: who, from where, and how", async () => {
  const ada = person();
  await letThrough(70, ada, "token");
  await letPass(db.app, "61 seconds");
  await letThrough(70, ada, "page");
  const written = await asOperator(db.app, (tx) =>
    tx.select().from(auditEvents).where(eq(auditEvents.actorId, ada.userId)),
  );
  const event = { action: "request.pace", outcome: "denied", ipAddress: "10.0.0.7" };
  expect(written.sort((a, b) => a.at.getTime() - b.at.getTime())).toMatchObject([
    { ...event, detail: { place: "own", what: "change", by: "token", most: 60 } },
    { ...event, detail: { place: "own", what: "change", by: "page", most: 60 } },
  ]);
  // Of a service account its tenant is told.
  const robot = clientOf(db.app, await serviceToken(db.app, tenant.owner, "admin"));
  const params = { ...tenant.place, hold: newId("hold") };
  for (let change = 0; change < 62; change++) await robot("letGoHold", { params });
  const told = await asOperator(db.app, (tx) =>
    tx
      .select()
      .from(auditEvents)
      .where(
        and(eq(auditEvents.tenantId, tenant.tenantId), eq(auditEvents.action, "request.pace")),
      ),
  );
  expect(told.filter(({ actorId }) => actorId?.startsWith("sva_"))).toHaveLength(1);
});

// Guarantee: a project launches so often in any minute, however many ask at the same moment; what is
// refused, or was launched already, is not counted.
test("of eight launches at once five are made, and what is no launch takes none of them", async () => {
  const robot = clientOf(db.app, await serviceToken(db.app, tenant.owner, "admin"));
  const body = {
    templateVersionId: fleet.templateVersionId,
    imageId: fleet.imageId,
    publicKey:
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB5lsg6RzNFp7hn2pZxhOBiqSKx4vHdxBAGZC4Hhm2fI me@here",
  };
  const launch = (name: string, workers = 1, key = name) =>
    robot("launchEnvironment", {
      params: tenant.place,
      body: { ...body, name, counts: { workers } },
      headers: { "idempotency-key": key },
    });
  for (let refused = 0; refused < 6; refused++) {
    expect((await launch("too-much", 8)).status).toBe(409);
  }
  const first = await launch("once");
  for (let again = 0; again < 6; again++) {
    expect(await launch("once")).toMatchObject({ status: 202, value: first.value });
  }
  const names = Array.from({ length: 8 }, (_, index) => `train-${index}`);
  const answers = await Promise.all(names.map((name) => launch(name)));
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(mostPerMinute.launch - 1);
  const late = answers.find(({ status }) => status !== 202);
  expect(late?.status).toBe(429);
  expect(late?.problem.detail).toMatch(
    /^A project launches at most 5 environments a minute\. Wait/,
  );
  expect(Number(late?.headers.get("retry-after"))).toBeGreaterThan(0);
});
