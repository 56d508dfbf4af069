import { expect, test } from "vitest";
import { z } from "zod";
import { checkInputs } from "#lib/domain/template/input-values";
import type { InputValue, TemplateInput } from "#lib/domain/template/inputs";
import { inputsSchema } from "#lib/domain/template/inputs-schema";

function input(change: Partial<TemplateInput>): TemplateInput {
  return {
    ...{ name: "it", label: "It", help: "", section: "", type: "string", required: false },
    ...{ default: null, options: [], pattern: null, min: null, max: null, showIf: null },
    ...{ override: "allowed", allowed: [], ...change },
  };
}

// Guarantee: a program that keeps to the schema is not refused, and one that is refused broke it.
test("the schema takes what a launch takes, and nothing else", () => {
  const choices = { options: ["a, b", "c"] };
  const table: [Partial<TemplateInput>, InputValue[]][] = [
    [{ min: 2, max: 3 }, ["a", "ab", "abcd", 1]],
    [{ pattern: "[a-z]{3}" }, ["abc", "abcd"]],
    [{ type: "secret" }, ["s", 4]],
    [{ type: "number", min: 1, max: 8 }, [0, 1, 8.5, "1"]],
    [{ type: "boolean" }, [true, "true"]],
    [{ type: "enum", ...choices }, ["a, b", "a", "c"]],
    [{ type: "multi_enum", ...choices, max: 1 }, [["c"], ["a"], ["a, b", "c"], "c"]],
    [{ type: "image", ...choices }, ["a, b", "a"]],
    [{ type: "ssh_keys", ...choices, max: 1 }, [["c"], ["a"], ["a, b", "c"], "c"]],
    [{ type: "ssh_keys", options: [] }, [[], ["c"]]],
    [{ type: "duration" }, ["90s", "0s", "soon", 90]],
    [{ override: "fixed", default: "x" }, ["x", "y"]],
    [{ type: "boolean", override: "fixed" }, [false, true]],
    [{ override: "restricted", allowed: ["x", "y"] }, ["x", "z"]],
    [{ type: "number", override: "restricted", allowed: ["1", "2"] }, [1, 3]],
    [{ type: "multi_enum", ...choices, override: "restricted", allowed: ["c"] }, [["c"], ["a, b"]]],
  ];
  for (const [change, values] of table) {
    const definitions = [input(change)];
    const schema = z.fromJSONSchema(inputsSchema(definitions) as z.core.JSONSchema.JSONSchema);
    const taken = values.map((it) => [it, checkInputs(definitions, { it }).ok]);
    expect(values.map((it) => [it, schema.safeParse({ it }).success])).toEqual(taken);
    expect(new Set(taken.map(([, ok]) => ok)), JSON.stringify(change)).toEqual(
      new Set([true, false]),
    );
  }
  const asked = [input({ required: true }), input({ name: "usual", required: true, default: "x" })];
  const schema = z.fromJSONSchema(inputsSchema(asked) as z.core.JSONSchema.JSONSchema);
  const tries: Record<string, string>[] = [{}, { it: "" }, { it: "x" }, { it: "x", other: "y" }];
  for (const entered of tries) {
    expect(schema.safeParse(entered).success).toBe(checkInputs(asked, entered).ok);
  }
});

test("what is asked under a condition is required under it", () => {
  const is = "equal" as const;
  expect(
    inputsSchema([
      input({ name: "storage", type: "enum", options: ["none", "nfs"], default: "none" }),
      input({
        ...{ name: "path", label: "Mount path", help: "On every node.", required: true },
        showIf: { input: "storage", is, value: "nfs" },
      }),
      input({ name: "mode", required: true, showIf: { input: "path", is, value: "/data" } }),
      input({ name: "shared", type: "boolean" }),
      input({ name: "owner", required: true, showIf: { input: "shared", is, value: "false" } }),
      input({ name: "loop", required: true, showIf: { input: "loop", is, value: "x" } }),
    ]),
  ).toMatchInlineSnapshot(`
    {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "additionalProperties": false,
      "allOf": [
        {
          "anyOf": [
            {
              "not": {
                "properties": {
                  "storage": {
                    "const": "nfs",
                  },
                },
                "required": [
                  "storage",
                ],
              },
            },
            {
              "required": [
                "path",
              ],
            },
          ],
        },
        {
          "anyOf": [
            {
              "not": {
                "allOf": [
                  {
                    "properties": {
                      "storage": {
                        "const": "nfs",
                      },
                    },
                    "required": [
                      "storage",
                    ],
                  },
                  {
                    "properties": {
                      "path": {
                        "const": "/data",
                      },
                    },
                    "required": [
                      "path",
                    ],
                  },
                ],
              },
            },
            {
              "required": [
                "mode",
              ],
            },
          ],
        },
        {
          "anyOf": [
            {
              "not": {
                "properties": {
                  "shared": {
                    "const": false,
                  },
                },
              },
            },
            {
              "required": [
                "owner",
              ],
            },
          ],
        },
      ],
      "properties": {
        "loop": {
          "maxLength": 500,
          "minLength": 1,
          "title": "It",
          "type": "string",
        },
        "mode": {
          "maxLength": 500,
          "minLength": 1,
          "title": "It",
          "type": "string",
        },
        "owner": {
          "maxLength": 500,
          "minLength": 1,
          "title": "It",
          "type": "string",
        },
        "path": {
          "description": "On every node.",
          "maxLength": 500,
          "minLength": 1,
          "title": "Mount path",
          "type": "string",
        },
        "shared": {
          "default": false,
          "title": "It",
          "type": "boolean",
        },
        "storage": {
          "default": "none",
          "enum": [
            "none",
            "nfs",
          ],
          "title": "It",
          "type": "string",
        },
      },
      "type": "object",
    }
  `);
});
