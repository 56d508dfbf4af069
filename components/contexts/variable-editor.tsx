"use client";

import { Plus, Trash2 } from "lucide-react";
import { Button } from "#components/ui/button";
import { Field, FieldGroup } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { Textarea } from "#components/ui/textarea";
import { type EditedVariable, newVariable } from "#lib/client/edited-context";

type Props = {
  variables: readonly EditedVariable[];
  errorOf: (field: string) => string | undefined;
  onChange: (variables: EditedVariable[]) => void;
};

/** Variables of a config context, one row each; a value may have several lines. */
export function VariableEditor({ variables, errorOf, onChange }: Props) {
  const edit = (edited: EditedVariable, change: Partial<EditedVariable>) =>
    onChange(variables.map((each) => (each === edited ? { ...each, ...change } : each)));
  return (
    <FieldGroup
      legend="Variables"
      error={errorOf("variables")}
      hint="Scripts of hooks and commands of the first boot find each by its name in their environment."
    >
      <ul className="flex flex-col gap-3 empty:hidden">
        {variables.map((variable, index) => (
          <li
            key={variable.key}
            className="grid grid-cols-[minmax(0,1fr)_auto] items-end gap-x-3 gap-y-2 md:grid-cols-[minmax(0,1fr)_minmax(0,2fr)_auto] md:items-start"
          >
            <Field label="Name" error={errorOf(`variables.${index}.name`)}>
              <Input
                mono
                maxLength={64}
                autoComplete="off"
                spellCheck={false}
                value={variable.name}
                onChange={(event) => edit(variable, { name: event.target.value })}
              />
            </Field>
            <Field
              label="Value"
              error={errorOf(`variables.${index}.value`)}
              className="max-md:order-last max-md:col-span-2"
            >
              <Textarea
                mono
                rows={Math.min(6, variable.value.split("\n").length)}
                spellCheck={false}
                value={variable.value}
                onChange={(event) => edit(variable, { value: event.target.value })}
              />
            </Field>
            <Button
              size="icon"
              variant="ghost"
              className="md:mt-6"
              aria-label={`Remove variable ${variable.name || index + 1}`}
              onClick={() => onChange(variables.filter((each) => each !== variable))}
            >
              <Trash2 aria-hidden="true" />
            </Button>
          </li>
        ))}
      </ul>
      <Button
        size="sm"
        className="self-start"
        onClick={() => onChange([...variables, newVariable()])}
      >
        <Plus aria-hidden="true" />
        Add a variable
      </Button>
    </FieldGroup>
  );
}
