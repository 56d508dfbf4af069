import fc from "fast-check";
import { expect, test } from "vitest";
import { weighClaim } from "#lib/domain/environment/claim";
import { newId } from "#lib/domain/id";
import type { QuotaLine } from "#lib/domain/quota/quota";

const types = [newId("nodeType"), newId("nodeType")] as const;
const small = (max: number) => fc.integer({ min: 0, max });

const profile = fc.record({
  id: fc.constant(newId("profile")),
  name: fc.constantFrom("gpu-8x", "gpu-4x"),
  nodeTypeId: fc.constantFrom(...types),
  state: fc.constantFrom("active" as const, "deprecated" as const, "disabled" as const),
  gpuModel: fc.constantFrom("H100", "H200", null),
  gpusPerNode: fc.constantFrom(0, 4, 8),
});
const group = fc.tuple(fc.option(profile, { freq: 8 }), small(3));
const line: fc.Arbitrary<QuotaLine> = fc.record({
  scope: fc.constantFrom("tenant", "project"),
  dimension: fc.constant("gpus"),
  subject: fc.constantFrom("H100", "H200"),
  limit: small(64),
  used: small(32),
});

// A preflight shows the parts and a launch obeys the verdict: one is the sum of the others.
test("a claim is refused just when one of its parts is", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(
      fc.array(group, { maxLength: 3 }),
      fc.uniqueArray(line, { selector: (each) => `${each.scope} ${each.subject}` }),
      small(6),
      small(6),
      (asked, lines, ...free) => {
        const groups = asked.map(([each], at) => ({ name: `g${at}`, profile: each }));
        const counts = Object.fromEntries(asked.map(([, count], at) => [`g${at}`, count]));
        const left = new Map(types.map((type, at) => [type, free[at] ?? 0]));
        const claim = weighClaim(groups, counts, lines, left);
        const stopped =
          claim.unoffered.length > 0 ||
          claim.quota.some(({ admitted }) => !admitted.ok) ||
          claim.nodes.some((need) => need.count > need.free);
        expect(claim.verdict.ok).toBe(!stopped);
        seen.add(claim.verdict.ok ? "ok" : claim.verdict.refusal.kind);
        const wanted = claim.wanted.reduce((sum, { count }) => sum + count, 0);
        expect(claim.nodes.reduce((sum, { count }) => sum + count, 0)).toBe(wanted);
      },
    ),
    { numRuns: 500 },
  );
  expect([...seen].sort()).toEqual(["no_capacity", "not_found", "not_now", "ok", "quota_exceeded"]);
});

test("groups on one node type need their nodes together", () => {
  const on = (name: string) => ({
    ...{ id: newId("profile"), name, nodeTypeId: types[0] },
    ...{ state: "active" as const, gpuModel: null, gpusPerNode: 0 },
  });
  const groups = [
    { name: "a", profile: on("cpu-small") },
    { name: "b", profile: on("cpu-large") },
  ];
  const { verdict } = weighClaim(groups, { a: 2, b: 2 }, [], new Map([[types[0], 3]]));
  expect(verdict).toMatchObject({
    refusal: { kind: "no_capacity", profile: "cpu-small and cpu-large", requested: 4, free: 3 },
  });
});
