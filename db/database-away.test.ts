import { DrizzleQueryError } from "drizzle-orm";
import pg from "pg";
import { expect, test } from "vitest";
import { isDatabaseAway, tellAway } from "#db/database-away";
import { isOfAway } from "#lib/domain/error-id";

const withCode = (code: string) => Object.assign(new Error("not read"), { code });

function answered(code: string) {
  const error = new pg.DatabaseError("not read", 1, "error");
  error.code = code;
  return error;
}

const query = (cause: Error) => new DrizzleQueryError("select 1", [], cause);

test.for([
  ["it is shut down", answered("57P01")],
  ["it crashes", query(answered("57P02"))],
  ["it is starting up", answered("57P03")],
  ["nothing listens", withCode("ECONNREFUSED")],
  ["nothing listens at any address", new AggregateError([withCode("ECONNREFUSED")])],
  ["the connection breaks", query(new Error("Connection terminated unexpectedly"))],
  ["no connection in time", new Error("timeout exceeded when trying to connect")],
] as const)("the database is away when %s, and the error's id says so", ([, error]) => {
  expect(isDatabaseAway(error)).toBe(true);
  expect(tellAway(error)).toBe(error);
  const { digest } = error as { digest?: string };
  expect(isOfAway(digest)).toBe(true);
  // One that is thrown on keeps its id.
  tellAway(error);
  expect(error).toMatchObject({ digest });
});

test.for([
  ["it refuses a row", query(answered("23505"))],
  ["it takes too long", answered("57014")],
  ["a table is missing", query(answered("42P01"))],
  ["another does not answer", new TypeError("fetch failed", { cause: withCode("ECONNREFUSED") })],
  ["we are wrong", new TypeError("x is not a function")],
  ["what is thrown is no error", "ECONNREFUSED"],
] as const)("the database is there when %s", ([, error]) => {
  expect(isDatabaseAway(error)).toBe(false);
  expect(tellAway(error)).toBe(error);
  expect(error).not.toHaveProperty("digest");
});
