"use client";

import type { ReactNode } from "react";
import { EditedList } from "#components/templates/edited-list";
import { InputEditor } from "#components/templates/input-editor";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { Select } from "#components/ui/select";
import { actionRoleWords } from "#lib/client/catalogue-words";
import { type EditedAction, newAction } from "#lib/client/edited-template";
import { type ActionRole, actionRoles, mostActions } from "#lib/domain/template/actions";

type Props = {
  actions: readonly EditedAction[];
  /** Names of the hooks that can stand behind one. */
  hooks: readonly string[];
  errorOf: (field: string) => string | undefined;
  onChange: (actions: EditedAction[]) => void;
};

/** The actions of a template, in the order in which an environment's page shows them. */
export function ActionEditor({ actions, hooks, errorOf, onChange }: Props) {
  return (
    <EditedList
      items={actions}
      noun="action"
      addLabel="Add an action"
      full={actions.length >= mostActions ? `A template has at most ${mostActions} actions.` : null}
      make={newAction}
      onChange={onChange}
    >
      {({ item, index, edit, controls }) => (
        <OneAction
          action={item}
          index={index}
          hooks={hooks}
          errorOf={(field) => errorOf(`actions.${index}.${field}`)}
          edit={edit}
          controls={controls}
        />
      )}
    </EditedList>
  );
}

function OneAction({
  action,
  index,
  hooks,
  errorOf,
  edit,
  controls,
}: {
  action: EditedAction;
  index: number;
  hooks: readonly string[];
  errorOf: (field: string) => string | undefined;
  edit: (change: Partial<EditedAction>) => void;
  controls: ReactNode;
}) {
  const text = (
    field: "name" | "label" | "help" | "confirmation" | "hooks",
    label: string,
    more: { hint?: string; mono?: boolean; optional?: boolean; className?: string } = {},
  ) => (
    <Field
      label={label}
      hint={more.hint}
      optional={more.optional}
      className={more.className}
      error={errorOf(field) ?? errorOf(`${field}.0`)}
    >
      <Input
        mono={more.mono}
        value={action[field]}
        autoComplete="off"
        onChange={(event) => edit({ [field]: event.target.value })}
      />
    </Field>
  );
  return (
    <>
      <div className="grid items-start gap-3 sm:grid-cols-2">
        {text("label", "On its button")}
        {text("name", "Action", { mono: true, hint: "As programs call it." })}
        {text("hooks", "Runs these hooks", {
          mono: true,
          hint:
            hooks.length > 0
              ? `In this order, separated by commas. There are: ${hooks.join(", ")}.`
              : "Add a hook above that runs when an action is pressed, and name it here.",
        })}
        <Field label="Who may press it">
          <Select
            value={action.role}
            onChange={(event) => edit({ role: event.target.value as ActionRole })}
            options={actionRoles.map((each) => ({ value: each, label: actionRoleWords[each] }))}
          />
        </Field>
        {text("help", "Said beside it", { optional: true })}
        {text("confirmation", "Asked before it is done", {
          optional: true,
          hint: "As in: Jobs that run now are ended.",
        })}
      </div>
      <div className="flex items-end justify-between gap-3">
        <div className="min-w-0 flex-1">
          <InputEditor
            inputs={action.inputs}
            isOfAction
            addLabel={`Add an input to ${action.name || `action ${index + 1}`}`}
            errorOf={errorOf}
            onChange={(inputs) => edit({ inputs })}
          />
        </div>
        {controls}
      </div>
    </>
  );
}
