import { z } from "zod";

/**
 * Reads what came from outside, as `safeParse` does, and throws for nothing that can come. Where a text
 * is wanted, zod compares the `length` of whatever it gets; one such as `{"length":{"toString":0,
 * "valueOf":0}}` cannot be compared, and would end in a fault in place of a refusal.
 */
export function readUnknown<S extends z.ZodType>(
  schema: S,
  value: unknown,
): { success: true; data: z.output<S> } | { success: false; error: z.ZodError } {
  try {
    return schema.safeParse(value);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const message = "This is nothing that could be read.";
    const issue = { code: "custom" as const, path: [], message, input: undefined };
    return { success: false, error: new z.ZodError([issue]) };
  }
}

/** Reads a text of JSON as `readUnknown` does; what is none is refused as well. */
export function readJson<S extends z.ZodType>(schema: S, text: string) {
  try {
    return readUnknown(schema, JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return readUnknown(schema, undefined);
  }
}
