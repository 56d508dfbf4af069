import { expect, test } from "vitest";
import { sharedWithWords } from "#lib/client/shared-with";

test.each([
  [0, 0, null],
  [1, 0, "1 project"],
  [3, 0, "3 projects"],
  [0, 1, "1 whole tenant, 0 projects so far"],
  [5, 2, "2 whole tenants, 5 projects so far"],
])(
  "a part that %i projects have, with %i whole tenants, is shared with: %s",
  (projects, tenants, words) => {
    const part = { sharedWith: Array(projects), sharedWithTenants: Array(tenants) };
    expect(sharedWithWords(part)?.replaceAll("\u00a0", " ") ?? null).toBe(words);
  },
);
