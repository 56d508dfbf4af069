import { expect, test } from "vitest";
import { aHook, anInput } from "#e2e/fixtures/hooks";
import { newId } from "#lib/domain/id";
import type { TemplateAction } from "#lib/domain/template/actions";
import { noNetwork } from "#lib/domain/template/template";
import { type VersionContent, versionChanges } from "#lib/domain/template/version-changes";

const tickets = newId("provider");
const providers = new Map([[tickets as string, "tickets"]]);
const base: VersionContent = {
  groups: [
    {
      ...{ name: "workers", role: "gpu_worker", profile: "gpu-8x" },
      ...{ minCount: 1, defaultCount: 2, maxCount: 8 },
    },
  ],
  bootConfig: { packages: ["nvtop"], commands: [] },
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
      network: { ...noNetwork, isPrivate: true },
      inputs: [anInput({ name: "size", type: "number", default: 16, required: true })],
    }),
  ).toEqual([
    "Group head added",
    "Network: what the site gives to all -> a VLAN and private prefix of its own",
    "Packages: nvtop -> nvtop, htop",
    "Commands at first boot: none -> echo 'a b'",
    "Group workers, nodes: 1 to 8, usually 2 -> 1 to 16, usually 2",
    "Input size, required: no -> yes",
    "Input size, default: 8 -> 16",
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
