import fc from "fast-check";
import { expect, test } from "vitest";
import { type AddressRange, nodesOfRange } from "#lib/domain/node/address-range";

const range = (wish: Partial<AddressRange>): AddressRange => ({
  first: "10.0.8.254",
  count: 3,
  names: "gpu-r07-n{01}",
  units: null,
  ...wish,
});

test("counts names, addresses and units up", () => {
  expect(nodesOfRange(range({ units: { first: 1, each: 8 } }))).toEqual([
    { name: "gpu-r07-n01", address: "10.0.8.254", unit: 1 },
    { name: "gpu-r07-n02", address: "10.0.8.255", unit: 9 },
    { name: "gpu-r07-n03", address: "10.0.9.0", unit: 17 },
  ]);
});

test.each([
  ["fd00::ffff", ["fd00::ffff", "fd00::1:0"]],
  ["::", ["::", "::1"]],
  ["fd00:0:0:1::", ["fd00:0:0:1::", "fd00:0:0:1::1"]],
  ["2001:db8:0:0:1:0:0:9", ["2001:db8::1:0:0:9", "2001:db8::1:0:0:a"]],
])("counts IPv6 up from %s", (first, addresses) => {
  const nodes = nodesOfRange(range({ first, count: 2 }));
  expect(Array.isArray(nodes) && nodes.map((node) => node.address)).toEqual(addresses);
});

test.each([
  [{ first: "10.0.8" }, "first", "no IP address"],
  [{ first: "10.0.8.256" }, "first", "no IP address"],
  [{ first: "1::2::3" }, "first", "no IP address"],
  [{ first: "1:2:3:4:5:6:7:8:9" }, "first", "no IP address"],
  [{ first: "255.255.255.254" }, "count", "past the last"],
  [{ names: "gpu" }, "names", "needs a place for the number"],
  [{ count: 0 }, "count", "Between 1 and 1,000"],
  [{ count: Number.NaN }, "count", "Between 1 and 1,000"],
])("says why %j makes no list, and that it is the %s", (wish, field, words) => {
  expect(nodesOfRange(range(wish))).toEqual({ field, words: expect.stringContaining(words) });
});

test("an address is written as it is read", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.ipV4(),
        fc.ipV6().filter((a) => !a.includes(".")),
      ),
      (first) => {
        const once = nodesOfRange(range({ first, count: 1 }));
        const address = Array.isArray(once) ? (once[0]?.address ?? "") : "";
        const twice = nodesOfRange(range({ first: address, count: 1 }));
        expect(Array.isArray(twice) && twice[0]?.address).toBe(address);
        expect(
          new URL(`http://${address.includes(":") ? `[${address}]` : address}/`).hostname,
        ).toBe(address.includes(":") ? `[${address}]` : address);
      },
    ),
  );
});
