import fc from "fast-check";
import { expect, test } from "vitest";
import { admitSplit, admitTenantLimit } from "#lib/domain/quota/split";

const gpus = { dimension: "gpus", subject: "H200", words: "H200 GPUs" } as const;
const nodes = { dimension: "nodes", subject: "prf_x", words: "nodes of cpu" } as const;
const limits = fc.array(fc.nat(500), { maxLength: 6 });

test("the projects together never get past the tenant", () => {
  fc.assert(
    fc.property(fc.nat(1000), limits, fc.nat(1000), (tenant, others, wanted) => {
      const sum = others.reduce((a, b) => a + b, 0) + wanted;
      expect(admitSplit(gpus, tenant, others, wanted).ok).toBe(sum <= tenant);
    }),
  );
});

test("what was admitted for the projects is admitted for the tenant, and the other way round", () => {
  fc.assert(
    fc.property(fc.option(fc.nat(1000)), limits, fc.nat(500), (tenant, others, wanted) => {
      expect(admitSplit(gpus, tenant, others, wanted).ok).toBe(
        admitTenantLimit(gpus, [...others, wanted], tenant).ok,
      );
    }),
  );
});

test("the refusal says how much is left to promise", () => {
  expect(admitSplit(gpus, 80, [32, 40], 16)).toEqual({
    ok: false,
    refusal: {
      kind: "invalid_input",
      fields: {
        limit:
          "The tenant has 80 H200 GPUs and its other projects are promised 72. Promise at most 8 here, or lower another project first.",
      },
    },
  });
  expect(admitSplit(gpus, 80, [80], 1)).toMatchObject({
    refusal: { fields: { limit: expect.stringContaining("nothing left to promise") } },
  });
});

test("no line is none of a GPU model, and any number of nodes", () => {
  expect(admitSplit(gpus, null, [], 1).ok).toBe(false);
  expect(admitSplit(nodes, null, [9], 1_000).ok).toBe(true);
  expect(admitTenantLimit(gpus, [8], null).ok).toBe(false);
  expect(admitTenantLimit(nodes, [8], null).ok).toBe(true);
});

test("a project without a limit of its own is promised nothing", () => {
  expect(admitSplit(gpus, 8, [8], null).ok).toBe(true);
});
