import { globSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { hostileNumbers, hostileTexts, isUnstorable, leaves, put } from "#e2e/fixtures/hostile";
import { routeList } from "#lib/api/table";
import { idPrefixes, newId } from "#lib/domain/id";
import { auditFilter, auditPlace } from "#lib/schemas/audit";
import * as lists from "#lib/schemas/lists";
import { readUnknown } from "#lib/schemas/read-unknown";
import { searchText } from "#lib/schemas/text";

// Everything that an action or a route takes is read by one of these. Each is given what nobody
// should send, and what it lets through must be something that the database can hold.

type Schema = z.ZodType & { def: Record<string, unknown> & { type: string } };

const inputs: [string, Schema][] = [];
const reports: [string, Schema][] = [];
/** What the address of a page, a file or a route asks for. */
const queries: [string, Schema][] = routeList.flatMap(({ name, route }) =>
  route.query ? [[`the query of ${name}`, route.query.strict() as unknown as Schema]] : [],
);
for (const file of globSync("lib/schemas/*.ts").filter((file) => !file.endsWith(".test.ts"))) {
  const module = await import(/* @vite-ignore */ `#${file.replace(/\.ts$/, "")}`);
  for (const [name, value] of Object.entries(module)) {
    if (/Input$/.test(name)) inputs.push([name, value as Schema]);
    else if (/(Query|Filter|Place)$/.test(name)) queries.push([name, value as Schema]);
    // What booting nodes send.
    else if (file.endsWith("/boot.ts")) reports.push([name, value as Schema]);
  }
}

/** Hashed or sealed as bytes, and never written as text. */
const secret = /(password|proof)$/i;

const moment = "2026-11-28T12:00:00.123456Z";

/** One of these is a good value for every text that is asked for. */
const goodTexts = [
  ...["plausible", "ubuntu", "", "ada@example.com", "10.0.0.5", "http://10.0.0.2:3080"],
  "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----",
  ...["f".repeat(64), "7b0f9d0e-6f0c-4f2e-9b0a-0a4d5d1c2b3a", "console=ttyS0"],
  "too_hot",
  ...["https://login.example.com/realm", "EUR", "Europe/Berlin", "2026-11-28T12:00:00.000Z"],
  ...(["auditEvent", "hookRun"] as const).map((kind) => `${moment},${newId(kind)}`),
  `critical,${moment},${newId("healthReason")}`,
];

/** What the schema takes; throws when there is nothing that this file can think of. */
function example(schema: Schema): unknown {
  const { def } = schema;
  const inner = (key: string) => def[key] as Schema;
  switch (def.type) {
    case "object": {
      const parts = Object.entries(def.shape as Record<string, Schema>);
      const of = (some: typeof parts) =>
        Object.fromEntries(some.map(([key, part]) => [key, example(part)]));
      const whole = of(parts);
      // Of some parts only one is taken, and it may be left out.
      return schema.safeParse(whole).success
        ? whole
        : of(parts.filter(([, part]) => part.def.type !== "optional"));
    }
    case "array":
      return [example(inner("element"))];
    case "record":
      return { workers: example(inner("valueType")) };
    case "union":
      return (def.options as Schema[]).map(example).find((value) => value);
    case "nullable":
    case "optional":
    case "default":
    case "catch":
    case "readonly":
      return example(inner("innerType"));
    case "pipe":
      return [...goodTexts, 1].find((value) => schema.safeParse(value).success);
    case "enum":
      return Object.values(def.entries as object)[0];
    case "literal":
      return (def.values as unknown[])[0];
    case "boolean":
      return true;
    case "number":
      return [1, 60].find((value) => schema.safeParse(value).success);
    case "string":
      return goodTexts.find((text) => schema.safeParse(text).success);
    case "custom":
      return Object.keys(idPrefixes)
        .map((kind) => newId(kind as keyof typeof idPrefixes))
        .find((id) => schema.safeParse(id).success);
    default:
      throw new Error(`an input has a part of type ${def.type}: teach this test to make one`);
  }
}

function kindOf(name: string): keyof typeof largest {
  if (reports.some(([each]) => each === name)) return "report";
  return queries.some(([each]) => each === name) ? "query" : "input";
}

/** Reports are kept in JSON, and a query may name a line of a log by its number. */
const largest = { input: 2 ** 31, report: Number.POSITIVE_INFINITY, query: 2 ** 53 };

/** What must not have been let through: said as a path and a reason. */
function unfit(value: unknown, at = "", kind: keyof typeof largest = "input"): string[] {
  if (secret.test(at)) return [];
  if (typeof value === "string") return isUnstorable(value) ? [`${at}: cannot be stored`] : [];
  if (typeof value === "number") {
    const fits = Number.isFinite(value) && Math.abs(value) < largest[kind];
    return fits ? [] : [`${at}: ${value}`];
  }
  if (typeof value !== "object" || value === null) return [];
  const parts = Object.entries(value);
  return [
    ...(parts.length > 1_000 ? [`${at}: ${parts.length} parts`] : []),
    ...parts.flatMap(([key, part]) => [
      ...unfit(key, `${at}.(key)`, kind),
      ...unfit(part, key, kind),
    ]),
  ];
}

test("there are inputs to look at", () => {
  expect(inputs.length).toBeGreaterThan(35);
  expect(reports.length).toBeGreaterThan(3);
  expect(queries.length).toBeGreaterThan(18);
});

test.for([...inputs, ...queries])(
  "%s takes what it should, and lets nothing through that cannot be stored",
  ([name, schema]) => {
    const good = example(schema);
    const taken = schema.safeParse(good);
    expect(taken.error?.issues ?? []).toEqual([]);
    for (const path of leaves(good)) {
      for (const hostile of [...hostileTexts, ...hostileNumbers, null, undefined, [], {}, true]) {
        const result = schema.safeParse(put(good, path, hostile));
        if (result.success)
          expect(unfit(result.data, "", kindOf(name)), JSON.stringify(hostile)).toEqual([]);
        else expect(result.error.issues.length).toBeGreaterThan(0);
      }
    }
  },
);

const inputsEach = 20_000;
// To make them takes longer than to read them: all schemas are given the same.
const anything = fc.sample(
  fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true }),
  inputsEach / 2,
);
const text = fc.sample(fc.string({ unit: "binary", maxLength: 300 }), inputsEach / 2);

