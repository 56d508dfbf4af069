import { expect, test } from "vitest";
import { isOtherPlace } from "#lib/domain/access/other-place";

test.for([
  ["192.0.2.7", "192.0.2.7", false],
  ["192.0.2.7", "192.0.2.8", true],
  ["::ffff:192.0.2.7", "192.0.2.7", false],
  ["::ffff:192.0.2.7", "::FFFF:198.51.100.1", true],
  ["2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", false],
  ["2001:db8:1:2::1", "2001:db8:1:3::1", true],
  ["2001:db8::1", "2001:DB8:0:0:a::", false],
  ["192.0.2.7", "2001:db8::1", false],
  ["no address", "2001:db8::1", false],
] as const)("%s and %s are two places: %s", ([one, other, two]) => {
  expect(isOtherPlace(one, other)).toBe(two);
  expect(isOtherPlace(other, one)).toBe(two);
});
