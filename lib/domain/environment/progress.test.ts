import { expect, test } from "vitest";
import { type NodeProgress, progressOf } from "#lib/domain/environment/progress";

const node = (hostname: string, step: string | null, more: Partial<NodeProgress> = {}) =>
  ({
    hostname,
    kind: "node.deploy",
    state: "waiting",
    goingBack: false,
    step,
    waitReason: null,
    nextTryAt: null,
    ...more,
  }) satisfies NodeProgress;

test("an environment is as far as the node that is furthest behind", () => {
  const progress = progressOf([
    node("train-1", "phone_home"),
    node("train-2", "boot_script", {
      waitReason: "the node has not asked for its boot script yet",
      nextTryAt: "2026-01-01T00:00:02Z",
    }),
    node("train-3", "hand_over", { state: "succeeded" }),
  ]);
  expect(progress).toMatchObject({
    step: 7,
    steps: 13,
    nodes: 2,
    goingBack: false,
    behind: {
      hostname: "train-2",
      waitsFor: "the node has not asked for its boot script yet",
      nextTryAt: "2026-01-01T00:00:02Z",
    },
  });
});

test("a step without a reason of its own says until when it runs", () => {
  expect(progressOf([node("train-1", "power_off")])?.behind.waitsFor).toBe(
    "until the controller says that the node is off",
  );
  expect(progressOf([node("train-1", null)])?.behind.waitsFor).toBe("for a worker to begin");
});

test("with every node through there is no progress to show", () => {
  expect(progressOf([node("train-1", "hand_over", { state: "succeeded" })])).toBeUndefined();
  expect(progressOf([])).toBeUndefined();
});

test("taking back and being stuck on one node shows for the whole", () => {
  const progress = progressOf([
    node("train-1", "power_on", { goingBack: true, state: "stuck" }),
    node("train-2", "phone_home"),
  ]);
  expect(progress).toMatchObject({ goingBack: true, stuck: true });
});
