import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

// That every door sends the policy is seen in a browser (e2e/doors.spec.ts), which breaks no page by a
// part that is missing.

test.for(["default-src", "base-uri", "frame-ancestors", "object-src"])(
  "of %s the content policy allows nothing",
  (what) => {
    expect(readFileSync("proxy.ts", "utf8")).toContain(`"${what} 'none'",`);
  },
);
