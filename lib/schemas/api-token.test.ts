import { expect, test } from "vitest";
import { tokenScopes } from "#lib/domain/access/token-scope";
import { createOwnTokenInput } from "#lib/schemas/api-token";

test("a token may have every scope that there is", () => {
  const wish = { name: "all", scopes: [...tokenScopes], days: 1, projectId: null };
  expect(createOwnTokenInput.safeParse(wish)).toMatchObject({ success: true });
});