/** What is sent in place of a good input: one half is anything, the other has one part of it replaced. */
function* generated(good: unknown): Generator<unknown> {
  yield* anything;
  const paths = leaves(good);
  for (const [at, value] of anything.entries()) {
    const path = paths[at % paths.length] ?? [];
    yield put(good, path, at % 2 === 0 ? text[at] : value);
  }
}

const all = [...inputs, ...reports, ...queries];
test.for(all)("%s answers whatever it is given", ([name, schema]) => {
  for (const value of generated(example(schema))) {
    const result = readUnknown(schema, value);
    if (result.success) expect(unfit(result.data, "", kindOf(name))).toEqual([]);
  }
});

test("what cannot even be compared is refused, and breaks nothing", () => {
  // A length that is no number, and becomes none.
  const hostile = JSON.parse('{"name":{"length":{"toString":0,"valueOf":0}}}');
  const schema = z.object({ name: z.string().max(60) });
  expect(() => schema.safeParse(hostile)).toThrow(TypeError);
  expect(readUnknown(schema, hostile).success).toBe(false);
});

test("the address of a page is never refused, whatever it asks for", () => {
  const pages = Object.entries({ ...lists, auditFilter }).filter(([name]) =>
    /(Query|Filter)$/.test(name),
  ) as unknown as [string, Schema][];
  expect(pages.length).toBeGreaterThan(5);
  for (const [name, schema] of pages) {
    for (const key of Object.keys(schema.def.shape as object)) {
      for (const value of [...hostileTexts, ["a", "b"], undefined, ...text.slice(0, 500)]) {
        expect(schema.safeParse({ [key]: value }).success, `${name}: ${key}`).toBe(true);
      }
    }
  }
});

test("a text to look for loses what no name can hold, and is cut", () => {
  const one = searchText(5);
  expect(
    ["\0\0", " a\0b ", "abcdefgh", "    🎉🎉🎉", ["a"], undefined].map((v) => one.parse(v)),
  ).toEqual(["", "ab", "abcde", "🎉🎉", "", ""]);
});

test("a place in a list is of a day that there is", () => {
  const id = newId("auditEvent");
  const at = (moment: string) => auditPlace.safeParse(`${moment},${id}`).success;
  expect(at("2026-11-28T12:00:00.123456Z")).toBe(true);
  const not = ["2026-02-30T12:00:00.123456Z", "0000-01-01T00:00:00.000000Z"];
  expect([...not, "2026-11-28T25:00:00.123456Z", "2026-11-28T12:00:00Z"].filter(at)).toEqual([]);
});

test.for(inputs)("%s refuses what it does not know", ([, schema]) => {
  const good = example(schema);
  if (typeof good !== "object" || good === null) return;
  expect(schema.safeParse({ ...good, isAdmin: true }).success).toBe(false);
});
