import fc from "fast-check";
import { expect, test } from "vitest";
import { aHook, anInput } from "#e2e/fixtures/hooks";
import { newId } from "#lib/domain/id";
import type { TemplateAction } from "#lib/domain/template/actions";
import { lineChanges } from "#lib/domain/template/line-changes";
import { noNetwork } from "#lib/domain/template/template";
import { type VersionContent, versionChanges } from "#lib/domain/template/version-changes";

const tickets = newId("provider");
const providers = new Map([[tickets as string, "tickets"]]);
const base: VersionContent = {
  ...{ description: "Whole nodes.", readme: "# Begin\n\nLog in.\n" },
  groups: [
    {
      ...{ name: "workers", role: "gpu_worker", profile: "gpu-8x" },
      ...{ minCount: 1, defaultCount: 2, maxCount: 8 },
    },
  ],
  bootConfig: { packages: ["nvtop"], commands: [] },
  longestLeaseHours: null,
  network: noNetwork,
  inputs: [anInput({ name: "size", type: "number", default: 8 })],
  hooks: [aHook({ name: "first", kind: "wait" }), aHook({ name: "second", kind: "wait" })],
  actions: [],
};
const changes = (after: Partial<VersionContent>) =>
  versionChanges(base, { ...base, ...after }, providers).map(({ what, before, after: is }) =>
    before === null
      ? `${what} added`
      : is === null
        ? `${what} removed`
        : `${what}: ${before} -> ${is}`,
  );

test("a version differs from itself in nothing", () => {
  expect(changes({})).toEqual([]);
});

test("what has changed is said field by field, what is new or gone by its name alone", () => {
  const [workers] = base.groups;
  if (!workers) throw new Error("no group");
  expect(
    changes({
      groups: [
        { ...workers, maxCount: 16 },
        { ...workers, name: "head" },
      ],
      bootConfig: { packages: ["nvtop", "htop"], commands: [["echo", "a b"]] },
      longestLeaseHours: 24,
      network: { ...noNetwork, isPrivate: true },
      inputs: [
        anInput({ name: "size", type: "number", default: 16, required: true, changeable: true }),
      ],
    }),
  ).toEqual([
    "Group head added",
    "Longest lease: no limit -> 1 day",
    "Network: what the site gives to all -> a VLAN and private prefix of its own",
    "Packages: nvtop -> nvtop, htop",
    "Commands at first boot: none -> echo 'a b'",
    "Group workers, nodes: 1 to 8, usually 2 -> 1 to 16, usually 2",
    "Input size, required: no -> yes",
    "Input size, default: 8 -> 16",
    "Input size, changeable after the launch: no -> yes",
  ]);
});

test("hooks are told by name, also in another order; actions with the inputs that they ask", () => {
  const [first, second] = base.hooks;
  if (!first || !second) throw new Error("no hooks");
  const asks = aHook({ name: "first", kind: "http", providerId: tickets, seconds: 120 });
  expect(changes({ hooks: [second, asks] })).toEqual([
    "Hook first, kind: wait -> http",
    "Hook first, provider: none -> tickets",
    "Hook first, time: 1 minute -> 2 minutes",
    "Hooks, order: first, second -> second, first",
  ]);
  const action: TemplateAction = {
    ...{ name: "flush", label: "Flush", help: "", role: "member", confirmation: "" },
    ...{ inputs: [anInput({ name: "depth", type: "number" })], hooks: ["first"] },
  };
  expect(changes({ actions: [action] })).toEqual(["Action flush added"]);
  const version = { ...base, actions: [action] };
  const other = { ...action, role: "admin" as const, inputs: [] };
  const said = versionChanges(version, { ...base, actions: [other] }, providers);
  expect(said.map(({ what }) => what)).toContain("Action flush, pressed by");
  expect(said.map(({ what }) => what)).toContain("Action flush, input depth, type");
});

test("of a script that has changed its lines are told, each with its number, and not the whole of it", () => {
  const script = (lines: string[]) => ({
    hooks: [
      aHook({ name: "run", kind: "script", script: { text: lines.join("\n"), outputs: [] } }),
    ],
  });
  const told = (before: string[], after: string[]) =>
    versionChanges({ ...base, ...script(before) }, { ...base, ...script(after) }, providers);
  const long = Array.from({ length: 2_000 }, (_, at) => `line ${at}`);
  expect(told(["#!/bin/sh", "a", "b", "c"], ["#!/bin/sh", "b", "b2", "c", "d"])).toEqual([
    { what: "Hook run, script, lines", before: "2: a", after: "3: b2\n5: d" },
  ]);
  expect(told(long, [...long.slice(0, 5), "more", ...long.slice(5)])).toEqual([
    { what: "Hook run, script, lines", before: "no line", after: "6: more" },
  ]);
  // A read me is as long.
  expect(changes({ description: "", readme: "# Begin\n\nLog in by SSH.\n" })).toEqual([
    "Description: Whole nodes. -> none",
    "Read me, lines: 3: Log in. -> 3: Log in by SSH.",
  ]);
  // Whatever is told, one becomes the other by it.
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("x", "y", "z")),
      fc.array(fc.constantFrom("x", "y")),
      (a, b) => {
        const { before, after } = lineChanges(a.join("\n"), b.join("\n"));
        const without = (lines: string[], told: string[]) => {
          const gone = new Set(told.map((line) => Number(line.split(":")[0]) - 1));
          return lines.filter((_, at) => !gone.has(at));
        };
        const [old, now] = [a.join("\n").split("\n"), b.join("\n").split("\n")];
        expect(without(old, before)).toEqual(without(now, after));
      },
    ),
  );
});
