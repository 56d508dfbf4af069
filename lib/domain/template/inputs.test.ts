import fc from "fast-check";
import { expect, test } from "vitest";
import type { TemplateHook } from "#lib/domain/hook/hook";
import { templateProblems } from "#lib/domain/template/check-template";
import { exampleValues } from "#lib/domain/template/example-values";
import {
  checkInputs,
  emptiedWords,
  everyValue,
  keptValues,
  plainValues,
  shownInputs,
} from "#lib/domain/template/input-values";
import {
  durationSeconds,
  type InputValue,
  inputTypes,
  keyWords,
  patternProblem,
  type TemplateInput,
} from "#lib/domain/template/inputs";
import { exampleOffer, offeredInputs } from "#lib/domain/template/offered-inputs";

function input(change: Partial<TemplateInput> & Pick<TemplateInput, "name">): TemplateInput {
  return {
    label: change.name,
    help: "",
    section: "",
    type: "string",
    required: false,
    default: null,
    options: [],
    pattern: null,
    min: null,
    max: null,
    showIf: null,
    override: "allowed",
    allowed: [],
    ...change,
  };
}

const hook: TemplateHook = {
  name: "ticket",
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
};

function told(definition: Partial<TemplateInput>, value: InputValue): string | InputValue {
  const checked = checkInputs([input({ name: "it", label: "It", ...definition })], { it: value });
  if (checked.ok) return checked.value.values.it ?? checked.value.secrets.it ?? "nothing";
  return checked.refusal.fields["inputs.it"] ?? "refused without a word";
}

test("each type takes its values and says what is wrong with others", () => {
  const table = [
    [{ type: "string" }, "a\nb"],
    [{ type: "text" }, "a\nb"],
    [{ pattern: "[a-z]{3}" }, "abcd"],
    [{ min: 3 }, "ab"],
    [{ type: "number", min: 1, max: 8 }, 9],
    [{ type: "number" }, "9"],
    [{ type: "boolean" }, "true"],
    [{ type: "enum", options: ["a", "b"] }, "c"],
    [{ type: "multi_enum", options: ["a", "b"], max: 1 }, ["a", "b"]],
    [{ type: "multi_enum", options: ["a", "b"] }, ["a", "a"]],
    [{ type: "duration", max: 3600 }, "2h"],
    [{ type: "duration" }, "soon"],
    [{ type: "cidr" }, "10.0.0.1/8"],
    [{ type: "image", options: ["Ubuntu 24.04"] }, "Ubuntu 24.04"],
    [{ type: "image", options: ["Ubuntu 24.04", "Debian 13"] }, "Fedora 43"],
    [{ type: "image" }, "Ubuntu 24.04"],
    [{ type: "ssh_keys", options: ["ssh-rsa A", "ssh-rsa B"], min: 2 }, ["ssh-rsa B"]],
    [{ type: "ssh_keys", options: ["ssh-rsa A"] }, ["ssh-rsa C"]],
    [{ type: "ssh_keys", options: ["ssh-rsa A"] }, ["ssh-rsa A", "ssh-rsa A"]],
    [{ type: "ssh_keys", options: ["ssh-rsa A"] }, "ssh-rsa A"],
    [{ type: "json" }, "{a: 1}"],
    [{ override: "fixed", default: "x" }, "y"],
    [{ override: "restricted", allowed: ["x", "y"] }, "z"],
    [{ type: "secret" }, "s\nt"],
  ] as const satisfies [Partial<TemplateInput>, InputValue][];
  const lines = table.map(([definition, value]) => {
    const [kind] = Object.values(definition as Record<string, unknown>);
    return `${kind}: ${JSON.stringify(told(definition as Partial<TemplateInput>, value as InputValue))}`;
  });
  expect(lines).toMatchInlineSnapshot(`
    [
      "string: "It has printable characters only."",
      "text: "a\\nb"",
      "[a-z]{3}: "It does not have the form that is asked for: [a-z]{3}"",
      "3: "It: at least 3 characters."",
      "number: "It: at most 8."",
      "number: "It is a number."",
      "boolean: "It is yes or no."",
      "enum: "It is one of a, b."",
      "multi_enum: "It: at most 1 choices."",
      "multi_enum: "It has a choice twice."",
      "duration: "It: at most 3600 seconds."",
      "duration: "It is a time such as 30m, 12h or 7d."",
      "cidr: "10.0.0.1/8"",
      "image: "Ubuntu 24.04"",
      "image: "It: these nodes may run Ubuntu 24.04 or Debian 13."",
      "image: "It: these nodes may run no image that the template and the project both have. Ask the platform team."",
      "ssh_keys: "It: at least 2 keys."",
      "ssh_keys: "It takes your own saved keys and the project's alone."",
      "ssh_keys: "It has a key twice."",
      "ssh_keys: "It is a list of SSH keys."",
      "json: "It is JSON of at most 10000 characters."",
      "fixed: "It is fixed by the template."",
      "restricted: "It is one of x, y."",
      "secret: "s\\nt"",
    ]
  `);
});

