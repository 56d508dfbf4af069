import { expect, test } from "vitest";
import { nextHostnames } from "#lib/domain/environment/hostname";
import { checkCounts, missingCounts } from "#lib/domain/environment/node-groups";

const groups = [
  { name: "head", minCount: 1, maxCount: 1 },
  { name: "workers", minCount: 0, maxCount: 4 },
];

test("a group that is not named is asked for no nodes", () => {
  expect(checkCounts(groups, { head: 1 })).toEqual({ ok: true, value: { head: 1, workers: 0 } });
});

test.for([
  [{ head: 2 }, "counts.head", "The group head has 1 node, no more and no fewer."],
  [{ head: 1, workers: 5 }, "counts.workers", "The group workers takes between 0 and 4 nodes."],
  [{ head: 1, gpus: 1 }, "counts.gpus", "The template has no group named gpus."],
  // A name that every object has is not a count.
  [{ head: 1, toString: 1 }, "counts.toString", "The template has no group named toString."],
] as const)("%j is refused", ([asked, field, words]) => {
  expect(checkCounts(groups, asked as Record<string, number>)).toEqual({
    ok: false,
    refusal: { kind: "invalid_input", fields: { [field]: words } },
  });
});

test("a launch of no nodes is refused even where every group may be empty", () => {
  expect(checkCounts([{ name: "a", minCount: 0, maxCount: 2 }], {})).toMatchObject({
    ok: false,
    refusal: { fields: { counts: "Ask for at least one node." } },
  });
});

test("what is missing is what was asked less what is held", () => {
  const held = [{ groupName: "workers" }, { groupName: "workers" }, { groupName: "head" }];
  expect(missingCounts({ head: 1, workers: 4 }, held)).toEqual({ head: 0, workers: 2 });
  expect(missingCounts({ head: 1 }, [...held, { groupName: "head" }])).toEqual({ head: 0 });
});

test("a node that replaces another takes the name that became free", () => {
  expect(nextHostnames("train", ["train-1", "train-3"], 2)).toEqual(["train-2", "train-4"]);
});
