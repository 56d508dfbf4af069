import { expect, test } from "vitest";
import {
  allowedWords,
  checkLease,
  type LongestLease,
  launchLease,
  leasesWithin,
  leaseWords,
  longestLease,
} from "#lib/domain/environment/lease";

const terms = (template: number | null, ...profiles: (number | null)[]) => ({
  longestLeaseHours: template,
  groups: [
    ...profiles.map((longestLeaseHours) => ({ profile: { longestLeaseHours } })),
    { profile: null },
  ],
});
const byProfile = (hours: number): LongestLease => ({ hours, by: ["profile"] });

test("the shortest limit of a template and its profiles is the limit, and none is none", () => {
  expect(longestLease(terms(null))).toBe(null);
  expect(longestLease(terms(null, null, null))).toBe(null);
  expect(longestLease(terms(null, null, 72, 24))).toEqual(byProfile(24));
  expect(longestLease(terms(48, null))).toEqual({ hours: 48, by: ["template"] });
  expect(longestLease(terms(48, 72, 24))).toEqual(byProfile(24));
  expect(longestLease(terms(24, 72, 24))).toEqual({ hours: 24, by: ["template", "profile"] });
});

test("it is said whose limit it is", () => {
  const words = (...given: Parameters<typeof terms>) => {
    const longest = longestLease(terms(...given));
    return longest && allowedWords(longest);
  };
  expect(words(24, 48)).toBe("Its template allows 1 day at most");
  expect(words(48, 24)).toBe("Its compute profile allows 1 day at most");
  expect(words(24, 24)).toBe("Its template and its compute profile allow 1 day at most");
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
  expect(checkLease(24, byProfile(24))).toEqual({ ok: true, value: 24 });
  const message = "Its compute profile allows 1 day at most. It can be extended later.";
  for (const hours of [25, null]) {
    expect(checkLease(hours, byProfile(24))).toEqual({
      ok: false,
      refusal: { kind: "invalid_input", fields: { leaseHours: message } },
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
  expect(launchLease(undefined, terms(72, 24, null, 48))).toEqual({ ok: true, value: 24 });
  expect(launchLease(undefined, terms(12, 24))).toEqual({ ok: true, value: 12 });
  expect(launchLease(undefined, terms(null, null))).toEqual({ ok: true, value: null });
  expect(launchLease(4, terms(null, 24))).toEqual({ ok: true, value: 4 });
  expect(launchLease(null, terms(24)).ok).toBe(false);
});