test("what is empty has its default; what is hidden has no value and is not asked for", () => {
  const all = [
    input({ name: "storage", type: "enum", options: ["none", "nfs"], default: "none" }),
    input({
      name: "path",
      required: true,
      showIf: { input: "storage", is: "equal", value: "nfs" },
    }),
    input({
      name: "mode",
      default: "rw",
      showIf: { input: "path", is: "equal", value: "/data" },
    }),
  ];
  expect(checkInputs(all, { path: "/data" })).toEqual({
    ok: true,
    value: { values: { storage: "none" }, secrets: {} },
  });
  expect(checkInputs(all, { storage: "nfs" })).toMatchObject({
    refusal: { fields: { "inputs.path": "Enter path." } },
  });
  expect(checkInputs(all, { storage: "nfs", path: "/data" })).toMatchObject({
    value: { values: { storage: "nfs", path: "/data", mode: "rw" } },
  });
  expect(checkInputs(all, { other: "x" })).toMatchObject({
    refusal: { fields: { "inputs.other": "The template has no input named other." } },
  });
});

// The form shows an empty box: whoever leaves it alone has answered no.
test("a box that nobody touched says no, to conditions as to the launch", () => {
  const all = [
    input({ name: "shared", type: "boolean", required: true }),
    input({ name: "owner", showIf: { input: "shared", is: "equal", value: "false" } }),
    input({ name: "path", showIf: { input: "shared", is: "not_equal", value: "true" } }),
  ];
  expect(checkInputs(all, { owner: "me", path: "/data" })).toEqual({
    ok: true,
    value: { values: { shared: false, owner: "me", path: "/data" }, secrets: {} },
  });
  expect(shownInputs(all, { shared: true }).map((each) => each.name)).toEqual(["shared"]);
  const fixed = input({ name: "ssh", type: "boolean", override: "fixed" });
  expect(templateProblems([fixed], [], [])).toEqual([]);
  expect(checkInputs([fixed], {})).toMatchObject({ value: { values: { ssh: false } } });
  expect(checkInputs([fixed], { ssh: true })).toMatchObject({
    refusal: { fields: { "inputs.ssh": "ssh is fixed by the template." } },
  });
});

test("a field that was emptied says that its default is taken", () => {
  const packages = input({ name: "packages", default: "numpy matplotlib" });
  expect(emptiedWords(packages, "")).toBe("Empty: the default, numpy matplotlib.");
  expect(emptiedWords(packages, undefined)).toBeUndefined();
  expect(emptiedWords(packages, "scipy")).toBeUndefined();
  expect(emptiedWords(input({ name: "note" }), "")).toBeUndefined();
  const choices = input({ name: "parts", type: "multi_enum", default: ["a", "b"] });
  expect(emptiedWords(choices, [])).toBe("Empty: the default, a, b.");
  expect(emptiedWords(input({ name: "long", default: "x".repeat(81) }), "")).toBe(
    "Empty: the default.",
  );
});

