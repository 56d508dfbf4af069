import { expect, test } from "vitest";
import { stateSentence } from "#lib/client/state-sentence";

const since = "2026-01-01T00:00:00.000Z";
const now = Date.parse(since) + 120_000;
const read = (text: string) => text.replaceAll("\u00a0", " ");

test("in motion: state, since, step, what the slowest node waits for, and the next look", () => {
  const text = stateSentence(
    {
      state: "provisioning",
      stateSince: since,
      stateReason: null,
      degraded: [],
      progress: {
        step: 4,
        steps: 8,
        nodes: 2,
        goingBack: false,
        stuck: false,
        behind: {
          hostname: "train-2",
          label: "Fetch the boot script",
          waitsFor: "the node has not asked for its boot script yet",
          nextTryAt: new Date(now + 2_000).toISOString(),
        },
      },
    },
    now,
  );
  expect(read(text)).toBe(
    "Provisioning · 2 min · step 4 of 8 on 2 nodes · train-2: the node has not asked for its boot script yet, next look in 2 s",
  );
});

test("at rest: state, since, why, and what can be done", () => {
  const text = stateSentence(
    {
      state: "failed",
      stateSince: since,
      stateReason: "No answer from gpu-a2.",
      degraded: [],
      progress: null,
    },
    now,
  );
  expect(read(text)).toBe(
    "Failed · 2 min · No answer from gpu-a2 · try again what did not get through, from its first step, or release it",
  );
});

test("without a clock nothing is said that would need one", () => {
  const text = stateSentence(
    { state: "ready", stateSince: since, stateReason: null, degraded: [], progress: null },
    null,
  );
  expect(text).toBe("Ready · sign in by SSH");
});

test("an environment that is ready on a node in bad health says so", () => {
  const text = stateSentence(
    {
      state: "ready",
      stateSince: since,
      stateReason: null,
      degraded: ["train-1: GPU 3 fell off the bus"],
      progress: null,
    },
    now,
  );
  expect(text).toContain("degraded: train-1: GPU 3 fell off the bus");
});
