import { expect, test } from "vitest";
import { amountWords, costWords, hourlyPrice, priceWords } from "#lib/domain/profile/price";
import { type ProfileTerms, termChanges } from "#lib/domain/profile/terms";

test("an amount is told to the hundredth, after the code of its currency", () => {
  expect(priceWords(123_450, "USD")).toBe("USD 1,234.50");
  expect(amountWords(0)).toBe("0.00");
  expect(amountWords(5)).toBe("0.05");
});

test("a launch costs what its nodes cost an hour, times its lease", () => {
  const price = hourlyPrice([
    { nodes: 2, priceCents: 2_400 },
    { nodes: 1, priceCents: 95 },
    { nodes: 0, priceCents: null },
  ]);
  expect(price).toEqual({ cents: 4_895, pricedNodes: 3, unpricedNodes: 0 });
  expect(costWords(price, 168, "EUR")).toBe("EUR 48.95 an hour: EUR 8,223.60 for the whole lease.");
  expect(costWords(price, null, "EUR")).toBe(
    "EUR 48.95 an hour: EUR 1,174.80 a day, until it is released.",
  );
});

test("nodes without a price are said to be left out, and nothing is said where none has one", () => {
  const some = hourlyPrice([
    { nodes: 1, priceCents: 100 },
    { nodes: 2, priceCents: null },
  ]);
  expect(costWords(some, 1, "USD")).toBe(
    "USD 1.00 an hour: USD 1.00 for the whole lease. 2 nodes have no price and are not counted.",
  );
  expect(costWords(hourlyPrice([{ nodes: 1, priceCents: 0 }]), 1, "USD")).toContain("USD 0.00");
  expect(costWords(hourlyPrice([{ nodes: 3, priceCents: null }]), 1, "USD")).toBeNull();
  expect(costWords(hourlyPrice([{ nodes: 0, priceCents: 100 }]), 1, "USD")).toBeNull();
});

test("two versions differ in the terms that read differently", () => {
  const before: ProfileTerms = {
    displayName: "8 × H200",
    description: "",
    image: "Ubuntu 24.04",
    allowedImages: null,
    longestLeaseHours: null,
    priceCents: null,
    gpuSharing: "none",
    containerRuntime: "runc",
    storageClasses: [],
  };
  expect(termChanges(before, { ...before }, "USD")).toEqual([]);
  const allowedImages = ["Debian 13", "Ubuntu 24.04"];
  const after: ProfileTerms = {
    ...{ ...before, allowedImages, longestLeaseHours: 336, priceCents: 2_400 },
    ...{ gpuSharing: "time_slicing", containerRuntime: "kata", storageClasses: ["fast", "bulk"] },
  };
  expect(termChanges(before, after, "USD")).toEqual([
    {
      what: "Allowed images",
      before: "all that a project may run",
      after: "Debian 13, Ubuntu 24.04",
    },
    { what: "Longest lease", before: "no limit", after: "2 weeks" },
    { what: "Price", before: "not told", after: "USD 24.00 an hour" },
    { what: "GPU sharing", before: "none", after: "time slicing" },
    { what: "Container runtime", before: "runc", after: "kata" },
    { what: "Storage classes", before: "none", after: "fast, bulk" },
  ]);
});
