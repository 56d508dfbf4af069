import { expect, test } from "vitest";
import { aHook, anInput } from "#e2e/fixtures/hooks";
import type { TemplateHook } from "#lib/domain/hook/hook";
import type { SyntaxFinding } from "#lib/domain/hook/shell-text";
import type { CheckedVersion } from "#lib/domain/template/dry-run";
import { exampleValues } from "#lib/domain/template/example-values";
import { checkInputs } from "#lib/domain/template/input-values";
import { type HookAnswer, whyNotPublish } from "#lib/domain/template/publish";
import { starters } from "#lib/domain/template/starters";

const workers = {
  ...{ name: "workers", role: "gpu_worker" as const, profile: "gpu-8x" },
  ...{ profileState: "active", gpusPerNode: 8, defaultUser: "ubuntu", isInstalled: true },
  facts: {
    ...{ name: "gpu-8x", gpuSharing: "none" as const, containerRuntime: "runc" as const },
    storageClasses: [],
  },
};
const version = (change: Partial<CheckedVersion> = {}): CheckedVersion => ({
  ...{ inputs: [], hooks: [], actions: [], contexts: [], groups: [workers] },
  bootConfig: { packages: [], commands: [] },
  ...change,
});
const tickets = { id: "pvd_1", name: "tickets", state: "active" as const };
const why = (
  change: Partial<CheckedVersion> = {},
  answers: HookAnswer[] = [],
  syntax: SyntaxFinding[] = [],
) => whyNotPublish(version(change), { providers: [tickets], strangers: [], answers, syntax });
const asks = (name: string, change: Partial<TemplateHook> = {}) =>
  aHook({ name, kind: "http", providerId: tickets.id as never, ...change });
const done = (hook: string): HookAnswer => ({ hook, answer: "done", words: "" });

test("a draft is published when its checks pass with example values, whatever has to be entered", () => {
  const inputs = [
    anInput({ name: "centre", type: "string", required: true, pattern: "[0-9]{4}" }),
    anInput({ name: "odd", type: "string", required: true, pattern: "x-[a-f]+-y" }),
    anInput({ name: "size", type: "number", required: true, min: 3 }),
    anInput({ name: "kind", type: "enum", required: true, options: ["a", "b"] }),
    anInput({ name: "long", type: "duration", required: true, min: 7200 }),
    anInput({ name: "token", type: "secret", required: true }),
  ];
  expect(why({ inputs })).toBeNull();
  expect(exampleValues(inputs)).toMatchObject({
    centre: "1111",
    size: 3,
    kind: "a",
    long: "7200s",
  });
  for (const { inputs: own } of starters) {
    expect(why({ inputs: own })).toBeNull();
    expect(checkInputs(own, exampleValues(own)).ok).toBe(true);
  }
  const groups = [{ ...workers, profileState: "draft" }];
  expect(why({ groups })).toMatchObject({
    reason: "Group workers takes nodes of gpu-8x, which is draft.",
  });
  // In order by themselves, and no value passes: it is restricted to what its type does not take.
  const narrow = anInput({
    ...{ name: "size", label: "Size", type: "number", required: true, min: 5 },
    ...{ override: "restricted", allowed: ["1"] },
  });
  expect(why({ inputs: [narrow] })).toMatchObject({ reason: "Size: at least 5." });
});

test("what no shell takes is not published, and neither are GPU workers without GPUs", () => {
  const open = 'Hook prepare: sh does not take it: line 3: "fi" unexpected.';
  expect(why({}, [], [{ of: "Hook prepare", verdict: "wrong", words: open }])).toMatchObject({
    reason: open,
  });
  // What could not be looked at is said in the dry run, and keeps nothing back.
  expect(why({}, [], [{ of: "Hook a", verdict: "unchecked", words: "Not checked." }])).toBeNull();
  expect(why({ groups: [{ ...workers, gpusPerNode: 0 }] })).toMatchObject({
    reason: "Group workers is of GPU workers, and nodes of gpu-8x have no GPU.",
  });
  expect(why({ groups: [{ ...workers, role: "cpu" }] })).toBeNull();
});

