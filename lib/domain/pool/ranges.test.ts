import fc from "fast-check";
import { expect, test } from "vitest";
import { parseAddress } from "#lib/domain/network-address";
import { formatAddress, formatItem, formatRanges } from "#lib/domain/pool/item-text";
import {
  countItems,
  hasItem,
  itemCountText,
  itemsIn,
  type PoolKind,
  type PoolShape,
  poolKinds,
  usedPercent,
} from "#lib/domain/pool/pool";
import { parseRanges } from "#lib/domain/pool/ranges";

const read = (kind: PoolKind, text: string, itemLength: number | null = null) => {
  const parsed = parseRanges(kind, text, itemLength);
  if (!parsed.ok) return parsed.refusal;
  const shape: PoolShape = { kind, family: parsed.value.family, itemLength };
  return `${formatRanges(shape, parsed.value.ranges)} = ${countItems(shape, parsed.value.ranges)}`;
};

test("what is read, and how many items it is", () => {
  expect(read("vlan", "100-199, 300")).toBe("100-199, 300 = 101");
  // In order, neighbours joined, whatever it was separated by.
  expect(read("vlan", "300\n150 – 250 100-149")).toBe("100-250, 300 = 152");
  expect(read("pkey", "0x0001-0x00FF")).toBe("0x0001-0x00ff = 255");
  // Network and broadcast address are no host's.
  expect(read("public_ip", "203.0.113.0/24")).toBe("203.0.113.1-203.0.113.254 = 254");
  expect(read("public_ip", "203.0.113.8/31 203.0.113.20/32")).toBe(
    "203.0.113.8-203.0.113.9, 203.0.113.20 = 3",
  );
  expect(read("public_ip", "2001:db8::/64")).toBe(
    `2001:db8::1-2001:db8::ffff:ffff:ffff:ffff = ${2n ** 64n - 1n}`,
  );
  expect(read("private_prefix", "10.0.0.0/8", 24)).toBe("10.0.0.0/8 = 65536");
  expect(read("private_prefix", "10.0.0.0/24, 10.0.1.0/24, 10.0.2.0/24", 24)).toBe(
    "10.0.0.0/23, 10.0.2.0/24 = 3",
  );
  expect(read("private_prefix", "fd00::/48", 64)).toBe("fd00::/48 = 65536");
});

test("what is refused, and why", () => {
  expect(read("vlan", "")).toBe("Enter at least one range.");
  expect(read("vlan", "199-100")).toBe("199-100 runs backwards. Write 100-199.");
  expect(read("vlan", "1-4095")).toBe("1-4095: VLAN ids go from 1 to 4094.");
  expect(read("vlan", "0")).toContain("from 1 to 4094");
  expect(read("vlan", "1e3")).toContain("is not a range like");
  expect(read("pkey", "17")).toContain("is not a range like 0x0001-0x00ff");
  expect(read("pkey", "0x8001")).toContain("without the membership bit");
  expect(read("public_ip", "203.0.113.0/24, 2001:db8::/64")).toContain("either IPv4 or IPv6");
  expect(read("public_ip", "203.0.113.1-2001:db8::1")).toContain("goes from IPv4 to IPv6");
  expect(read("public_ip", "203.0.113.9-203.0.113.1")).toContain("runs backwards");
  expect(read("public_ip", "203.0.113.5/24")).toContain("Write 203.0.113.0/24.");
  expect(read("public_ip", "127.0.0.0/8")).toContain("no host can be given");
  expect(read("public_ip", "0.0.0.0/0")).toContain("no host can be given");
  expect(read("private_prefix", "10.0.0.0/8")).toContain("Say how long each IPv4 prefix is");
  expect(read("private_prefix", "fd00::/48", 80)).toContain("from 8 to 64");
  expect(read("private_prefix", "10.0.0.0/28", 24)).toContain("smaller than one prefix of /24");
  expect(read("private_prefix", "10.0.0.1", 24)).toContain("is not a network like");
  expect(read("vlan", Array(65).fill("1").join(","))).toBe("At most 64 ranges.");
});

const address = fc.oneof(
  fc.record({ family: fc.constant(4 as const), value: fc.bigInt(0n, 2n ** 32n - 1n) }),
  fc.record({ family: fc.constant(6 as const), value: fc.bigInt(2n ** 64n, 2n ** 128n - 1n) }),
);

