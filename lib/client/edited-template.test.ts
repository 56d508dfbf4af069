import { expect, test } from "vitest";
import { aHook } from "#e2e/fixtures/hooks";
import {
  actionOfEdited,
  editedAction,
  editedHook,
  editedInput,
  hookOfEdited,
  inputOfEdited,
} from "#lib/client/edited-template";
import type { TemplateInput } from "#lib/domain/template/inputs";

const plain: TemplateInput = {
  ...{ name: "it", label: "It", help: "", section: "", type: "string", required: false },
  ...{ default: null, options: [], pattern: null, min: null, max: null, showIf: null },
  ...{ override: "allowed", allowed: [] },
};

// A new version begins with the definitions of the one before: opened and saved they are the same.
test("a definition comes out of the designer as it went in", () => {
  const inputs: TemplateInput[] = [
    { ...plain, type: "enum", options: ["A, B", "C"], default: "A, B" },
    { ...plain, type: "multi_enum", options: ["A, B", "C"], default: ["A, B", "C"] },
    { ...plain, override: "restricted", allowed: ["x, y", "z"], default: "z" },
    { ...plain, type: "text", default: "one\n\ntwo, three" },
    { ...plain, type: "json", default: '{\n  "a": [1, 2]\n}' },
    { ...plain, type: "boolean", override: "fixed", default: false },
    { ...plain, type: "number", min: 1, max: 8, default: 2, changeable: true },
    { ...plain, pattern: "[a-z], [a-z]", showIf: { input: "x", is: "not_equal", value: "A, B" } },
  ];
  for (const input of inputs) expect(inputOfEdited(editedInput(input))).toEqual(input);
  const action = {
    ...{ name: "note", label: "Note", help: "", role: "member" as const, confirmation: "" },
    ...{ inputs, hooks: ["a", "b"] },
  };
  expect(actionOfEdited(editedAction(action))).toEqual(action);
  // Ticked, and made a choice of keys after that: there is no box any more to take the mark away with.
  const edited = { ...editedInput({ ...plain, changeable: true }), type: "ssh_keys" as const };
  expect(inputOfEdited(edited)).toEqual({ ...plain, type: "ssh_keys" });
  const script = { text: "#!/bin/sh\n", outputs: ["A"] };
  const until = { url: "https://ready.example.com/", certificatePem: "" };
  const hooks = [
    aHook({ name: "run", kind: "script", script, retries: 2, backoffSeconds: 9 }),
    aHook({ name: "ticket", kind: "http", outputs: ["ticket", "url"] }),
    aHook({ name: "pause", kind: "wait" }),
    aHook({ name: "cluster", kind: "wait", until, backoffSeconds: 30 }),
    aHook({ name: "mounted", kind: "wait", script, backoffSeconds: 30 }),
  ];
  for (const hook of hooks) expect(hookOfEdited(editedHook(hook))).toEqual(hook);
  // What a wait does not wait for any more is not sent with it.
  const [, asks, , cluster, mounted] = hooks.map(editedHook);
  if (!asks || !cluster || !mounted) throw new Error("no hooks");
  expect(hookOfEdited({ ...asks, kind: "approval" })).not.toHaveProperty("outputs");
  expect(hookOfEdited({ ...cluster, waitsFor: "time" })).not.toHaveProperty("until");
  expect(hookOfEdited({ ...mounted, waitsFor: "time" })).not.toHaveProperty("script");
});
