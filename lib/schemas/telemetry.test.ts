import { expect, test } from "vitest";
import { telemetryQuery } from "#lib/schemas/telemetry";

test.for([
  [{}, true],
  [{ from: "1790000000000", to: "1790000060000" }, true],
  [{ from: "1790000000000" }, false],
  [{ to: "1790000000000" }, false],
  [{ from: "1790000060000", to: "1790000000000" }, false],
  [{ from: "1790000000000", to: "1790000059999" }, false],
  [{ from: "1780000000000", to: "1790000000000" }, false],
  [{ from: "1790000000000.5", to: "1790000060000" }, false],
  [{ from: "-60000", to: "60000" }, false],
  [{ from: "yesterday", to: "now" }, false],
  [{ from: "", to: "60000" }, false],
] as const)(
  "a stretch of time is two whole moments, a minute to a month apart: %o",
  ([asked, is]) => {
    expect(telemetryQuery.safeParse(asked).success).toBe(is);
  },
);
