import { expect, test } from "vitest";
import { anInput } from "#e2e/fixtures/hooks";
import {
  changeableInputs,
  changedInputs,
  type Entered,
  inputsStandStill,
} from "#lib/domain/environment/change-inputs";
import { environmentStates } from "#lib/domain/environment/state";
import type { InputValue } from "#lib/domain/template/inputs";

const may = { changeable: true } as const;
const have: Entered = {
  definitions: [
    anInput({ name: "rack", label: "Rack", type: "enum", options: ["a", "b"], required: true }),
    anInput({ name: "size", label: "Size", type: "number", min: 1, default: 2, ...may }),
    anInput({ name: "share", label: "Share", type: "boolean", ...may }),
    anInput({
      ...{ name: "path", label: "Path", type: "string", required: true, pattern: "/[a-z]+" },
      ...{ showIf: { input: "share", is: "equal", value: "true" }, ...may },
    }),
    anInput({
      ...{ name: "lamp", label: "Lamp", type: "string", default: "on" },
      ...{ showIf: { input: "rack", is: "equal", value: "b" }, ...may },
    }),
    anInput({
      ...{ name: "mode", label: "Mode", type: "string", default: "slow" },
      ...{ override: "restricted", allowed: ["slow", "fast"], ...may },
    }),
    anInput({ name: "token", label: "Token", type: "secret", required: true, ...may }),
    anInput({ name: "spare", label: "Spare", type: "secret", ...may }),
  ],
  values: { rack: "a", size: 3, share: false, mode: "slow" },
  secrets: ["token"],
};

function told(entered: Record<string, InputValue>, of: Entered = have) {
  const result = changedInputs(of, entered);
  if (!result.ok) return Object.values(result.refusal.fields);
  const { values, secrets, changed } = result.value;
  return { changed, values, secrets };
}

test("what is sent is changed, what is left out stays, and what is empty has its default", () => {
  const { values } = have;
  expect(told({})).toEqual({ changed: [], values, secrets: {} });
  expect(told({ size: 3, mode: "slow", token: "" })).toEqual({ changed: [], values, secrets: {} });
  expect(told({ size: 8, mode: "fast" })).toEqual({
    ...{ changed: ["size", "mode"], secrets: {} },
    values: { rack: "a", size: 8, share: false, mode: "fast" },
  });
  expect(told({ size: "" })).toMatchObject({ changed: ["size"], values: { size: 2 } });
  // Nobody knows whether a secret is another one.
  expect(told({ token: "s3cret", spare: "x" })).toEqual({
    ...{ changed: ["token", "spare"], values, secrets: { token: "s3cret", spare: "x" } },
  });
});

test("a change is held against the rules of a launch, and what is not marked stays", () => {
  expect(told({ rack: "b", size: 8 })).toEqual([
    "Rack stays as it was at the launch: the template does not let it be changed.",
  ]);
  expect(told({ size: 0, mode: "other", nothing: 1 })).toEqual([
    "The template has no input named nothing.",
    "Size: at least 1.",
    "Mode is one of slow, fast.",
  ]);
  expect(told({ size: "8" })).toEqual(["Size is a number."]);
  expect(told({ size: 8 }, { ...have, secrets: [] })).toEqual(["Enter Token."]);
  expect(told({ token: "s3cret" }, { ...have, secrets: [] })).toMatchObject({ changed: ["token"] });
});

test("secrets have no more former values in all than can be hidden in what the nodes write", () => {
  const changedOften = (tokens: number, spares: number) => ({
    ...have,
    secrets: [...Array(tokens).fill("token"), ...Array(spares).fill("spare")],
  });
  expect(told({ token: "s3cret" }, changedOften(50, 0))).toMatchObject({ changed: ["token"] });
  expect(told({ spare: "x" }, changedOften(51, 0))).toMatchObject({ changed: ["spare"] });
  const full = (label: string, formerly: number) =>
    `The nodes may have ${formerly} former values of secrets, and 50 are the most. Reinstall them: an hour later ${label} can be changed again.`;
  expect(told({ token: "s3cret" }, changedOften(51, 0))).toEqual([full("Token", 50)]);
  expect(told({ token: "s3cret" }, changedOften(21, 31))).toEqual([full("Token", 50)]);
  expect(told({ token: "s3cret", spare: "x" }, changedOften(21, 30))).toEqual([
    ...[full("Token", 49), full("Spare", 49)],
  ]);
  expect(told({ size: 8 }, changedOften(21, 31))).toMatchObject({ changed: ["size"] });
});

test("what a change shows is asked for, what it hides has no value, and what stays decides for good", () => {
  expect(told({ share: true })).toEqual(["Enter Path."]);
  expect(told({ share: true, path: "data" })).toEqual([
    "Path does not have the form that is asked for: /[a-z]+",
  ]);
  const shared = { ...have, values: { ...have.values, share: true, path: "/data" } };
  expect(told({ share: true, path: "/data" })).toMatchObject({
    ...{ changed: ["share", "path"], values: shared.values },
  });
  expect(told({ share: false }, shared)).toEqual({
    ...{ changed: ["share", "path"], values: have.values, secrets: {} },
  });
  // The lamp is for the other rack, and no change of inputs leads there.
  expect(told({ lamp: "off" })).toMatchObject({ changed: [], values: have.values });
  const asked = (of: Entered) => changeableInputs(of).map(({ name }) => name);
  expect(asked(have)).toEqual(["size", "share", "path", "mode", "token", "spare"]);
  const other = { ...have, values: { ...have.values, rack: "b", lamp: "on" } };
  expect(asked(other)).toContain("lamp");
  expect(told({ lamp: "off" }, other)).toMatchObject({
    changed: ["lamp"],
    values: { lamp: "off" },
  });
});

test("inputs are changed while nothing is under way, and else it is said why not", () => {
  const still = environmentStates.map((state) => [state, inputsStandStill(state, null)?.reason]);
  expect(still.filter(([, reason]) => !reason).map(([state]) => state)).toEqual([
    ...["ready", "stopped", "failed"],
  ]);
  expect(Object.fromEntries(still)).toMatchObject({
    reinstalling: "The environment is reinstalling, with the inputs that it had when that began.",
    releasing: "It has been released: its nodes are given back already.",
  });
  expect(inputsStandStill("ready", "Flush")).toEqual({
    ...{ reason: '"Flush" is under way.', advice: "Wait for its end, or abort it." },
  });
});
