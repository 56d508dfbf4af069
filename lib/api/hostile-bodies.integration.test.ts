import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { apiOrigin, letPass, sendTo } from "#e2e/fixtures/api";
import { givenAsked } from "#e2e/fixtures/asked";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { hostileNumbers, hostileTexts, leaves, put } from "#e2e/fixtures/hostile";
import { aValue } from "#e2e/fixtures/value-of-schema";
import { openApi } from "#lib/api/openapi";
import { routeList } from "#lib/api/table";

// Every body that the API takes is sent with one part of it replaced by what nobody should send, about
// things that are there. Schemas alone do not answer for what a command makes of it.

let db: GivenConnections;
let superuser: pg.Client;
let tokens: Record<"owner" | "operator", string>;
let ids: Record<string, string>;

beforeAll(async () => {
  db = await givenConnections();
  ({ tokens, ids } = await givenAsked(db.app));
  superuser = new pg.Client({ connectionString: db.superuserUrl });
  await superuser.connect();
});
afterAll(async () => {
  await superuser?.end();
  await db?.close();
});

const document = openApi(apiOrigin);
const taking = routeList.flatMap(({ name, route }) => {
  const { requestBody } = document.paths[route.path]?.post ?? {};
  const schema = requestBody?.content["application/json"].schema;
  return route.body && schema ? [[name, { route, schema }] as const] : [];
});
const hostile: unknown[] = [...hostileTexts, ...hostileNumbers, null, true, [], {}];
/** Of these so many in each place, others in the next: all of them in the bodies together. */
const inEach = 4;

test("there are bodies to be spoilt", () => {
  expect(taking.length).toBeGreaterThan(50);
});

test.for(taking)("%s answers whatever is in its body", async ([, { route, schema }]) => {
  const send = sendTo(db.app);
  const path = route.path.replace(/\{(\w+)\}/g, (_, name) => ids[name] ?? "nothing");
  const good = aValue(schema);
  const places = [...leaves(good), []];
  const bodies = places.flatMap((place, at) =>
    Array.from({ length: inEach }, (_, next) =>
      put(good, place, hostile[(at * inEach + next + path.length) % hostile.length]),
    ),
  );
  await letPass(db.app, "61 seconds");
  await superuser.query("update api_tokens set window_at = now() - interval '61 seconds'");
  for (const body of bodies.slice(0, 50)) {
    // A fault of ours would be thrown.
    const response = await send(
      new Request(`${apiOrigin}/api/v1${path}`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${tokens[route.place === "fleet" ? "operator" : "owner"]}`,
          "content-type": "application/json",
        },
        body: JSON.stringify(body) ?? "null",
      }),
    );
    const answer = JSON.parse(await response.text());
    expect(response.status, JSON.stringify(body)).toBeLessThan(429);
    if (response.status >= 400) expect(answer.detail, JSON.stringify(body)).toMatch(/\S/);
  }
});
