import { expect, test } from "vitest";
import { partitionDrift } from "#lib/domain/network/partition-drift";

const all = (...guids: string[]) => guids.map((guid) => ({ guid, isFull: true }));

test("the partitions that ports are in against the one they should be in", () => {
  const drift = (wanted: number | null, partitions: [number, ReturnType<typeof all>][]) =>
    partitionDrift(wanted, ["a", "b"], new Map(partitions), (pkey) => pkey < 0x100);
  expect(drift(16, [[16, all("a", "b", "x")]])).toBeNull();
  expect(drift(null, [[16, all("x")]])).toBeNull();
  expect(drift(16, [])).toBe("2 of its 2 ports are not in the partition 0x0010: a, b.");
  expect(drift(16, [[16, all("b")]])).toBe("1 of its 2 ports is not in the partition 0x0010: a.");
  expect(drift(16, [[16, [...all("a"), { guid: "b", isFull: false }]]])).toContain(
    "is no full member of the partition 0x0010: b",
  );
  // Where they should not be is worse than where they are not: it is said first.
  expect(drift(16, [[17, all("a")]])).toContain(
    "the partition 0x0011, which they should not be in",
  );
  expect(
    drift(null, [
      [16, all("a")],
      [17, all("b")],
    ]),
  ).toContain("0x0010, 0x0011");
  // Of other people's partitions nothing is said.
  expect(
    drift(16, [
      [16, all("a", "b")],
      [0x7fff, all("a", "b")],
    ]),
  ).toBeNull();
});
