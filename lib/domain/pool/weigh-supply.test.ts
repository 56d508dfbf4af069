import fc from "fast-check";
import { expect, test } from "vitest";
import { newId } from "#lib/domain/id";
import { checkSupply, networkNeeds, type PoolSupply } from "#lib/domain/pool/network-needs";
import { weighSupply } from "#lib/domain/pool/weigh-supply";
import { addressDemand, admit, type QuotaLine } from "#lib/domain/quota/quota";

const type = newId("nodeType");
const places = [newId("site"), newId("site"), newId("site")] as const;
const small = (max: number) => fc.integer({ min: 0, max });

const network = fc.record({
  isPrivate: fc.boolean(),
  hasPartition: fc.boolean(),
  publicAddresses: fc.constantFrom("none" as const, "per_node" as const),
});
const pool: fc.Arbitrary<PoolSupply> = fc
  .record({
    what: fc.constantFrom(
      ["vlan", 0] as const,
      ["private_prefix", 4] as const,
      ["private_prefix", 6] as const,
      ["pkey", 0] as const,
      ["public_ip", 4] as const,
      ["public_ip", 6] as const,
    ),
    free: small(5),
  })
  .map(({ what: [kind, family], free }) => ({ kind, family, free: BigInt(free) }));
const pools = fc.uniqueArray(pool, { selector: ({ kind, family }) => `${kind} ${family}` });
const line: fc.Arbitrary<QuotaLine> = fc.record({
  scope: fc.constantFrom("tenant", "project"),
  dimension: fc.constant("public_ips"),
  subject: fc.constantFrom("ipv4", "ipv6"),
  limit: small(6),
  used: small(2),
});
const world = fc.record({
  network,
  free: fc.tuple(small(3), small(3), small(3)),
  held: fc.tuple(small(2), small(1), fc.constant(0)),
  supplies: fc.tuple(pools, pools, pools),
  lines: fc.uniqueArray(line, { selector: (each) => `${each.scope} ${each.subject}` }),
  count: fc.integer({ min: 1, max: 5 }),
});
type World = typeof world extends fc.Arbitrary<infer W> ? W : never;

function weigh({ network: wanted, free, held, supplies, lines }: World, count: number) {
  return weighSupply(
    wanted,
    [{ nodeTypeId: type, profiles: "gpu-8x", count, free: free.reduce((a, b) => a + b) }],
    racksOf({ free, held }),
    new Map(places.map((siteId, at) => [siteId, supplies[at] ?? []])),
    lines,
  );
}

const racks = places.map(() => newId("rack"));
const racksOf = ({ free, held }: Pick<World, "free" | "held">) =>
  places.flatMap((siteId, at) => {
    const rackId = racks[at];
    const here = free[at] ?? 0;
    const rack = { siteId, nodeTypeId: type, free: here, held: Math.min(here, held[at] ?? 0) };
    return rackId && here > 0 ? [{ rackId, ...rack }] : [];
  });

// A launch, a hold and the preflight obey the verdict: nothing may refuse the network afterwards.
test("from whichever of its racks a launch takes its nodes, their network is there", () => {
  fc.assert(
    fc.property(world, fc.array(small(2), { minLength: 5, maxLength: 5 }), (given, picks) => {
      const { racks: mayTake } = weigh(given, given.count);
      const left = racksOf(given).filter(({ rackId }) => mayTake.includes(rackId));
      const taken = [0, 0, 0];
      for (const pick of picks.slice(0, given.count)) {
        // What is held first, and then whatever else.
        const held = left.filter((rack) => rack.held > 0);
        const from = (held.length > 0 ? held : left).filter((rack) => rack.free > 0);
        const rack = from[pick % Math.max(1, from.length)];
        if (!rack) continue;
        rack.free -= 1;
        rack.held -= 1;
        const at = places.indexOf(rack.siteId);
        taken[at] = (taken[at] ?? 0) + 1;
      }
      const families: number[] = [];
      for (const [at, here] of taken.entries()) {
        if (here === 0) continue;
        const supply = given.supplies[at] ?? [];
        const needs = networkNeeds(given.network, supply);
        if (!needs.ok) throw new Error("a site without a pool");
        expect(checkSupply(needs.value, supply, here).ok).toBe(true);
        for (const { kind, family } of needs.value) {
          if (kind === "public_ip") families.push(...Array(here).fill(family));
        }
      }
      const demands = [4, 6].map((family) =>
        addressDemand(family, families.filter((each) => each === family).length),
      );
      const asked = demands.filter(({ amount }) => amount > 0);
      expect(admit(given.lines, asked).ok).toBe(true);
    }),
  );
});

test("where a quota closes a site it says so, whatever stands at others", () => {
  const v4: PoolSupply = { kind: "public_ip", family: 4, free: 9n };
  const v6: PoolSupply = { ...v4, family: 6 };
  const given: World = {
    network: { isPrivate: false, hasPartition: false, publicAddresses: "per_node" },
    ...{ free: [2, 2, 1], held: [0, 0, 0], supplies: [[], [v4, v6], [v4]], count: 3 },
    lines: [{ scope: "tenant", dimension: "public_ips", subject: "ipv6", limit: 2, used: 1 }],
  };
  const refused = { kind: "quota_exceeded", what: "public IPv6 addresses", requested: 2, limit: 2 };
  expect(weigh(given, 3).verdict).toMatchObject({ ok: false, refusal: refused });
  expect(weigh({ ...given, lines: [] }, 4).verdict).toMatchObject({
    ok: false,
    refusal: { kind: "not_now", reason: expect.stringContaining("of the 5 free 3 stand where") },
  });
});

test("it is refused just when enough are free, and too few where their network is; fewer are taken", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(world, (given) => {
      const { racks: mayTake, verdict } = weigh(given, given.count);
      const all = racksOf(given);
      const standIn = all.filter(({ rackId }) => mayTake.includes(rackId));
      const left = standIn.reduce((sum, { free }) => sum + free, 0);
      const total = all.reduce((sum, { free }) => sum + free, 0);
      if (left >= given.count) expect(verdict.ok).toBe(true);
      else if (total >= given.count) expect(verdict.ok).toBe(false);
      if (verdict.ok || verdict.refusal.kind !== "not_now") return;
      const most = /Take (\d+) or fewer/.exec(verdict.refusal.advice)?.[1];
      seen.add(most === undefined ? "none" : "some");
      if (most !== undefined) expect(weigh(given, Number(most)).verdict.ok).toBe(true);
    }),
    { numRuns: 500 },
  );
  expect(seen).toEqual(new Set(["none", "some"]));
});
