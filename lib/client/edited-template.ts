import type {
  ApproverKind,
  FailurePolicy,
  HookKind,
  HookPoint,
  TemplateHook,
} from "#lib/domain/hook/hook";
import { runsOnNodes } from "#lib/domain/hook/script";
import type { Id } from "#lib/domain/id";
import type { TemplateAction } from "#lib/domain/template/actions";
import {
  type Condition,
  durationSeconds,
  type InputOverride,
  type InputType,
  type InputValue,
  type TemplateInput,
  whyNotChangeable,
} from "#lib/domain/template/inputs";

// An input, a hook and an action as they are typed: every field a text, until they are sent.

export type EditedCondition = { input: string; is: Condition["is"]; value: string };

export type EditedInput = {
  /** For React only. */
  key: string;
  name: string;
  label: string;
  help: string;
  section: string;
  type: InputType;
  required: boolean;
  /** Of several choices one on each line. */
  default: string;
  /** One on each line: a choice may have a comma in it. */
  options: string;
  pattern: string;
  min: string;
  max: string;
  showIf: EditedCondition;
  override: InputOverride;
  /** One on each line. */
  allowed: string;
  changeable: boolean;
};

/** What ends a wait: its time alone, an address that says yes, or a script that does on each node. */
export const waitsFor = ["time", "address", "script"] as const;
export type WaitsFor = (typeof waitsFor)[number];

export type EditedHook = {
  key: string;
  name: string;
  point: HookPoint;
  kind: HookKind;
  providerId: Id<"provider"> | "";
  approvers: ApproverKind;
  emails: string;
  script: string;
  /** Separated by commas. */
  outputs: string;
  waitsFor: WaitsFor;
  untilUrl: string;
  untilCertificate: string;
  /** As in 30m. */
  time: string;
  retries: string;
  backoff: string;
  onFailure: FailurePolicy;
  executeOnce: boolean;
  skipIf: EditedCondition;
};

export type EditedAction = Omit<TemplateAction, "inputs" | "hooks"> & {
  key: string;
  inputs: EditedInput[];
  /** Separated by commas. */
  hooks: string;
};

let keys = 0;
const newKey = () => `edited-${keys++}`;

const noCondition: EditedCondition = { input: "", is: "equal", value: "" };
const condition = (edited: EditedCondition): Condition | null => (edited.input ? edited : null);
const listOf = (text: string) =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);
const linesOf = (text: string) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
const numberOrNull = (text: string) => (text.trim() === "" ? null : Number(text));

export function newInput(index: number): EditedInput {
  return {
    key: newKey(),
    name: `input_${index + 1}`,
    label: "",
    help: "",
    section: "",
    type: "string",
    required: false,
    default: "",
    options: "",
    pattern: "",
    min: "",
    max: "",
    showIf: noCondition,
    override: "allowed",
    allowed: "",
    changeable: false,
  };
}

export function newHook(index: number): EditedHook {
  return {
    key: newKey(),
    name: `hook-${index + 1}`,
    point: "after_allocate",
    kind: "http",
    providerId: "",
    approvers: "operators",
    emails: "",
    script: "#!/bin/bash\nset -euo pipefail\n\n",
    outputs: "",
    waitsFor: "time",
    untilUrl: "",
    untilCertificate: "",
    time: "15m",
    retries: "3",
    backoff: "5",
    onFailure: "abort",
    executeOnce: false,
    skipIf: noCondition,
  };
}

export function newAction(index: number): EditedAction {
  return {
    key: newKey(),
    name: `action-${index + 1}`,
    label: "",
    help: "",
    role: "member",
    confirmation: "",
    inputs: [],
    hooks: "",
  };
}

export function actionOfEdited({ key: _, ...edited }: EditedAction): TemplateAction {
  return {
    ...edited,
    name: edited.name.trim(),
    label: edited.label.trim(),
    inputs: edited.inputs.map(inputOfEdited),
    hooks: listOf(edited.hooks),
  };
}

export function editedAction(action: TemplateAction): EditedAction {
  return {
    ...action,
    key: newKey(),
    inputs: action.inputs.map(editedInput),
    hooks: action.hooks.join(", "),
  };
}

