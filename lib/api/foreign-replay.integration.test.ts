import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { apiOrigin, givenApiTenant, letPass, ownToken, sendTo } from "#e2e/fixtures/api";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { furnish } from "#e2e/fixtures/furnished";
import { type GivenFleet, givenFleet } from "#e2e/fixtures/launchable";
import { actorOf } from "#e2e/fixtures/people";
import { jsonSchema } from "#e2e/fixtures/value-of-schema";
import { openApi } from "#lib/api/openapi";
import { routeList } from "#lib/api/table";
import { idPrefixes } from "#lib/domain/id";

// Every route that takes an id is asked by the owner of one tenant with ids that are another's: in its
// path, and in bodies that are made from its schema. What is the fleet's is named as it is, so that a body
// is refused for what is foreign in it. The other tenant's rows stay as they are, to the letter.

let db: GivenConnections;
let superuser: pg.Client;
let fleet: GivenFleet;
type Place = Awaited<ReturnType<typeof givenApiTenant>>;
let ours: Place;
let theirs: Place;
let token: string;
/** The other tenant's rows before anything was asked. */
let before: Record<string, string>;
/** Real ids by how they begin: the other tenant's, and the fleet's that both may name. */
let foreign: Record<string, string[]>;
let shared: Record<string, string[]>;

beforeAll(async () => {
  db = await givenConnections();
  superuser = new pg.Client({ connectionString: db.superuserUrl });
  await superuser.connect();
  fleet = await givenFleet(db.app, { racks: [8] });
  ours = await givenApiTenant(db.app, fleet);
  theirs = await givenApiTenant(db.app, fleet);
  for (const place of [ours, theirs]) await furnish(db.app, superuser, fleet, place);
  token = await ownToken(db.app, await actorOf(db.app, ours.owner.userId));
  await ownToken(db.app, await actorOf(db.app, theirs.owner.userId));
  foreign = byPrefix(await theirIds());
  const { nodeTypeId, profileId, imageId, templateId, templateVersionId, racks } = fleet;
  shared = byPrefix([
    nodeTypeId,
    profileId,
    imageId,
    templateId,
    templateVersionId,
    ...racks.flat(),
  ]);
  before = await snapshot();
});
afterAll(async () => {
  await superuser?.end();
  await db?.close();
});

const byPrefix = (ids: string[]) =>
  Object.groupBy(new Set(ids), (id) => id.split("_")[0] ?? "") as Record<string, string[]>;

/** The tables with what is a tenant's or a person's, and by which column. */
async function tables(): Promise<{ table: string; column: string; hasId: boolean }[]> {
  const { rows } = await superuser.query<{ table: string; column: string; hasId: boolean }>(
    `select c.relname as table, a.attname as column,
       exists (select from pg_attribute i where i.attrelid = c.oid and i.attname = 'id'
         and i.atttypid = 'text'::regtype) as "hasId"
     from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relkind in ('r', 'p') and not c.relispartition
       and c.relnamespace = 'public'::regnamespace
       and (a.attname in ('tenant_id', 'user_id') or (c.relname, a.attname) in (('tenants', 'id'), ('users', 'id')))
     order by 1, 2`,
  );
  return rows;
}

const ofTheirs = () => [theirs.tenantId, theirs.userId, theirs.owner.userId];

async function theirIds(): Promise<string[]> {
  const ids: string[] = ofTheirs();
  for (const { table, column, hasId } of await tables()) {
    if (!hasId) continue;
    const { rows } = await superuser.query<{ id: string }>(
      `select id from ${table} where ${column} = any($1)`,
      [ofTheirs()],
    );
    ids.push(...rows.map(({ id }) => id));
  }
  return ids;
}

/** How many rows each table has of them, and a hash of all that is in these. */
async function snapshot(): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const { table, column } of await tables()) {
    const { rows } = await superuser.query<{ said: string }>(
      `select count(*) || ' ' || coalesce(md5(string_agg(t::text, e'\\n' order by t::text)), '') as said
       from ${table} t where ${column} = any($1)`,
      [ofTheirs()],
    );
    found[`${table} by ${column}`] = rows[0]?.said ?? "";
  }
  return found;
}

