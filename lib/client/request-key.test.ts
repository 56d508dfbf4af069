import { expect, test } from "vitest";
import { z } from "zod";
import { newRequestKey } from "#lib/client/request-key";

test("a request key is what the server takes for one, and no two are the same", () => {
  const keys = Array.from({ length: 200 }, newRequestKey);
  expect(new Set(keys).size).toBe(200);
  for (const key of keys) expect(z.uuid().safeParse(key).success).toBe(true);
});