test("an address is read back as it was written", () => {
  fc.assert(
    fc.property(address, ({ family, value }) => {
      expect(parseAddress(formatAddress(family, value))).toEqual({ family, value });
    }),
  );
  // The examples of RFC 5952.
  const written = (text: string) => formatAddress(6, parseAddress(text)?.value ?? 0n);
  expect(written("2001:db8:0:0:1:0:0:1")).toBe("2001:db8::1:0:0:1");
  expect(written("2001:DB8::0:1")).toBe("2001:db8::1");
  expect(written("2001:db8:0:1:1:1:1:1")).toBe("2001:db8:0:1:1:1:1:1");
});

const given: fc.Arbitrary<{ kind: PoolKind; text: string; itemLength: number | null }> = fc.oneof(
  fc
    .array(fc.tuple(fc.integer({ min: 1, max: 4000 }), fc.integer({ min: 0, max: 94 })), {
      minLength: 1,
      maxLength: 10,
    })
    .map((list) => ({
      kind: "vlan" as const,
      text: list.map(([first, more]) => `${first}-${first + more}`).join(","),
      itemLength: null,
    })),
  fc
    .array(fc.tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 16, max: 24 })), {
      minLength: 1,
      maxLength: 10,
    })
    .map((list) => ({
      kind: "private_prefix" as const,
      text: list.map(([second, length]) => `10.${second}.0.0/${length}`).join(" "),
      itemLength: 24,
    })),
  fc
    .array(fc.tuple(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 55 })), {
      minLength: 1,
      maxLength: 10,
    })
    .map((list) => ({
      kind: "public_ip" as const,
      text: list.map(([at, more]) => `2001:db8::${at}-2001:db8::${at + more}`).join(" "),
      itemLength: null,
    })),
);

test("ranges are read back as they were written, apart from one another, and hold what they count", () => {
  fc.assert(
    fc.property(given, ({ kind, text, itemLength }) => {
      const parsed = parseRanges(kind, text, itemLength);
      if (!parsed.ok) {
        // The writing above runs backwards in hexadecimal at times.
        expect(parsed.refusal).toContain("backwards");
        return;
      }
      const { family, ranges } = parsed.value;
      const shape = { kind, family, itemLength };
      expect(parseRanges(kind, formatRanges(shape, ranges), itemLength)).toEqual(parsed);
      ranges.slice(1).forEach((range, i) => {
        expect(range.first).toBeGreaterThan((ranges[i]?.last ?? 0n) + 1n);
      });
      const items = itemsIn(shape, ranges);
      expect(BigInt(items.length)).toBe(countItems(shape, ranges));
      expect(new Set(items.map((value) => formatItem(shape, value))).size).toBe(items.length);
      for (const value of items.slice(0, 20)) expect(hasItem(shape, ranges, value)).toBe(true);
    }),
  );
});

test("whatever is entered is answered", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...poolKinds),
      fc.string({ unit: "grapheme", maxLength: 60 }),
      fc.option(fc.integer()),
      (kind, text, itemLength) => {
        const parsed = parseRanges(kind, text, itemLength);
        if (!parsed.ok) expect(parsed.refusal.length).toBeGreaterThan(5);
      },
    ),
  );
});

test("an item between two, or past the end of the last, is not in the pool", () => {
  const shape: PoolShape = { kind: "private_prefix", family: 4, itemLength: 24 };
  const parsed = parseRanges("private_prefix", "10.0.0.0/23", 24);
  const ranges = parsed.ok ? parsed.value.ranges : [];
  const value = (text: string) => parseAddress(text)?.value ?? 0n;
  expect(hasItem(shape, ranges, value("10.0.1.0"))).toBe(true);
  expect(hasItem(shape, ranges, value("10.0.1.128"))).toBe(false);
  expect(hasItem(shape, ranges, value("10.0.2.0"))).toBe(false);
});

test("counts as people read them", () => {
  expect(itemCountText(4094n)).toBe("4,094");
  expect(itemCountText(2n ** 64n - 4n)).toBe("about 2^64");
  expect(itemCountText(2n ** 64n + 4n)).toBe("about 2^64");
  expect(usedPercent(3, 4n)).toBe(75);
  expect(usedPercent(1, 2n ** 64n)).toBe(0);
  expect(usedPercent(0, 0n)).toBe(100);
});
