import { expect, test } from "vitest";
import { hookRunStates, type TemplateHook } from "#lib/domain/hook/hook";
import { type RunToReplay, whyNotReplayed } from "#lib/domain/hook/replay";

const script = { text: "#!/bin/sh\n", outputs: [] };
const image = { name: "ubuntu", version: "24.04", state: "approved" };

function reason(
  kind: TemplateHook["kind"],
  change: Partial<RunToReplay> & { script?: typeof script } = {},
) {
  const { script: asks = kind === "script" ? script : null, ...rest } = change;
  const definition = { kind, script: asks };
  return whyNotReplayed({ definition, state: "failed", wasOnNode: true, image, ...rest })?.reason;
}

test("what asked a provider and what ran on nodes is replayed when it has ended, and nothing else", () => {
  const replayed = (kind: TemplateHook["kind"], change = {}) =>
    hookRunStates.filter((state) => reason(kind, { ...change, state }) === undefined);
  const ended = ["succeeded", "failed", "cancelled"];
  expect(replayed("http", { wasOnNode: false })).toEqual(ended);
  expect(replayed("script")).toEqual(ended);
  expect(replayed("wait", { script })).toEqual(ended);
  expect([replayed("wait"), replayed("approval")]).toEqual([[], []]);
});

test("why one is not replayed is said in words", () => {
  expect(reason("approval")).toBe(
    "Only a hook that asks a provider or runs on nodes can be replayed.",
  );
  expect(reason("script", { state: "running" })).toBe("It has not ended.");
  expect(reason("http", { state: "skipped" })).toBe("It was skipped: its provider was not asked.");
  expect(reason("script", { state: "skipped" })).toBe("It was skipped: it ran on no node.");
  expect(reason("script", { wasOnNode: false })).toBe("It came to no node before it ended.");
  const gone = { ...image, state: "retired" };
  expect(reason("script", { image: gone })).toBe(
    "Its environment boots ubuntu 24.04, which is not approved any more.",
  );
  // What a provider is asked needs no image.
  expect(reason("http", { image: gone })).toBeUndefined();
});