test("inputs and hooks that contradict themselves are told, one sentence each", () => {
  const on = (name: string, value = "x") => ({ input: name, is: "equal" as const, value });
  expect(
    templateProblems(
      [
        input({ name: "a", showIf: on("b") }),
        input({ name: "b", showIf: on("c") }),
        input({ name: "c", showIf: on("a") }),
        input({ name: "d", showIf: on("gone") }),
        input({ name: "e", type: "number", min: 1, max: 8, default: 9 }),
        input({ name: "f", type: "enum", options: ["x"], default: "y" }),
        input({ name: "g", type: "secret", default: "s" }),
        input({ name: "h", pattern: "(a+)+" }),
        input({ name: "i", override: "fixed" }),
        input({ name: "j", override: "restricted", allowed: ["x"], default: "y" }),
        input({ name: "k", type: "ssh_keys", default: ["ssh-rsa A"], override: "fixed" }),
        input({ name: "l", showIf: on("k") }),
        input({ name: "m", type: "image", default: "Ubuntu 24.04" }),
        input({
          name: "n",
          type: "image",
          override: "restricted",
          allowed: ["A 1"],
          default: "B 2",
        }),
        input({
          ...{ name: "o", type: "enum", options: ["x", "y"] },
          ...{ override: "restricted", allowed: ["x", "z"] },
        }),
        input({ name: "p", showIf: on("o", "y") }),
        input({ name: "Big" }),
        input({ name: "e" }),
      ],
      [
        hook,
        { ...hook, name: "boss", kind: "approval", approvers: { kind: "people", emails: [] } },
        { ...hook, name: "slow", point: "before_release", seconds: 7_200, kind: "wait" },
        { ...hook, name: "late", kind: "wait", point: "on_success", skipIf: on("f", "z") },
        { ...hook, name: "last", kind: "wait", point: "on_completion" },
        { ...hook, name: "vote", kind: "wait", onFailure: "quarantine" },
        {
          ...{ ...hook, name: "gpus", kind: "script", point: "after_start" },
          ...{ onFailure: "quarantine", script: { text: "#!/bin/sh\n", outputs: [] } },
        },
      ],
      [],
    ),
  ).toMatchInlineSnapshot(`
    [
      "Input d: its condition is on "gone", and there is no such input.",
      "Input e: its default breaks its own rules: e: at most 8.",
      "Input f: its default breaks its own rules: f is one of x.",
      "Input g: a secret has no default.",
      "Input h: its pattern repeats a part that itself repeats or has alternatives.",
      "Input i: it is fixed and has no default.",
      "Input j: its default is none of the values that it is restricted to.",
      "Input k: SSH keys have no default: a template knows nobody's.",
      "Input k: SSH keys are always chosen at launch.",
      "Input l: its condition is on SSH keys.",
      "Input n: its default breaks its own rules: n: these nodes may run A 1.",
      "Input n: its default is none of the values that it is restricted to.",
      "Input o: it is restricted to "z", which is none of its choices.",
      "Input p: o can never be "y".",
      "Input Big: its name has lower-case letters, digits and underscores, and begins with a letter.",
      "Two inputs are named e.",
      "The conditions of a, b, c go in a circle.",
      "Hook ticket: it calls no provider that is registered.",
      "Hook boss: it names nobody who decides.",
      "Hook slow: a release waits for it an hour at most.",
      "Hook late: at this point nothing waits any more.",
      "Hook late: f can never be "z".",
      "Hook last: at this point nothing waits any more.",
      "Hook vote: only a script or a provider finds out that a node is not in order, so nothing else quarantines one.",
      "Hook gpus: at this point nothing is done to a node yet, or none is being launched, so there is none to quarantine.",
    ]
  `);
});

test("what can never be changed is not marked as changeable, nor what decides over that", () => {
  const on = (name: string) => ({ input: name, is: "equal" as const, value: "x" });
  const may = { changeable: true };
  const problems = (...inputs: TemplateInput[]) => templateProblems(inputs, [], []);
  expect(
    problems(
      input({ name: "a" }),
      input({ name: "b", ...may, showIf: on("a") }),
      input({ name: "c", ...may, showIf: on("b") }),
      input({ name: "d", ...may, type: "secret" }),
      input({ name: "e", ...may, override: "restricted", allowed: ["x"] }),
    ),
  ).toEqual([]);
  expect(
    problems(
      input({ name: "a", ...may, override: "fixed", default: "x" }),
      input({ name: "b", ...may, type: "image" }),
      input({ name: "c", ...may, type: "ssh_keys" }),
      input({ name: "d", ...may }),
      input({ name: "e", showIf: on("d") }),
    ),
  ).toEqual([
    "Input a: it cannot be marked as changeable: it is fixed, so nobody can change it after the launch.",
    "Input b: it cannot be marked as changeable: an image is chosen at the launch alone.",
    "Input c: it cannot be marked as changeable: SSH keys are chosen at the launch alone.",
    "Input e: it is shown or hidden by d, which can be changed after the launch: mark it, too.",
  ]);
});

test("JSON that hooks were told is kept so that the same is told again", () => {
  const all = [input({ name: "tuning", type: "json" })];
  for (const tuning of ['{"lr":0.1}', '"fast"', "[1,2]", "null"]) {
    const plain = plainValues(all, { tuning });
    expect(plainValues(all, keptValues(all, plain))).toEqual(plain);
  }
});

