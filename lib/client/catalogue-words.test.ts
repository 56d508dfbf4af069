import { expect, test } from "vitest";
import { usualPriceWords } from "#lib/client/catalogue-words";
import { type Id, newId } from "#lib/domain/id";
import type { CatalogueTemplate } from "#lib/schemas/catalogue-view";

type Group = CatalogueTemplate["groups"][number];

const priced = { id: newId("profile"), priceCents: 9_800 };
const unpriced = { id: newId("profile"), priceCents: null };

function group(profileId: Id<"profile">, nodes: number): Group {
  const profile = {
    ...{ id: profileId, name: "gpu", displayName: "GPU", state: "active" as const },
    ...{ gpusPerNode: 8, gpuModel: "H200", freeNow: 4, longestLeaseHours: null },
    ...{ defaultImageId: newId("image"), allowedImageIds: null },
  };
  return {
    name: "workers",
    role: "gpu_worker",
    minCount: 0,
    maxCount: 8,
    defaultCount: nodes,
    profile,
  };
}

test("a template's price is that of the nodes that a launch begins with", () => {
  const words = (...groups: Group[]) => usualPriceWords({ groups }, [priced, unpriced], "USD");
  expect(words(group(priced.id, 2))).toMatch(/^USD 196.00 an hour for 2\snodes$/);
  expect(words(group(priced.id, 1), group(unpriced.id, 3))).toMatch(
    /^USD 98.00 an hour for 1\snode, 3 without a price$/,
  );
  expect(words(group(unpriced.id, 2))).toBeNull();
  expect(words(group(priced.id, 0))).toBeNull();
});
