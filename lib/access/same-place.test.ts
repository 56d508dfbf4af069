import { expect, test } from "vitest";
import { isSamePlace } from "#lib/access/same-place";

test.for([
  ["192.0.2.7", "192.0.2.7", true],
  ["192.0.2.7", "192.0.2.8", false],
  ["2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true],
  ["2001:db8:1:2::1", "2001:db8:1:3::1", false],
  ["2001:db8::1", "2001:DB8:0:0:a::", true],
  ["192.0.2.7", "2001:db8::1", false],
  ["no address", "2001:db8::1", false],
] as const)("%s and %s are one place: %s", ([one, other, same]) => {
  expect(isSamePlace(one, other)).toBe(same);
  expect(isSamePlace(other, one)).toBe(same);
});
