import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  clockText,
  isTimeZone,
  type MailTimes,
  mailTimesWords,
  nextDigest,
  quietUntil,
} from "#lib/domain/notification/mail-times";

const at = (text: string) => Date.parse(text);
const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString().slice(0, 16));
const minutes = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
const times = (timeZone: string, from: string, until: string, digest = "08:00"): MailTimes => ({
  timeZone,
  quiet: { from: minutes(from), until: minutes(until) },
  digestAt: minutes(digest),
});
const berlin = times("Europe/Berlin", "22:00", "07:00");

test.for([
  ["2026-07-01T19:59:59Z", null, "two minutes to ten at night, in summer"],
  ["2026-07-01T20:00:00Z", "2026-07-02T05:00", "ten at night"],
  ["2026-07-01T23:30:00Z", "2026-07-02T05:00", "after midnight"],
  ["2026-07-02T04:59:59Z", "2026-07-02T05:00", "the last second"],
  ["2026-07-02T05:00:00Z", null, "seven in the morning"],
  ["2026-12-31T22:00:00Z", "2027-01-01T06:00", "over New Year, in winter"],
] as const)("mail of %s waits until %s: %s", ([moment, until]) => {
  expect(iso(quietUntil(berlin, at(moment)))).toBe(until);
});

test("hours of one day, and none at all", () => {
  const noon = times("America/New_York", "12:00", "13:30");
  expect(iso(quietUntil(noon, at("2026-07-01T16:00:00Z")))).toBe("2026-07-01T17:30");
  expect(quietUntil(noon, at("2026-07-01T17:30:00Z"))).toBeNull();
  expect(quietUntil({ ...noon, quiet: null }, at("2026-07-01T16:00:00Z"))).toBeNull();
});

// Berlin, 2026: at 02:00 on March 29 it becomes 03:00, at 03:00 on October 25 it becomes 02:00.
test("the night in which clocks go forward is an hour shorter, and the other an hour longer", () => {
  const spring = quietUntil(berlin, at("2026-03-28T21:00:00Z")) ?? 0;
  expect(iso(spring)).toBe("2026-03-29T05:00");
  expect(spring - at("2026-03-28T21:00:00Z")).toBe(8 * 3_600_000);
  const autumn = quietUntil(berlin, at("2026-10-24T20:00:00Z")) ?? 0;
  expect(iso(autumn)).toBe("2026-10-25T06:00");
  expect(autumn - at("2026-10-24T20:00:00Z")).toBe(10 * 3_600_000);
});

test("an end that clocks jump over is the jump, and one that they read twice is the first", () => {
  const early = times("Europe/Berlin", "22:00", "02:30", "02:30");
  expect(iso(quietUntil(early, at("2026-03-28T23:00:00Z")))).toBe("2026-03-29T01:00");
  expect(iso(quietUntil(early, at("2026-10-24T23:00:00Z")))).toBe("2026-10-25T00:30");
  // In the hour that comes again the clock says that it is quiet once more, and then that it is over.
  expect(iso(quietUntil(early, at("2026-10-25T01:10:00Z")))).toBe("2026-10-25T01:30");
  // The digest comes once all the same.
  const digest = { ...early, quiet: null };
  const first = nextDigest(digest, at("2026-10-24T23:00:00Z"));
  expect([first, nextDigest(digest, first)].map(iso)).toEqual([
    "2026-10-25T00:30",
    "2026-10-26T01:30",
  ]);
  expect(iso(nextDigest(digest, at("2026-03-28T23:00:00Z")))).toBe("2026-03-29T01:00");
});

test.for([
  ["Asia/Kathmandu", "2026-07-01T00:00:00Z", "2026-07-01T02:15"],
  ["Australia/Lord_Howe", "2026-10-03T12:00:00Z", "2026-10-03T21:00"],
  ["Pacific/Kiritimati", "2026-07-01T17:59:59Z", "2026-07-01T18:00"],
  ["Pacific/Apia", "2026-07-01T18:59:59Z", "2026-07-01T19:00"],
] as const)("eight in the morning in %s", ([timeZone, moment, digest]) => {
  expect(iso(nextDigest({ timeZone, quiet: null, digestAt: 480 }, at(moment)))).toBe(digest);
});

test("a digest whose time is quiet comes when the quiet hours are over", () => {
  const early = { ...berlin, digestAt: minutes("06:00") };
  expect(iso(nextDigest(early, at("2026-07-01T12:00:00Z")))).toBe("2026-07-02T05:00");
  expect(mailTimesWords(early)).toEqual([
    "Mail waits from 22:00 to 07:00, Europe/Berlin.",
    "The daily digest would be at 06:00 and comes at 07:00, when quiet hours are over.",
  ]);
  expect(mailTimesWords({ ...berlin, quiet: null })[0]).toBe("Mail comes at any hour.");
});

test("whatever is chosen, mail waits for a day and an hour at most, and then may go", () => {
  const zone = fc.constantFrom(
    ...["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"],
    ...["America/St_Johns", "Asia/Gaza", "Pacific/Chatham", "America/Nuuk"],
  );
  const minute = fc.integer({ min: 0, max: 1439 });
  fc.assert(
    fc.property(
      zone,
      minute,
      minute,
      minute,
      fc.integer({ min: 1_767_225_600, max: 1_830_297_600 }),
      (timeZone, from, until, digestAt, second) => {
        // An end that the clocks jump over may else fall into the next quiet hours.
        fc.pre((from - until + 1440) % 1440 > 60);
        const chosen: MailTimes = { timeZone, quiet: { from, until }, digestAt };
        const now = second * 1000;
        const end = quietUntil(chosen, now);
        if (end !== null) {
          expect(end).toBeGreaterThan(now);
          expect(end - now).toBeLessThanOrEqual(25 * 3_600_000);
          expect(quietUntil(chosen, end)).toBeNull();
        }
        const digest = nextDigest({ ...chosen, quiet: null }, now);
        expect(digest).toBeGreaterThan(now);
        expect(digest - now).toBeLessThanOrEqual(25 * 3_600_000);
        expect(quietUntil(chosen, nextDigest(chosen, now))).toBeNull();
      },
    ),
  );
});

test("zones are known by name, and clocks read with two digits", () => {
  expect(["Europe/Berlin", "UTC", "Mars/Olympus", "", "Europe/Berlin; x"].map(isTimeZone)).toEqual([
    ...[true, true, false, false, false],
  ]);
  expect(clockText(65)).toBe("01:05");
});
