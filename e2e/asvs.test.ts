import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { requirements } from "#e2e/asvs";

const proofs = requirements.flatMap(({ number, proofs }) =>
  proofs.map((proof) => [number, proof.file, proof.test] as const),
);

test.for(proofs)("what proves %s is in %s: %s", ([, file, title]) => {
  expect(file).toMatch(/\.(test|spec)\.ts$/);
  expect(existsSync(file)).toBe(true);
  expect(readFileSync(file, "utf8")).toContain(`"${title}"`);
});

test.for(requirements.map((each) => [each.number, each] as const))(
  "%s has proofs, or says why it has none",
  ([, { proofs, why }]) => {
    expect(proofs.length > 0).toBe(why === undefined);
  },
);

test("each requirement is there once, in the order of their numbers", () => {
  const numbers = requirements.map(({ number }) => number);
  const inOrder = [...new Set(numbers)].sort((one, other) =>
    one.localeCompare(other, "en", { numeric: true }),
  );
  expect(numbers).toEqual(inOrder);
});