/** Bodies that fit a schema, with real ids in the places of ids. */
function bodies(schema: unknown): fc.Arbitrary<unknown> {
  const { type, anyOf, properties, required = [], ...rest } = jsonSchema.parse(schema);
  if (rest.const !== undefined) return fc.constant(rest.const);
  if (rest.enum) return fc.constantFrom(...rest.enum);
  if (anyOf) return fc.oneof(...anyOf.map(bodies));
  switch (Array.isArray(type) ? type[0] : type) {
    case "object": {
      if (!properties) return fc.record({ workers: bodies(rest.additionalProperties || {}) });
      const parts = Object.entries(properties).map(([key, part]) => [key, bodies(part)] as const);
      return fc.record(Object.fromEntries(parts), { requiredKeys: required as never[] });
    }
    case "array": {
      const { minItems = 0 } = rest;
      const [minLength, maxLength] = [minItems, Math.max(minItems, 2)];
      return fc.array(bodies(rest.items), { minLength, maxLength });
    }
    case "integer":
    case "number":
      return fc.integer({ min: rest.minimum ?? 1, max: Math.min(rest.maximum ?? 8, 100) });
    case "boolean":
      return fc.boolean();
    case "string":
      return fc.constantFrom(...texts(rest.pattern));
    default:
      return fc.constant(null);
  }
}

function texts(pattern: string | undefined): string[] {
  const prefix = /^\^([a-z]+)_\[/.exec(pattern ?? "")?.[1];
  if (prefix === undefined) return ["words", "training", theirs.slug, "ada@example.com", "gpus"];
  const real = foreign[prefix] ?? shared[prefix];
  if (!real) throw new Error(`nothing is furnished whose id begins with ${prefix}`);
  return real;
}

const namesForeign = (value: unknown) => {
  const text = JSON.stringify(value) ?? "";
  return Object.values(foreign).some((ids) => ids.some((id) => text.includes(id)));
};

const document = openApi(apiOrigin);
const hasIds = /"pattern":"\^[a-z]+_\[/;
const routes = routeList.flatMap(({ name, route }) => {
  const method = route.method === "GET" ? "get" : "post";
  const body =
    document.paths[route.path]?.[method]?.requestBody?.content["application/json"].schema;
  const parts = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, part]) => part ?? "");
  const namesThing = parts.some((part) => !["tenant", "project", "action"].includes(part));
  const isTaken = namesThing || (body !== undefined && hasIds.test(JSON.stringify(body)));
  return route.place !== "fleet" && !route.event && isTaken ? [{ name, route, body }] : [];
});
const inEach = 80;
let asked = 0;

test.for(routes.map((each) => [each.name, each] as const))(
  "%s does nothing with what is another tenant's",
  async ([name, { route, body }]) => {
    const refusals = [400, 403, 404, 409, 422];
    // Asked beforehand, what a launch would be refused for is no refusal: nothing is done either way.
    const taken = name === "preflight" ? [200, ...refusals] : refusals;
    const all = fc.sample(body ? bodies(body) : fc.constant(undefined), {
      numRuns: inEach,
      seed: 7,
    });
    for (const [at, made] of all.entries()) {
      const place = { tenant: ours.slug, project: "research", action: "flush" };
      const path = route.path.replace(/\{(\w+)\}/g, (_, part: string) => {
        const named = place[part as keyof typeof place];
        if (named) return named;
        const ids = Object.values(foreign).flat();
        return idsOf(part)[at % idsOf(part).length] ?? ids[at % ids.length] ?? "";
      });
      if (!namesForeign([path, made])) continue;
      if (at % 20 === 0) await makeRoom();
      const response = await sendTo(db.app)(
        new Request(`${apiOrigin}/api/v1${path}`, {
          method: route.method,
          headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
          ...(made === undefined ? {} : { body: JSON.stringify(made) }),
        }),
      );
      asked++;
      expect(taken, `${path} ${JSON.stringify(made)}`).toContain(response.status);
    }
    expect(await snapshot()).toEqual(before);
  },
);

test("thousands were asked", () => {
  expect(asked).toBeGreaterThan(2_000);
});

/** The other tenant's ids of what a part of a path names: `{hookRun}`, and `{approval}`, which is one. */
function idsOf(part: string): string[] {
  const kind = part === "approval" ? "hookRun" : part;
  return foreign[idPrefixes[kind as keyof typeof idPrefixes]] ?? [];
}

/** As if a minute had passed: what is counted by the minute is not looked at here. */
async function makeRoom(): Promise<void> {
  await letPass(db.app, "61 seconds");
  await superuser.query(
    "update api_tokens set window_at = now() - interval '61 seconds' where user_id = $1",
    [ours.owner.userId],
  );
}
