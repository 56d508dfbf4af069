"use client";

import type { ReactNode } from "react";
import { ConditionFields } from "#components/templates/condition-fields";
import { EditedList } from "#components/templates/edited-list";
import { Checkbox } from "#components/ui/checkbox";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { Select } from "#components/ui/select";
import { Textarea } from "#components/ui/textarea";
import { inputTypeWords, overrideWords } from "#lib/client/catalogue-words";
import { type EditedInput, newInput } from "#lib/client/edited-template";
import {
  type InputOverride,
  type InputType,
  inputOverrides,
  inputTypes,
  whyNotChangeable,
} from "#lib/domain/template/inputs";

type Props = {
  inputs: readonly EditedInput[];
  /** On the button that adds one. */
  addLabel?: string;
  /** Asked each time an action is pressed, and not at a launch. */
  isOfAction?: boolean;
  errorOf: (field: string) => string | undefined;
  onChange: (inputs: EditedInput[]) => void;
};

/** The inputs of a template: each with its type, and its rules folded away. */
export function InputEditor({
  inputs,
  addLabel = "Add an input",
  isOfAction = false,
  errorOf,
  onChange,
}: Props) {
  return (
    <EditedList items={inputs} noun="input" addLabel={addLabel} make={newInput} onChange={onChange}>
      {({ item, index, edit, controls }) => (
        <OneInput
          input={item}
          others={inputs.filter((each) => each !== item && each.name)}
          isOfAction={isOfAction}
          errorOf={(field) => errorOf(`inputs.${index}.${field}`)}
          edit={edit}
          controls={controls}
        />
      )}
    </EditedList>
  );
}

function OneInput({
  input,
  others,
  isOfAction,
  errorOf,
  edit,
  controls,
}: {
  input: EditedInput;
  others: readonly EditedInput[];
  isOfAction: boolean;
  errorOf: (field: string) => string | undefined;
  edit: (change: Partial<EditedInput>) => void;
  controls: ReactNode;
}) {
  const { type } = input;
  const isChoice = type === "enum" || type === "multi_enum";
  const isMatched = type === "string" || type === "text" || type === "secret";
  const isLong = type === "text" || type === "json";
  const text = (
    field: "name" | "label" | "help" | "section" | "pattern" | "default",
    label: string,
    hint?: string,
    mono = false,
  ) => (
    <Field label={label} hint={hint} error={errorOf(field)}>
      <Input
        mono={mono}
        value={input[field]}
        autoComplete="off"
        onChange={(event) => edit({ [field]: event.target.value })}
      />
    </Field>
  );
  const lines = (field: "options" | "allowed" | "default", label: string, hint?: string) => (
    <Field label={label} hint={hint} error={errorOf(field) ?? errorOf(`${field}.0`)}>
      <Textarea
        mono={type === "json"}
        rows={3}
        spellCheck={false}
        value={input[field]}
        onChange={(event) => edit({ [field]: event.target.value })}
      />
    </Field>
  );
  return (
    <>
      <div className="grid items-start gap-3 sm:grid-cols-2">
        {text("label", "Label")}
        {text("name", "Name", undefined, true)}
        <Field label="Type">
          <Select
            value={type}
            onChange={(event) => edit({ type: event.target.value as InputType, default: "" })}
            options={inputTypes.map((each) => ({ value: each, label: inputTypeWords[each] }))}
          />
        </Field>
        {isChoice
          ? lines("options", "Choices", "One on each line.")
          : type === "boolean" || type === "secret" || type === "ssh_keys"
            ? undefined
            : isLong
              ? lines("default", "Default")
              : type === "image"
                ? text("default", "Default", "Name and version, as in the list of images.", true)
                : text("default", "Default", undefined, true)}
        {type === "boolean" && (
          <Field label="Default">
            <Select
              value={input.default}
              placeholder="No"
              onChange={(event) => edit({ default: event.target.value })}
              options={[{ value: "true", label: "Yes" }]}
            />
          </Field>
        )}
      </div>
      <div className="flex items-center justify-between gap-3">
        <Checkbox
          label="Required"
          checked={input.required}
          onChange={(event) => edit({ required: event.target.checked })}
        />
        {controls}
      </div>
      <details>
        <summary className="cursor-pointer text-muted text-sm">Rules of {input.name}</summary>
        <div className="mt-3 flex flex-col gap-3">
          <div className="grid items-start gap-3 sm:grid-cols-2">
            {text("help", "Help")}
            {text("section", "Section")}
            {type === "enum" && text("default", "Default", "One of the choices.", true)}
            {type === "multi_enum" && lines("default", "Default", "One on each line.")}
            {isMatched && text("pattern", "Pattern", "The whole value matches it.", true)}
            {!isUnbounded(type) && (
              <>
                <Bound
                  label={`Least ${boundWords(type)}`}
                  value={input.min}
                  edit={(min) => edit({ min })}
                />
                <Bound
                  label={`Most ${boundWords(type)}`}
                  value={input.max}
                  edit={(max) => edit({ max })}
                />
              </>
            )}
            <Field label="Who may change it">
              <Select
                value={input.override}
                onChange={(event) => edit({ override: event.target.value as InputOverride })}
                options={inputOverrides.map((each) => ({
                  value: each,
                  label: overrideWords[each],
                }))}
              />
            </Field>
            {input.override === "restricted" &&
              lines("allowed", "Values to choose from", "One on each line.")}
          </div>
          {!isOfAction && !whyNotChangeable(input) && (
            <Checkbox
              label="Changeable after the launch"
              hint="Hooks and actions get a new value from the next operation on, nodes when they are reinstalled."
              checked={input.changeable}
              onChange={(event) => edit({ changeable: event.target.checked })}
            />
          )}
          <ConditionFields
            legend="Shown when"
            inputs={others}
            value={input.showIf}
            onChange={(showIf) => edit({ showIf })}
          />
        </div>
      </details>
    </>
  );
}

function Bound({
  label,
  value,
  edit,
}: {
  label: string;
  value: string;
  edit: (value: string) => void;
}) {
  return (
    <Field label={label}>
      <Input type="number" value={value} onChange={(event) => edit(event.target.value)} />
    </Field>
  );
}

/** Whether neither a least nor a most of it says anything. */
function isUnbounded(type: InputType): boolean {
  return ["boolean", "enum", "cidr", "json", "image"].includes(type);
}

function boundWords(type: InputType): string {
  if (type === "number") return "";
  if (type === "duration") return "in seconds";
  if (type === "ssh_keys") return "keys";
  return type === "multi_enum" ? "choices" : "characters";
}