/** What is typed, as a definition: what is no number becomes none, and publishing says what is wrong. */
export function inputOfEdited(edited: EditedInput): TemplateInput {
  const { key: _, changeable, ...rest } = edited;
  const isChoice = edited.type === "enum" || edited.type === "multi_enum";
  const isMatched = edited.type === "string" || edited.type === "text" || edited.type === "secret";
  return {
    ...rest,
    name: edited.name.trim(),
    default: defaultOf(edited),
    options: isChoice ? linesOf(edited.options) : [],
    pattern: isMatched && edited.pattern ? edited.pattern : null,
    min: numberOrNull(edited.min),
    max: numberOrNull(edited.max),
    showIf: condition(edited.showIf),
    allowed: edited.override === "restricted" ? linesOf(edited.allowed) : [],
    // Ticked, and then made what can never be changed: its box is gone.
    ...(changeable && !whyNotChangeable(edited) ? { changeable } : {}),
  };
}

function defaultOf({ type, default: text }: EditedInput): InputValue | null {
  if (type === "secret" || text.trim() === "") return null;
  if (type === "number") return Number(text);
  if (type === "boolean") return text === "true";
  return type === "multi_enum" ? linesOf(text) : text;
}

export function editedInput(input: TemplateInput): EditedInput {
  const { default: start } = input;
  return {
    ...input,
    key: newKey(),
    default: Array.isArray(start) ? start.join("\n") : start === null ? "" : String(start),
    options: input.options.join("\n"),
    pattern: input.pattern ?? "",
    min: input.min === null ? "" : String(input.min),
    max: input.max === null ? "" : String(input.max),
    showIf: input.showIf ?? noCondition,
    allowed: input.allowed.join("\n"),
    changeable: input.changeable ?? false,
  };
}

export function hookOfEdited(edited: EditedHook): TemplateHook {
  const { kind } = edited;
  const people = edited.approvers === "people" ? listOf(edited.emails) : [];
  const outputs = listOf(edited.outputs);
  return {
    name: edited.name.trim(),
    point: edited.point,
    kind,
    providerId: kind === "http" && edited.providerId ? edited.providerId : null,
    approvers: kind === "approval" ? { kind: edited.approvers, emails: people } : null,
    // What cannot be read is refused beside its field.
    seconds: durationSeconds(edited.time.trim()) ?? 0,
    ...(kind === "http" && outputs.length > 0 ? { outputs } : {}),
    ...(hasScript(edited) ? { script: { text: edited.script, outputs } } : {}),
    ...(asksAddress(edited)
      ? { until: { url: edited.untilUrl.trim(), certificatePem: edited.untilCertificate } }
      : {}),
    retries: isTried(kind) ? Number(edited.retries) : 0,
    backoffSeconds: isTried(kind) || isAsked(edited) ? Number(edited.backoff) : 1,
    onFailure: edited.onFailure,
    executeOnce: edited.executeOnce,
    skipIf: condition(edited.skipIf),
  };
}

/** Whether a hook of this kind is tried again when it comes to nothing. */
export function isTried(kind: HookKind): boolean {
  return kind === "http" || kind === "script";
}

type Waiting = Pick<EditedHook, "kind" | "waitsFor">;

/** Whether it is a wait for an address. */
export function asksAddress({ kind, waitsFor: what }: Waiting): boolean {
  return kind === "wait" && what === "address";
}

/** Whether it runs a script on nodes. */
export function hasScript({ kind, waitsFor: what }: Waiting): boolean {
  return kind === "script" || (kind === "wait" && what === "script");
}

/** Whether it is a wait for a yes, and not for its time alone. */
export function isAsked({ kind, waitsFor: what }: Waiting): boolean {
  return kind === "wait" && what !== "time";
}

export function editedHook(hook: TemplateHook): EditedHook {
  return {
    key: newKey(),
    name: hook.name,
    point: hook.point,
    kind: hook.kind,
    providerId: hook.providerId ?? "",
    approvers: hook.approvers?.kind ?? "operators",
    emails: hook.approvers?.emails.join(", ") ?? "",
    script: hook.script?.text ?? newHook(0).script,
    outputs: (hook.script?.outputs ?? hook.outputs ?? []).join(", "),
    waitsFor: hook.until ? "address" : runsOnNodes(hook) ? "script" : "time",
    untilUrl: hook.until?.url ?? "",
    untilCertificate: hook.until?.certificatePem ?? "",
    time: timeOf(hook.seconds),
    retries: String(hook.retries),
    backoff: String(hook.backoffSeconds),
    onFailure: hook.onFailure,
    executeOnce: hook.executeOnce,
    skipIf: hook.skipIf ?? noCondition,
  };
}

/** 900 -> "15m". */
function timeOf(seconds: number): string {
  for (const [unit, size] of [
    ["d", 86_400],
    ["h", 3_600],
    ["m", 60],
  ] as const) {
    if (seconds % size === 0) return `${seconds / size}${unit}`;
  }
  return `${seconds}s`;
}
