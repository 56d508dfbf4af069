import { expect, test } from "vitest";
import { projectRoles } from "#lib/domain/access/role";
import { environmentStates } from "#lib/domain/environment/state";
import { type ActionRun, settleAction, type TemplateHook } from "#lib/domain/hook/hook";
import { refusalMessage } from "#lib/domain/refusal";
import {
  actionRoles,
  actionStandsStill,
  mayPress,
  type TemplateAction,
} from "#lib/domain/template/actions";
import { templateProblems } from "#lib/domain/template/check-template";
import type { TemplateInput } from "#lib/domain/template/inputs";

const plain: TemplateAction = {
  name: "flush",
  label: "Flush the cache",
  help: "",
  role: "member",
  confirmation: "",
  inputs: [],
  hooks: ["pause"],
};
const pause: TemplateHook = {
  name: "pause",
  point: "on_action",
  kind: "wait",
  providerId: null,
  approvers: null,
  seconds: 5,
  retries: 0,
  backoffSeconds: 1,
  onFailure: "abort",
  executeOnce: false,
  skipIf: null,
};
const input = (change: Partial<TemplateInput>): TemplateInput => ({
  name: "depth",
  label: "Depth",
  help: "",
  section: "",
  type: "number",
  required: false,
  default: null,
  options: [],
  pattern: null,
  min: 1,
  max: 9,
  showIf: null,
  override: "allowed",
  allowed: [],
  ...change,
});
const problems = (actions: Partial<TemplateAction>[], hooks: Partial<TemplateHook>[] = [{}]) =>
  templateProblems(
    [],
    hooks.map((each) => ({ ...pause, ...each })),
    [],
    actions.map((each) => ({ ...plain, ...each })),
  );

test("what is wrong with an action is said before its version is published", () => {
  expect(problems([{}])).toEqual([]);
  expect(problems([{ inputs: [input({ default: 3 })] }])).toEqual([]);
  const script = { text: "#!/bin/sh\ntrue\n", outputs: [] };
  expect(problems([{}], [{ kind: "script", script }])).toEqual([]);
  const wrong = [
    problems([{}, { label: "Again" }]),
    problems([{}, { name: "again" }]),
    problems([{ name: "Flush!", label: "" }]),
    problems([{ hooks: [] }], []),
    problems([{ hooks: ["pause", "pause"] }]),
    problems([{ hooks: ["gone"] }], []),
    problems([]),
    problems([{}], [{ point: "before_stop" }]),
    problems([{ inputs: [input({ default: 10 })] }]),
    problems([{ inputs: [input({}), input({})] }]),
    problems([{ inputs: [input({ showIf: { input: "gone", is: "equal", value: "1" } })] }]),
    problems([{ inputs: [input({ type: "secret", min: null, max: null })] }]),
    problems([{ inputs: [input({ changeable: true })] }]),
  ];
  expect(wrong).toMatchInlineSnapshot(`
    [
      [
        "Two actions are named flush.",
      ],
      [
        "Two actions have "Flush the cache" on their button.",
      ],
      [
        "Action Flush!: its name has lower-case letters, digits and dashes.",
        "Action Flush!: it has nothing on its button.",
      ],
      [
        "Action flush: it names no hook, so it would do nothing.",
      ],
      [
        "Action flush: it names hook pause twice.",
      ],
      [
        "Action flush: it names hook gone, and there is no such hook.",
      ],
      [
        "Hook pause: no action names it, so it would never run.",
      ],
      [
        "Action flush: hook pause stands at another point; one behind an action is at on_action.",
      ],
      [
        "Action flush: Input depth: its default breaks its own rules: Depth: at most 9.",
      ],
      [
        "Action flush: Two inputs are named depth.",
      ],
      [
        "Action flush: Input depth: its condition is on "gone", and there is no such input.",
      ],
      [
        "Action flush: it asks for depth, a secret, which is sent to no hook; let the provider keep what it needs.",
      ],
      [
        "Action flush: it asks for depth each time, so that is never changed after a launch.",
      ],
    ]
  `);
});

test("each role presses what is for it, and no viewer presses anything", () => {
  const grid = projectRoles.map(
    (role) =>
      `${role}: ${actionRoles.filter((least) => mayPress(role, { role: least })).join(" ")}`,
  );
  expect(grid).toEqual(["admin: member admin", "member: member", "viewer: "]);
  expect(refusalMessage({ kind: "forbidden", permission: "environment.act", needs: "admin" })).toBe(
    "This is for a project admin. Ask one to do it, or to change your role.",
  );
});

test("an action can be pressed while its environment is ready and no other is under way", () => {
  const free = environmentStates.filter((state) => actionStandsStill(state, null) === null);
  expect(free).toEqual(["ready"]);
  expect(actionStandsStill("ready", "Flush")?.reason).toBe('"Flush" is under way.');
  expect(actionStandsStill("stopping", null)).toEqual({
    reason: "The environment is stopping: actions are for one that is ready.",
    advice: "Wait until it is.",
  });
});

test("an action ends as its hooks do", () => {
  const run = (state: ActionRun["state"], onFailure: ActionRun["onFailure"] = "abort") => ({
    ...{ name: "a", words: "no room", state, onFailure },
  });
  expect(settleAction([])).toEqual({ state: "succeeded", reason: null });
  expect(settleAction([run("succeeded"), run("waiting")])).toBeUndefined();
  expect(settleAction([run("skipped"), run("failed", "continue")])?.state).toBe("succeeded");
  expect(settleAction([run("failed", "quarantine")])?.state).toBe("failed");
  expect(settleAction([run("failed"), run("cancelled")])).toEqual({
    state: "failed",
    reason: "Hook a: no room",
  });
});
