"use client";

import { useState } from "react";
import { KeyChoice } from "#components/keys/key-choice";
import { Checkbox } from "#components/ui/checkbox";
import { Field, FieldGroup } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { Select } from "#components/ui/select";
import { Textarea } from "#components/ui/textarea";
import { emptiedWords, shownInputs } from "#lib/domain/template/input-values";
import {
  type InputValue,
  keyWords,
  type TemplateInput,
  usualValue,
  valueWords,
} from "#lib/domain/template/inputs";

type Props = {
  inputs: readonly TemplateInput[];
  values: Readonly<Record<string, InputValue>>;
  /** What is wrong with one, by its name. */
  errorOf: (name: string) => string | undefined;
  onChange: (name: string, value: InputValue) => void;
  /** What the keys among the choices are called. */
  keys?: readonly NamedKey[];
};

export type NamedKey = { name: string; fingerprint: string; publicKey: string };

/** What a template asks at launch, section by section; what its conditions hide is not there. */
export function InputFields({ inputs, values, errorOf, onChange, keys = [] }: Props) {
  const shown = shownInputs(inputs, values);
  const sections = [...new Set(shown.map((input) => input.section))];
  return (
    <div className="flex flex-col gap-5">
      {sections.map((section) => (
        <div key={section} className="flex flex-col gap-4">
          {section && <h3 className="font-semibold text-muted text-xs">{section}</h3>}
          {shown
            .filter((input) => input.section === section)
            .map((input) => (
              <InputField
                key={input.name}
                input={input}
                given={values[input.name]}
                error={errorOf(input.name)}
                keys={keys}
                onChange={(value) => onChange(input.name, value)}
              />
            ))}
        </div>
      ))}
    </div>
  );
}

type One = {
  input: TemplateInput;
  given: InputValue | undefined;
  error: string | undefined;
  keys: readonly NamedKey[];
  onChange: (value: InputValue) => void;
};

function InputField({ input, given, error, keys, onChange }: One) {
  const { label, required, type, override } = input;
  const value = given ?? usualValue(input) ?? undefined;
  const help = [input.help, emptiedWords(input, given)].filter(Boolean).join(" ");
  const text = typeof value === "string" || typeof value === "number" ? String(value) : "";
  if (override === "fixed") {
    return (
      <Field label={label} hint={`${help} Fixed by the template.`.trim()} error={error}>
        <Input mono value={value === undefined ? "" : valueWords(value)} readOnly />
      </Field>
    );
  }
  if (type === "boolean") {
    return (
      <Checkbox
        label={label}
        hint={error ?? help}
        checked={value === true}
        onChange={(event) => onChange(event.target.checked)}
      />
    );
  }
  if (type === "multi_enum") {
    const chosen = Array.isArray(value) ? value : [];
    const options = override === "restricted" ? input.allowed : input.options;
    return (
      <FieldGroup legend={label} hint={help} error={error}>
        {options.map((option) => (
          <Checkbox
            key={option}
            label={option}
            checked={chosen.includes(option)}
            onChange={(event) =>
              onChange(
                event.target.checked
                  ? [...chosen, option]
                  : chosen.filter((each) => each !== option),
              )
            }
          />
        ))}
      </FieldGroup>
    );
  }
  if (type === "ssh_keys") {
    return (
      <FieldGroup legend={label} hint={help} error={error}>
        {input.options.length === 0 && (
          <p className="text-muted text-sm">
            There is no key to choose. Save one in your account, or add one to the project.
          </p>
        )}
        <KeyChoice
          keys={input.options.map((line) => namedKey(line, keys))}
          chosen={Array.isArray(value) ? value : []}
          onChange={onChange}
        />
      </FieldGroup>
    );
  }
  const common = { label, hint: help, error, required, optional: !required };
  if (type === "enum" || type === "image" || override === "restricted") {
    const options = override === "restricted" ? input.allowed : input.options;
    // What can be chosen may have changed since.
    const chosen = options.includes(text) ? text : "";
    return (
      <Field {...common}>
        <Select
          value={chosen}
          placeholder={required && chosen ? undefined : "Choose"}
          onChange={({ target }) =>
            onChange(type === "number" && target.value ? Number(target.value) : target.value)
          }
          options={options.map((option) => ({ value: option, label: option }))}
        />
      </Field>
    );
  }
  if (type === "text" || type === "json") {
    return (
      <Field {...common}>
        <Textarea
          mono={type === "json"}
          rows={4}
          spellCheck={type === "text"}
          value={text}
          onChange={(event) => onChange(event.target.value)}
        />
      </Field>
    );
  }
  if (type === "secret") {
    return (
      <Field {...common} hint={`${help} Not shown again.`.trim()}>
        <Input
          type="password"
          autoComplete="new-password"
          value={text}
          onChange={(event) => onChange(event.target.value)}
        />
      </Field>
    );
  }
  if (type === "number") {
    return (
      <Field {...common}>
        <NumberInput value={text} onChange={onChange} />
      </Field>
    );
  }
  const placeholder = { duration: "12h", cidr: "10.20.0.0/16" }[type as "duration" | "cidr"];
  return (
    <Field {...common}>
      <Input
        mono={type !== "string"}
        autoComplete="off"
        placeholder={placeholder}
        value={text}
        onChange={({ target }) => onChange(target.value)}
      />
    </Field>
  );
}

/** A key with its name, or with what its owner wrote behind it. */
function namedKey(line: string, keys: readonly NamedKey[]) {
  const known = keys.find(({ publicKey }) => publicKey === line);
  const [name = line, fingerprint] = known
    ? [known.name, known.fingerprint]
    : [line.split(" ").slice(2).join(" ") || "Without a name", keyWords(line)];
  return { id: line, name, fingerprint };
}

/** Keeps what is typed as it is, "1.0" on the way to "1.05", and tells the number that it is. */
function NumberInput({
  value,
  onChange,
}: {
  value: string;
  onChange: (value: InputValue) => void;
}) {
  const [typed, setTyped] = useState(value);
  const same = typed !== "" && Number(typed) === Number(value);
  return (
    <Input
      mono
      type="number"
      step="any"
      autoComplete="off"
      value={same ? typed : value}
      onChange={({ target }) => {
        setTyped(target.value);
        onChange(target.value === "" ? "" : Number(target.value));
      }}
    />
  );
}
