import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { IngotError, ingot } from "#e2e/ingot-client";
import { clientText } from "#lib/api/client-text";
import { openApi } from "#lib/api/openapi";

test("the client that the tests use is the document's: after a change of the API, npm run client", () => {
  const made = clientText(openApi("https://ingot.example"));
  expect(readFileSync("e2e/ingot-client.ts", "utf8")).toBe(made);
});

test("a schema that the client has no type for would be no promise", () => {
  const made = clientText(openApi("https://ingot.example"));
  const untyped = made.split("\n").filter((line) => /\w\??: unknown;/.test(line));
  expect(untyped.map((line) => line.trim())).toEqual(["body?: unknown;"]);
});

test("lists are followed page after page, and a no is thrown in its own words", async () => {
  const asked: string[] = [];
  const api = ingot({
    token: "ingot_x",
    send: async (request) => {
      asked.push(`${request.method} ${request.url} ${request.headers.get("authorization")}`);
      const after = new URL(request.url).searchParams.get("after");
      if (after === "env_b") {
        const problem = {
          type: "x",
          status: 429,
          title: "Too many",
          detail: "Wait.",
          requestId: "r",
        };
        return Response.json(problem, { status: 429, headers: { "retry-after": "7" } });
      }
      return Response.json(
        after
          ? { items: [{ name: "b" }], next: "env_b" }
          : { items: [{ name: "a" }], next: "env_a" },
      );
    },
  });
  const names: string[] = [];
  const params = { tenant: "a/b", project: "research" };
  const all = async () => {
    for await (const { name } of api.each("listEnvironments", {
      params,
      query: { state: "held" },
    })) {
      names.push(name);
    }
  };
  const no = await all().catch((error: unknown) => error);
  expect(names).toEqual(["a", "b"]);
  expect(no).toBeInstanceOf(IngotError);
  expect(no).toMatchObject({ message: "Wait.", retryAfterSeconds: 7, problem: { status: 429 } });
  const list =
    "https://ingot.example/api/v1/tenants/a%2Fb/projects/research/environments?state=held";
  expect(asked.slice(0, 2)).toEqual([
    `GET ${list} Bearer ingot_x`,
    `GET ${list}&after=env_a Bearer ingot_x`,
  ]);
});
