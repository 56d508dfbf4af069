import { expect, test } from "vitest";
import { z } from "zod";
import { type JsonSchema, schemaText } from "#lib/client/schema-text";

test("a schema is written as a person reads it", () => {
  const schema = z.object({
    name: z.string().max(40),
    state: z.enum(["on", "off"]).nullable(),
    counts: z.record(z.string(), z.number().int().min(0).max(64)),
    keys: z.array(z.object({ id: z.string() })).default([]),
    words: z.array(z.union([z.string(), z.number()])).optional(),
  });
  expect(schemaText(z.toJSONSchema(schema, { io: "input" }) as JsonSchema)).toMatchInlineSnapshot(`
    "{
      name: string of at most 40
      state: "on" | "off" | null
      counts: { [key]: integer 0…64 }
      keys?: {
        id: string
      }[]
      words?: (string | number)[]
    }"
  `);
});
