import { expect, test } from "vitest";
import { outputDifferences } from "#lib/domain/hook/dry-run";
import type { TemplateHook } from "#lib/domain/hook/hook";
import {
  type DryVersion,
  dryChecks,
  dryNodes,
  dryUserData,
  standingValues,
} from "#lib/domain/template/dry-run";
import type { TemplateInput } from "#lib/domain/template/inputs";

const input = (change: Partial<TemplateInput> & Pick<TemplateInput, "name">): TemplateInput => ({
  ...{ label: change.name, help: "", section: "", type: "string", required: false, default: null },
  ...{ options: [], pattern: null, min: null, max: null, showIf: null },
  ...{ override: "allowed", allowed: [] },
  ...change,
});

const hook = (change: Partial<TemplateHook>): TemplateHook => ({
  ...{ name: "hook", point: "after_allocate", kind: "wait", providerId: null, approvers: null },
  ...{ seconds: 60, retries: 0, backoffSeconds: 1, onFailure: "abort", executeOnce: false },
  skipIf: null,
  ...change,
});

const group = (name: string, defaultUser: string): DryVersion["groups"][number] => ({
  ...{ name, defaultUser, role: "gpu_worker", profile: "gpu-8x", profileState: "active" },
  ...{ gpusPerNode: 8, isInstalled: false },
  facts: { name: "gpu-8x", gpuSharing: "none", containerRuntime: "runc", storageClasses: [] },
  ...{ minCount: 0, maxCount: 4, defaultCount: 1 },
});

const version = (change: Partial<DryVersion> = {}): DryVersion => ({
  bootConfig: { packages: ["tmux"], commands: [] },
  ...{ inputs: [], hooks: [], actions: [], contexts: [], groups: [group("workers", "ubuntu")] },
  ...change,
});

const noFacts = { providers: [], strangers: [], syntax: [] };

const verdicts = (...given: Parameters<typeof dryChecks>) =>
  dryChecks(...given).map(({ id, verdict, words }) => `${id} ${verdict}: ${words.join(" ")}`);

test("a version in order passes each check, and it is said where scripts run", () => {
  const provider = { id: "pvd_1", name: "tickets", state: "active", health: "answers" } as const;
  const hooks = [
    hook({ name: "ticket", kind: "http", providerId: provider.id as never }),
    hook({
      ...{ name: "prepare", kind: "script", point: "after_bootstrap" },
      script: { text: "#!/bin/sh\n", outputs: [] },
    }),
  ];
  expect(verdicts(version({ hooks }), { ...noFacts, providers: [provider] }, {})).toEqual([
    "inputs ok: 0 defined, none against its own rules.",
    "values ok: A launch with them is taken.",
    "profiles ok: Every group takes nodes of a profile that is active.",
    "hooks ok: 2 defined, each can run at its point.",
    "scripts ok: Checked for what would keep a node from starting them. They run on a node that is lent to the dry run, and on none otherwise.",
    expect.stringMatching(
      /^user-data ok: What it would be told was rendered for each group: \d+\.\d KiB with these values, before what secrets, hooks and contexts of a project add\.$/,
    ),
    "providers ok: tickets answered when it was asked last.",
  ]);
});

test("each problem stands under its own check, once", () => {
  const provider = { id: "pvd_1", name: "tickets", state: "active", health: "unknown" } as const;
  const told = verdicts(
    version({
      inputs: [input({ name: "size", type: "number", required: true, label: "Size" })],
      hooks: [
        hook({ name: "prepare", kind: "script", point: "after_bootstrap" }),
        hook({ name: "lead", kind: "approval" }),
        hook({ name: "ticket", kind: "http", providerId: provider.id as never }),
      ],
      groups: [{ ...group("workers", "ubuntu"), profileState: "disabled" }],
    }),
    { providers: [provider], strangers: ["nobody@example.com"], syntax: [] },
    {},
  );
  expect(told).toEqual([
    "inputs ok: 1 defined, none against its own rules.",
    "values no: Enter Size.",
    "profiles no: Group workers takes nodes of gpu-8x, which is disabled.",
    "hooks no: Hook lead: it does not say who decides. Nobody here has the address nobody@example.com.",
    "scripts no: Hook prepare: it has no script.",
    "providers warn: tickets was never asked.",
  ]);
});

test("inputs that contradict themselves are told, and no value is held against them", () => {
  // A pattern that is none would throw where it is used.
  const broken = version({ inputs: [input({ name: "size", pattern: "(" })] });
  const [inputs, values] = verdicts(broken, noFacts, { size: "x" });
  expect(inputs).toBe("inputs no: Input size: its pattern is no regular expression.");
  expect(values).toBe("values no: They are checked when the inputs are in order.");
  expect(standingValues(broken.inputs, { size: "x" })).toEqual({ size: "x" });
  expect(dryUserData(broken, { size: "x" }, {})).toBeNull();
});

test("cloud-init is rendered for the first node of each group, with what a launch would hand on", () => {
  const inputs = [
    input({ name: "storage", default: "nfs" }),
    input({ name: "token", type: "secret" }),
    input({ name: "hidden", showIf: { input: "storage", is: "equal", value: "none" } }),
  ];
  const groups = [group("head", "debian"), group("workers", "ubuntu"), group("none", "x")];
  const counts = { head: 1, workers: 2, none: 0 };
  const given = version({ inputs, groups });
  expect(dryNodes(groups, counts)).toEqual([
    { hostname: "dry-run-1", group: "head" },
    { hostname: "dry-run-2", group: "workers" },
    { hostname: "dry-run-3", group: "workers" },
  ]);
  const rendered = dryUserData(given, { token: "s3cret", hidden: "x" }, counts) ?? [];
  expect(rendered.map(({ name, nodes, hostname }) => [name, nodes, hostname])).toEqual([
    ["head", 1, "dry-run-1"],
    ["workers", 2, "dry-run-2"],
  ]);
  const [head, workers] = rendered.map(({ userData }) => userData);
  expect(head).toContain('"name": "debian"');
  expect(workers).toContain('"hostname": "dry-run-2"');
  expect(workers).toContain("INGOT_INPUT_STORAGE='nfs'");
  expect(workers).toContain("INGOT_INPUT_TOKEN='••••••'");
  // What is not asked for is given all the same, empty.
  expect(workers).toContain("INGOT_INPUT_HIDDEN=''");
  expect(workers).not.toContain("s3cret");
});

test("what differs between a past run and its replay, whatever order its keys are in", () => {
  expect(outputDifferences({ a: { x: 1, y: 2 } }, { a: { y: 2, x: 1 } })).toEqual([]);
  expect(outputDifferences({ a: 1, b: 2, c: null }, { a: 1, b: 3, d: 4 })).toEqual([
    { name: "b", recorded: "2", replayed: "3" },
    { name: "c", recorded: "null", replayed: null },
    { name: "d", recorded: null, replayed: "4" },
  ]);
});
