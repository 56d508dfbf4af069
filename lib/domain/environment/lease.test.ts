import { expect, test } from "vitest";
import {
  checkLease,
  launchLease,
  leasesWithin,
  leaseWords,
  longestLease,
} from "#lib/domain/environment/lease";

test("the shortest limit of several profiles is the limit, and none is none", () => {
  expect(longestLease([])).toBe(null);
  expect(longestLease([null, null])).toBe(null);
  expect(longestLease([null, 72, 24])).toBe(24);
});

test("choices end with the limit, which is one of them", () => {
  expect(leasesWithin(null)).toEqual([4, 24, 72, 168, 336, 720]);
  expect(leasesWithin(24)).toEqual([4, 24]);
  expect(leasesWithin(100)).toEqual([4, 24, 72, 100]);
  expect(leasesWithin(2)).toEqual([2]);
});

test("a lease passes up to the limit, and no end passes only where there is no limit", () => {
  expect(checkLease(null, null)).toEqual({ ok: true, value: null });
  expect(checkLease(900, null)).toEqual({ ok: true, value: 900 });
  expect(checkLease(24, 24)).toEqual({ ok: true, value: 24 });
  for (const hours of [25, null]) {
    expect(checkLease(hours, 24)).toMatchObject({
      ok: false,
      refusal: { fields: { leaseHours: expect.stringContaining("for 1 day at most") } },
    });
  }
});

test("hours are said in the largest unit that fits", () => {
  expect([1, 4, 24, 72, 168, 336, 720].map(leaseWords)).toEqual([
    "1 hour",
    "4 hours",
    "1 day",
    "3 days",
    "1 week",
    "2 weeks",
    "30 days",
  ]);
});

test("a launch that says no lease gets the longest there is; null asks for one without an end", () => {
  expect(launchLease(undefined, [24, null, 48])).toEqual({ ok: true, value: 24 });
  expect(launchLease(undefined, [null])).toEqual({ ok: true, value: null });
  expect(launchLease(4, [24])).toEqual({ ok: true, value: 4 });
  expect(launchLease(null, [24]).ok).toBe(false);
});
