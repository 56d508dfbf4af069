import { format, inspect } from "node:util";
import { DrizzleQueryError } from "drizzle-orm";
import pg from "pg";
import { expect, test } from "vitest";
import "#db/shown-errors";

test("a query that failed is printed without its values and without the row", () => {
  const cause = new pg.DatabaseError("duplicate key value", 40, "error");
  cause.detail = "Key (email)=(ada@example.com) already exists.";
  const query = new DrizzleQueryError('insert into "users"', ["ada@example.com", "hash"], cause);
  const wrapped = new Error("not done", { cause: query });
  for (const error of [query, cause, wrapped, { error: query }]) {
    for (const text of [inspect(error), format("%s", " ⨯", error)]) {
      expect(text).not.toMatch(/ada@example|hash/);
      expect(text).toContain("duplicate key value");
    }
  }
  expect(inspect(query)).toContain('Failed query: insert into "users"\n    at ');
});