// Goes red when a project's choices are taken for the template's.
test("keys and images are chosen from what there is, and keys reach nodes a line each", () => {
  const all = [
    input({ name: "admins", type: "ssh_keys", required: true }),
    input({ name: "base", type: "image", required: true, default: "Debian 13" }),
    input({ name: "fixed", type: "image", override: "fixed", default: "Debian 13" }),
    input({ name: "some", type: "image", override: "restricted", allowed: ["Debian 13", "A 1"] }),
  ];
  const offer = { keys: ["ssh-rsa A", "ssh-rsa B b"], images: ["A 1", "Ubuntu 24.04"] };
  const offered = offeredInputs(all, offer);
  const entered = { admins: offer.keys, base: "Ubuntu 24.04", some: "A 1" };
  // The usual image is not there: what has to be chosen is, what is fixed is refused.
  expect(checkInputs(offered, { admins: offer.keys })).toMatchObject({
    refusal: {
      fields: {
        "inputs.base": "Enter base.",
        "inputs.fixed": "fixed: these nodes may run A 1 or Ubuntu 24.04.",
      },
    },
  });
  const free = offered.filter(({ name }) => name !== "fixed");
  const checked = checkInputs(free, entered);
  expect(checked).toEqual({ ok: true, value: { values: entered, secrets: {} } });
  const plain = plainValues(all, entered);
  expect(plain).toEqual({ ...entered, admins: "ssh-rsa A\nssh-rsa B b" });
  expect(keptValues(all, plain)).toEqual(entered);
  expect(checkInputs(free, { ...entered, some: "Ubuntu 24.04" })).toMatchObject({
    refusal: { fields: { "inputs.some": "some: these nodes may run A 1." } },
  });
  // Where no project is, examples are tried, as many as are asked for.
  const asks = [
    input({ name: "admins", type: "ssh_keys", required: true, min: 3 }),
    ...all.slice(1),
  ];
  const tried = offeredInputs(asks, exampleOffer(asks));
  expect(checkInputs(tried, exampleValues(tried))).toMatchObject({
    value: { values: { base: "Debian 13", fixed: "Debian 13" } },
  });
  expect(keyWords("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 ada@laptop of ada")).toBe(
    "ssh-ed25519 …ZDI1NTE5 ada@laptop of ada",
  );
});

test("a pattern whose time is not bounded is refused", () => {
  for (const slow of [
    "(a+)+",
    "(a|a)*",
    "((a+)a)*",
    "((a|b)c)+",
    "(.*)*",
    "a*b*c*d*",
    "(?=a)",
    "(a)\\1",
    "(",
  ]) {
    expect(patternProblem(slow), slow).toBeDefined();
  }
  for (const fine of ["[a-z][a-z0-9-]{0,38}", "\\d{4}", "(dev|prod)-[a-z]+", "[(+*]+"]) {
    expect(patternProblem(fine), fine).toBeUndefined();
  }
});

test("no definition and no value makes the check throw, and what is shown does not depend on order", () => {
  const name = fc.constantFrom("a", "b", "c", "d");
  const condition = fc.record({
    input: name,
    is: fc.constantFrom("equal" as const, "not_equal" as const),
    value: fc.constantFrom("x", "true", ""),
  });
  const value = fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.array(fc.string()));
  const definition = fc.record({
    name,
    label: fc.string(),
    help: fc.string(),
    section: fc.string(),
    type: fc.constantFrom(...inputTypes),
    required: fc.boolean(),
    default: fc.option(value),
    options: fc.array(fc.string()),
    pattern: fc.constantFrom(null, "[a-z]+"),
    min: fc.option(fc.integer()),
    max: fc.option(fc.integer()),
    showIf: fc.option(condition),
    override: fc.constantFrom("allowed" as const, "restricted" as const, "fixed" as const),
    allowed: fc.array(fc.string()),
  });
  const unique = fc.uniqueArray(definition, { selector: (each) => each.name, maxLength: 4 });
  fc.assert(
    fc.property(unique, fc.dictionary(name, value), (definitions, entered) => {
      templateProblems(definitions, [], []);
      const checked = checkInputs(definitions, entered);
      // Whatever was entered, each input is among what a node is given, and nothing else.
      if (checked.ok) {
        const given = Object.keys(everyValue(definitions, checked.value.values));
        expect(given.sort()).toEqual(definitions.map(({ name }) => name).sort());
      }
      const shown = (list: TemplateInput[]) =>
        shownInputs(list, entered)
          .map((each) => each.name)
          .sort();
      expect(shown(definitions)).toEqual(shown([...definitions].reverse()));
    }),
    { numRuns: 400 },
  );
  expect(durationSeconds("90s")).toBe(90);
  expect(durationSeconds("0m")).toBeUndefined();
});