test("what cloud-init cannot be told, or is too much for a node, is not published, group by group", () => {
  const put = (path: string, length: number, name = "base") => ({
    ...{ name, source: "template" as const, variables: {}, secrets: [] },
    files: [{ path, mode: "0644", content: "x".repeat(length) }],
  });
  expect(why({ contexts: [put("/etc/licence", 1024 * 1024 - 8_000)] })).toBeNull();
  const head = { ...workers, name: "head", defaultUser: "Ada Lovelace" };
  const groups = [workers, head];
  expect(why({ groups })).toMatchObject({
    reason: 'Group head: cloud-init cannot be told this: user name "Ada Lovelace".',
  });
  expect(why({ contexts: [put("/etc/ingot/launch.json", 1)] })?.reason).toBe(
    'Group workers: cloud-init cannot be told this: a file at "/etc/ingot/launch.json".',
  );
  // Neither of the two files is too long, both are.
  const half = 640 * 1024;
  const contexts = [put("/etc/licence", half), put("/etc/hosts.d/rack", half, "hosts")];
  expect(why({ contexts })?.reason).toBe(
    "Group workers: what cloud-init would be told is 1.3 MiB, and a node is told 1.0 MiB at most. Take files out of its config contexts, or have a script fetch them.",
  );
  // With values that have to be entered it is rendered all the same.
  const inputs = [anInput({ name: "size", type: "number", required: true, min: 3 })];
  expect(why({ inputs, groups })?.reason).toContain("Group head: cloud-init cannot be told this");
});

test("a hook that asks a provider has been asked in a dry run, and said yes when it was asked last", () => {
  const hooks = [
    asks("ticket"),
    asks("volume", { skipIf: { input: "storage", is: "equal", value: "none" } }),
    aHook({ name: "lead", kind: "approval", approvers: { kind: "operators", emails: [] } }),
  ];
  const inputs = [anInput({ name: "storage", type: "string", default: "none" })];
  expect(why({ hooks, inputs })).toMatchObject({
    reason: "This version has not passed a dry run.",
    advice: "Open Dry run beside it, and have its providers called.",
  });
  expect(why({ hooks, inputs }, [done("ticket")])).toMatchObject({
    reason: "This version has not passed a dry run: hook volume was not asked.",
  });
  const failed: HookAnswer = { hook: "ticket", answer: "failed", words: "The hook would fail: no" };
  expect(why({ hooks, inputs }, [failed, done("volume")])?.reason).toContain(
    "hook ticket was asked last and came to this: The hook would fail: no",
  );
  const again: HookAnswer = { hook: "volume", answer: "again", words: "" };
  expect(why({ hooks, inputs }, [done("ticket"), again])).toBeNull();
});

test("a wait for an address is published when that can be asked, and not more often than every 5 seconds", () => {
  const until = { url: "https://ready.example.com/cluster", certificatePem: "" };
  const wait = (change: Partial<TemplateHook>) =>
    why({ hooks: [aHook({ name: "up", kind: "wait", backoffSeconds: 30, until, ...change })] });
  expect(wait({})).toBeNull();
  expect(wait({ until: { ...until, url: "http://ready.example.com" } })?.reason).toContain(
    "Hook up: the address that it waits for: Enter an address such as",
  );
  expect(wait({ backoffSeconds: 1 })?.reason).toBe("Hook up: it asks every 5 seconds at most.");
  expect(wait({ kind: "approval", approvers: { kind: "operators", emails: [] } })?.reason).toBe(
    "Hook up: only a wait waits for an address.",
  );
});

test("a provider's hook declares its outputs as a script does, and no other hook beside its script", () => {
  const gives = (outputs: string[], change: Partial<TemplateHook> = {}) =>
    why({ hooks: [asks("ask", { outputs, ...change })] }, [done("ask")])?.reason;
  expect(gives(["ticket"])).toBeUndefined();
  expect(gives(["ticket", "ticket"])).toBe("Hook ask: it names an output twice.");
  expect(gives(["a ticket"])).toBe(
    'Hook ask: its output "a ticket" has a name that no shell can set.',
  );
  expect(gives(["ticket"], { kind: "wait" })).toBe(
    "Hook ask: only one that asks a provider has outputs of its own; those of a script stand with it.",
  );
});

test("a wait for a script is published where one can run, as a script is, and asks of one thing alone", () => {
  const script = { text: "#!/bin/sh\nmountpoint -q /data\n", outputs: [] };
  const point = "after_bootstrap" as const;
  const wait = (change: Partial<TemplateHook>) =>
    why({
      hooks: [aHook({ name: "up", kind: "wait", backoffSeconds: 30, point, script, ...change })],
    })?.reason;
  expect(wait({})).toBeUndefined();
  expect(wait({ point: "before_install" })).toBe(
    "Hook up: a script runs on nodes whose system is up; at this point they are off, not taken yet or given back.",
  );
  expect(wait({ point: "on_success" })).toBe("Hook up: at this point nothing waits any more.");
  expect(wait({ script: { text: " ", outputs: [] } })).toBe("Hook up: it has no script.");
  expect(wait({ seconds: 86_400 })).toBe("Hook up: a script runs for 12 hours at most.");
  expect(wait({ backoffSeconds: 4 })).toBe("Hook up: it asks every 5 seconds at most.");
  const until = { url: "https://ready.example.com/cluster", certificatePem: "" };
  expect(wait({ until })).toBe("Hook up: it waits for an address or for a script, not for both.");
});
