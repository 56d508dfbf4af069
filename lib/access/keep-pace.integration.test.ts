import { afterAll, beforeAll, expect, test } from "vitest";
import { clientOf, givenApiTenant, letPass, ownToken, serviceToken } from "#e2e/fixtures/api";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { givenFleet } from "#e2e/fixtures/launchable";
import { keepPace } from "#lib/access/keep-pace";
import { mostPerMinute } from "#lib/domain/access/pace";
import { type Id, newId } from "#lib/domain/id";
import { refusalMessage } from "#lib/domain/refusal";

let db: GivenConnections;

beforeAll(async () => {
  db = await givenConnections();
});
afterAll(() => db?.close());

/** How often a caller tries, and how often that is let through. */
async function letThrough(tries: number, caller: Id<"user">, launchesIn?: Id<"project">) {
  const all = await Promise.all(
    Array.from({ length: tries }, () => keepPace(db.app, caller, launchesIn)),
  );
  return all.filter((refusal) => !refusal).length;
}

// Guarantee: at the same moment or one after the other, there are no more than so many in a minute.
test("of a hundred changes at once sixty are let through, and after a minute sixty more", async () => {
  const [ada, ben] = [newId("user"), newId("user")];
  expect(await letThrough(100, ada)).toBe(mostPerMinute.change);
  expect(await letThrough(1, ben)).toBe(1);
  await letPass(db.app, "50 seconds");
  const refusal = await keepPace(db.app, ada);
  expect(refusal).toMatchObject({ kind: "too_fast", what: "change" });
  expect(refusal?.retryAfterSeconds).toBeLessThanOrEqual(10);
  expect(refusal && refusalMessage(refusal)).toMatch(
    /^You can make 60 changes a minute, and have\. Wait \d+ seconds and do it again\.$/,
  );
  // What was refused has not made the wait longer.
  await letPass(db.app, "11 seconds");
  expect(await letThrough(100, ada)).toBe(mostPerMinute.change);
});

test("a project launches so often, whoever it is that launches", async () => {
  const [vision, speech] = [newId("project"), newId("project")];
  let launched = 0;
  for (let person = 0; person < 4; person++) {
    launched += await letThrough(2, newId("user"), vision);
  }
  expect(launched).toBe(mostPerMinute.launch);
  const refusal = await keepPace(db.app, newId("user"), vision);
  expect(refusal && refusalMessage(refusal)).toMatch(/^A project launches at most 5 environments/);
  expect(await letThrough(1, newId("user"), speech)).toBe(1);
});

test("a token that changes too much is told when to go on, and may read and ask meanwhile", async () => {
  const fleet = await givenFleet(db.app, { racks: [1] });
  const tenant = await givenApiTenant(db.app, fleet);
  const call = clientOf(db.app, await ownToken(db.app, tenant.owner));
  const nothing = { tenant: tenant.slug, webhook: newId("webhook") };
  const remove = () => call("removeWebhook", { params: nothing });
  for (let change = 0; change < mostPerMinute.change; change++) {
    expect((await remove()).status).toBe(404);
  }
  const { status, headers, problem } = await remove();
  expect(status).toBe(429);
  expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
  expect(problem).toMatchObject({ title: "Too many changes at once" });
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
