import { expect, test } from "vitest";
import { hookPoints, type TemplateHook } from "#lib/domain/hook/hook";
import { actionsPlan, askedInDryRun, lifePlan } from "#lib/domain/hook/plan";

const hook = (change: Partial<TemplateHook>): TemplateHook => ({
  name: change.point ?? "hook",
  point: "after_allocate",
  kind: "http",
  providerId: null,
  approvers: null,
  seconds: 60,
  retries: 0,
  backoffSeconds: 1,
  onFailure: "abort",
  executeOnce: false,
  skipIf: null,
  ...change,
});

// The order is the workflows' own: whoever changes those sees here what a dry run will show.
test("a hook at every point, in the order in which each operation runs them", () => {
  // Written in another order, so that the points decide.
  const hooks = [...hookPoints].reverse().map((point) => hook({ point }));
  const lines = new Map<string, string[]>();
  for (const planned of lifePlan(hooks, {})) {
    const { operation, isGate, isOfFailure } = planned;
    const mark = isOfFailure ? " (if it fails)" : isGate ? "" : " (after it)";
    lines.set(operation, [...(lines.get(operation) ?? []), `${planned.hook.name}${mark}`]);
  }
  const text = [...lines].map(([operation, names]) => `${operation}: ${names.join(", ")}`);
  expect(`\n${text.join("\n")}\n`).toMatchInlineSnapshot(`
    "
    environment.launch: before_allocate, on_init, after_allocate, before_network, after_network, before_install, after_install, before_bootstrap, after_bootstrap, before_validate, after_validate, on_success (after it), on_failure (if it fails), on_completion (after it)
    environment.stop: before_stop, after_stop (after it)
    environment.start: before_start, after_start
    environment.restart: before_stop, after_stop, before_start, after_start
    environment.reinstall: before_install, after_install, before_bootstrap, after_bootstrap
    environment.release: before_release, after_release (after it), on_completion (after it)
    "
  `);
});

test("hooks of one point keep the order in which the template has them", () => {
  const hooks = ["b", "a"].map((name) => hook({ name }));
  expect(lifePlan(hooks, {}).map((planned) => planned.hook.name)).toEqual(["b", "a"]);
});

test("a skip condition is held against the values, and an input without one equals nothing", () => {
  const skipIf = { input: "storage", is: "equal", value: "none" } as const;
  const why = (values: Record<string, string>) => lifePlan([hook({ skipIf })], values)[0]?.skipped;
  expect(why({ storage: "none" })).toBe("Skipped, since storage is none.");
  expect(why({ storage: "nfs" })).toBeNull();
  expect(why({})).toBeNull();
});

test("what runs once in a life is skipped in the operations after its first", () => {
  const plan = lifePlan([hook({ point: "before_install", executeOnce: true })], {});
  expect(plan.map(({ operation, skipped }) => [operation, skipped])).toEqual([
    ["environment.launch", null],
    ["environment.reinstall", "It has run once for this environment already."],
  ]);
});

test("a dry run asks each provider's hook once, where it first comes, and nothing else", () => {
  const plan = lifePlan(
    [
      hook({ name: "remove", point: "after_release" }),
      hook({ name: "mount", point: "before_start" }),
      hook({ name: "lead", kind: "approval" }),
      hook({ name: "pause", kind: "wait" }),
      hook({ name: "prepare", kind: "script", point: "after_bootstrap" }),
      hook({ name: "ticket" }),
    ],
    {},
  );
  expect(askedInDryRun(plan).map((each) => [each.hook.name, each.operation])).toEqual([
    ["ticket", "environment.launch"],
    ["mount", "environment.start"],
    ["remove", "environment.release"],
  ]);
});

test("the hooks behind actions come action by action, once in a dry run, with the launch's conditions", () => {
  const hooks = [
    hook({ name: "drain", point: "on_action", skipIf: { input: "size", is: "equal", value: "0" } }),
    hook({ name: "flush", point: "on_action" }),
    hook({ name: "elsewhere", point: "on_success" }),
  ];
  const action = (name: string, names: string[]) => ({
    name,
    label: name,
    inputs: [],
    hooks: names,
  });
  const actions = [action("both", ["flush", "drain", "elsewhere"]), action("again", ["flush"])];
  const plan = actionsPlan(hooks, actions, { size: "0" });
  expect(plan.map((each) => [each.action?.name, each.hook.name, each.skipped])).toEqual([
    ["both", "flush", null],
    ["both", "drain", "Skipped, since size is 0."],
    ["again", "flush", null],
  ]);
  expect(askedInDryRun(plan).map((each) => each.hook.name)).toEqual(["flush", "drain"]);
});

test("on a node that is lent scripts run, too, each once and in its place", () => {
  const script = (point: TemplateHook["point"]) => hook({ name: point, kind: "script", point });
  const plan = lifePlan(
    [
      hook({ name: "told", point: "on_success" }),
      script("after_bootstrap"),
      script("after_start"),
      hook({ name: "ticket", point: "before_install" }),
      hook({ name: "pause", kind: "wait", point: "after_bootstrap" }),
      hook({
        ...{ name: "settled", kind: "wait", point: "after_bootstrap" },
        script: { text: "#!/bin/sh\n", outputs: [] },
      }),
    ],
    {},
  );
  const asked = askedInDryRun(plan, { isLent: true });
  expect(asked.map((each) => [each.hook.name, each.operation])).toEqual([
    ["ticket", "environment.launch"],
    ["after_bootstrap", "environment.launch"],
    ["settled", "environment.launch"],
    ["told", "environment.launch"],
    ["after_start", "environment.start"],
  ]);
});
