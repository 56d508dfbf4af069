import { expect, test } from "vitest";
import { forecastWords } from "#lib/domain/pool/forecast";

test("when a pool will be full, in words", () => {
  expect(forecastWords({ days: 14, grown: 7 }, 6n)).toBe(
    "Full in about 12 days at the pace of the last 14 days",
  );
  expect(forecastWords({ days: 5.9, grown: 50 }, 10n)).toBe(
    "Full in about 1 day at the pace of the last 5 days",
  );
  expect(forecastWords({ days: 400, grown: 0 }, 6n)).toBe(
    "Not filling up at the pace of the last 14 days",
  );
  expect(forecastWords({ days: 14, grown: -3 }, 6n)).toContain("Not filling up");
  expect(forecastWords({ days: 14, grown: 1 }, 2n ** 64n)).toContain("Not full within two years");
  expect(forecastWords({ days: 14, grown: 1 }, 0n)).toBe("Full now");
});

test("nothing is foretold without three days of use", () => {
  expect(forecastWords({ days: 0, grown: 0 }, 6n)).toContain("No pace yet");
  expect(forecastWords({ days: 2.9, grown: 40 }, 6n)).toContain("No pace yet");
});
