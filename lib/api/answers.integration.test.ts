import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { apiOrigin, letPass, sendTo } from "#e2e/fixtures/api";
import { givenAsked } from "#e2e/fixtures/asked";
import { type GivenConnections, givenConnections } from "#e2e/fixtures/connections";
import { openApi } from "#lib/api/openapi";
import { routeList } from "#lib/api/table";

// An answer holds what its description names, and nothing else of the rows that it was made of. What is
// described is looked at for parts that would let anything out, and every read of the API for parts that
// are not described.

const schemaOf = z.looseObject({
  properties: z.record(z.string(), z.unknown()).optional(),
  additionalProperties: z.unknown().optional(),
  items: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
});

/** Where anything may stand in an answer: what people, their templates and their providers wrote. */
const open = [
  "/calls/*/input/(any)",
  "/calls/*/outputs/(any)",
  "/data/(any)",
  "/hookRuns/*/input/(any)",
  "/hookRuns/*/outputs/(any)",
  "/input/(any)",
  "/items/*/calls/*/input/(any)",
  "/items/*/calls/*/outputs/(any)",
  "/items/*/detail/(any)",
  "/items/*/input/(any)",
  "/items/*/outputs/(any)",
  "/outputs/(any)",
  // A JSON Schema, which another standard describes.
  "/templates/*/inputsSchema/(any)",
];

/** The places in a description that let anything out. */
function openPlaces(schema: unknown, at = ""): string[] {
  const { properties, additionalProperties, items, anyOf, ...rest } = schemaOf.parse(schema);
  if (anyOf) return anyOf.flatMap((each) => openPlaces(each, at));
  if (items) return openPlaces(items, `${at}/*`);
  if (properties || rest.type === "object") {
    const named = Object.entries(properties ?? {}).flatMap(([key, part]) =>
      openPlaces(part, `${at}/${key}`),
    );
    if (additionalProperties === false) return named;
    return [...named, ...openPlaces(additionalProperties ?? {}, `${at}/(any)`)];
  }
  return Object.keys(rest).length === 0 ? [at] : [];
}

/** The places in an answer that its description does not name. */
function undescribed(schema: unknown, value: unknown, at = ""): string[] {
  const { properties = {}, additionalProperties, items, anyOf, ...rest } = schemaOf.parse(schema);
  const takesAnything = !rest.type && !items && !anyOf;
  if (typeof value !== "object" || value === null || takesAnything) return [];
  if (anyOf) {
    const each = anyOf.map((one) => undescribed(one, value, at));
    return each.find((places) => places.length === 0) ?? each[0] ?? [];
  }
  if (Array.isArray(value)) return value.flatMap((one) => undescribed(items ?? {}, one, `${at}/*`));
  return Object.entries(value).flatMap(([key, part]) => {
    const described = properties[key] ?? (additionalProperties || undefined);
    return described ? undescribed(described, part, `${at}/${key}`) : [`${at}/${key}`];
  });
}

const document = openApi(apiOrigin);
const described = routeList.map(({ name, route }) => {
  const method = route.method === "GET" ? "get" : "post";
  const answer = document.paths[route.path]?.[method]?.responses[String(route.status ?? 200)];
  const content = answer && "content" in answer ? answer.content : undefined;
  return { name, route, schema: Object.values(content ?? {})[0]?.schema ?? {} };
});
const reads = described.filter(({ route }) => route.method === "GET" && !route.event);

test("the description of an answer leaves open only what others have written", () => {
  const places = described.flatMap(({ schema }) => openPlaces(schema));
  expect([...new Set(places)].sort()).toEqual(open);
});

let db: GivenConnections;
let tokens: Record<"owner" | "operator", string>;
let ids: Record<string, string>;
const found: string[] = [];

beforeAll(async () => {
  db = await givenConnections();
  ({ tokens, ids } = await givenAsked(db.app));
});
afterAll(() => db?.close());

test.for(reads.map((each) => [each.name, each] as const))(
  "%s answers with nothing that is not described",
  async ([name, { route, schema }]) => {
    const path = route.path.replace(/\{(\w+)\}/g, (_, part) => ids[part] ?? "nothing");
    await letPass(db.app, "61 seconds");
    const token = tokens[route.place === "fleet" ? "operator" : "owner"];
    const headers = { authorization: `Bearer ${token}` };
    const answer = await sendTo(db.app)(new Request(`${apiOrigin}/api/v1${path}`, { headers }));
    expect([200, 404, 422]).toContain(answer.status);
    if (answer.status !== 200) return;
    found.push(name);
    expect(undescribed(schema, await answer.json())).toEqual([]);
  },
);

test("nearly all of them were answered", () => {
  expect(found.length).toBeGreaterThan(50);
});
