import fc from "fast-check";
import { expect, test } from "vitest";
import { admit, type Demand, demandsOf, type QuotaLine } from "#lib/domain/quota/quota";
import { refusalMessage } from "#lib/domain/refusal";

const gpus = (amount: number): Demand => ({
  dimension: "gpus",
  subject: "H200",
  words: "H200 GPUs",
  amount,
});
const line = (scope: "tenant" | "project", limit: number, used = 0): QuotaLine => ({
  scope,
  dimension: "gpus",
  subject: "H200",
  limit,
  used,
});

test("groups of one GPU model are one demand on it, and one on each profile", () => {
  const group = { profileId: "p1", profileName: "gpu-8x", gpuModel: "H200", gpusPerNode: 8 };
  expect(
    demandsOf([
      { ...group, nodeCount: 2 },
      { ...group, profileId: "p2", profileName: "gpu-4x", gpusPerNode: 4, nodeCount: 1 },
      { profileId: "p3", profileName: "cpu", gpuModel: null, gpusPerNode: 0, nodeCount: 1 },
      { ...group, profileId: "p4", profileName: "none", nodeCount: 0 },
    ]).map((demand) => `${demand.amount} ${demand.words}`),
  ).toEqual(["20 H200 GPUs", "2 nodes of gpu-8x", "1 nodes of gpu-4x", "1 nodes of cpu"]);
});

test("a tenant without a line for a GPU model holds none of it", () => {
  expect(admit([], [gpus(8)])).toMatchObject({ ok: false, refusal: { limit: 0, scope: "tenant" } });
});

test("a project without a line is bounded by its tenant alone", () => {
  expect(admit([line("tenant", 16)], [gpus(16)]).ok).toBe(true);
});

test("a refusal says what is needed, what is left and what to do", () => {
  const refused = admit([line("tenant", 64, 8), line("project", 16, 8)], [gpus(16)]);
  expect(refused.ok || refusalMessage(refused.refusal)).toBe(
    "This needs 16 H200 GPUs and 8 of the project's 16 are left. Take fewer nodes, release an environment, or ask for more quota.",
  );
});

test("whatever is asked in whatever order, what is admitted never passes a limit", () => {
  const subjects = ["H200", "B200"];
  const lineOf = fc.record({
    scope: fc.constantFrom("tenant", "project"),
    dimension: fc.constantFrom("gpus", "nodes"),
    subject: fc.constantFrom(...subjects),
    limit: fc.nat(64),
  }) satisfies fc.Arbitrary<Omit<QuotaLine, "used">>;
  const launch = fc.array(
    fc.record({
      dimension: fc.constantFrom("gpus", "nodes"),
      subject: fc.constantFrom(...subjects),
      words: fc.constant("things"),
      amount: fc.integer({ min: 1, max: 24 }),
    }) satisfies fc.Arbitrary<Demand>,
    { minLength: 1, maxLength: 3 },
  );
  const key = (of: { dimension: string; subject: string }) => `${of.dimension}:${of.subject}`;

  fc.assert(
    fc.property(
      fc.uniqueArray(lineOf, { selector: (l) => `${l.scope}:${key(l)}`, maxLength: 8 }),
      fc.array(launch, { maxLength: 30 }),
      (limits, launches) => {
        const lines = limits.map((limit) => ({ ...limit, used: 0 }));
        let gpusWithoutLine = 0;
        for (const asked of launches) {
          // As `demandsOf` gives them: one demand for one subject.
          const demands = [
            ...new Map(asked.map((demand) => [key(demand), demand] as const)).values(),
          ];
          if (!admit(lines, demands).ok) continue;
          for (const demand of demands) {
            for (const held of lines) {
              if (key(held) === key(demand)) held.used += demand.amount;
            }
            const bounded = lines.some((l) => l.scope === "tenant" && key(l) === key(demand));
            if (demand.dimension === "gpus" && !bounded) gpusWithoutLine += demand.amount;
          }
        }
        expect(lines.filter((held) => held.used > held.limit)).toEqual([]);
        expect(gpusWithoutLine).toBe(0);
      },
    ),
    { numRuns: 500 },
  );
});

test("what fits is admitted: a limit can be used up to the last one", () => {
  fc.assert(
    fc.property(fc.nat(100), fc.nat(100), (used, amount) => {
      const lines = [line("tenant", used + amount, used)];
      expect(admit(lines, [gpus(amount)]).ok).toBe(true);
      expect(admit(lines, [gpus(amount + 1)]).ok).toBe(false);
    }),
  );
});
