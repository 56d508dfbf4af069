"use client";

import { useState } from "react";
import { ActionEditor } from "#components/templates/action-editor";
import { ActionPreview } from "#components/templates/action-preview";
import { HookEditor, type ProviderChoice } from "#components/templates/hook-editor";
import { InputEditor } from "#components/templates/input-editor";
import { InputFields } from "#components/templates/input-fields";
import { Callout } from "#components/ui/callout";
import { FormMessage } from "#components/ui/form-message";
import { Panel } from "#components/ui/panel";
import {
  actionOfEdited,
  type EditedAction,
  type EditedHook,
  type EditedInput,
  hookOfEdited,
  inputOfEdited,
} from "#lib/client/edited-template";
import { templateProblems } from "#lib/domain/template/check-template";
import { checkInputs } from "#lib/domain/template/input-values";
import type { InputValue } from "#lib/domain/template/inputs";
import { exampleOffer, offeredInputs } from "#lib/domain/template/offered-inputs";

type Props = {
  inputs: EditedInput[];
  hooks: EditedHook[];
  actions: EditedAction[];
  providers: readonly ProviderChoice[];
  errorOf: (field: string) => string | undefined;
  onInputs: (inputs: EditedInput[]) => void;
  onHooks: (hooks: EditedHook[]) => void;
  onActions: (actions: EditedAction[]) => void;
};

/**
 * What a template asks and does besides: inputs with the tenant's form beside them as it will be, hooks,
 * and actions with their buttons; and what would keep it from being published, as it is typed.
 */
export function LaunchLogic({
  inputs,
  hooks,
  actions,
  providers,
  errorOf,
  onInputs,
  onHooks,
  onActions,
}: Props) {
  const [values, setValues] = useState<Record<string, InputValue>>({});
  const [tried, setTried] = useState<readonly string[]>([]);
  const defined = inputs.map(inputOfEdited);
  const declared = actions.map(actionOfEdited);
  const problems = templateProblems(defined, hooks.map(hookOfEdited), providers, declared);
  const known = Object.fromEntries(
    Object.entries(values).filter(([name]) => defined.some((input) => input.name === name)),
  );
  const offered = offeredInputs(defined, exampleOffer(defined));
  const checked = problems.length === 0 ? checkInputs(offered, known) : undefined;
  const fields = checked && !checked.ok ? checked.refusal.fields : {};
  return (
    <>
      <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <Panel
          title="Inputs"
          description="What is asked of whoever launches it. Values reach the nodes and the hooks; secrets reach the nodes alone."
        >
          <div className="flex flex-col gap-3">
            <InputEditor inputs={inputs} errorOf={errorOf} onChange={onInputs} />
            <FormMessage message={errorOf("inputs")} />
          </div>
        </Panel>
        <Panel
          title="As a tenant sees it"
          description="Try it here: nothing of what is entered is kept."
        >
          {defined.length === 0 ? (
            <p className="text-muted text-sm">The launch form asks for nothing more.</p>
          ) : (
            <InputFields
              inputs={offered}
              values={known}
              errorOf={(name) => (tried.includes(name) ? fields[`inputs.${name}`] : undefined)}
              onChange={(name, value) => {
                setValues({ ...known, [name]: value });
                setTried([...tried, name]);
              }}
            />
          )}
          {actions.length > 0 && (
            <ActionPreview
              actions={actions}
              against={problems.length > 0 ? "What is wrong below comes first." : null}
            />
          )}
        </Panel>
      </div>
      <Panel
        title="Hooks"
        description="What is done besides, in this order at each point: a script runs on the nodes, a provider is asked, a person decides, time passes."
      >
        <div className="flex flex-col gap-3">
          <HookEditor
            hooks={hooks}
            inputs={inputs}
            providers={providers}
            errorOf={errorOf}
            onChange={onHooks}
          />
          <FormMessage message={errorOf("hooks")} />
        </div>
      </Panel>
      <Panel
        title="Actions"
        description="Buttons on the page of a ready environment, with questions of their own and hooks behind them. None changes the environment's state."
      >
        <div className="flex flex-col gap-3">
          <ActionEditor
            actions={actions}
            hooks={hooks.filter((hook) => hook.point === "on_action").map((hook) => hook.name)}
            errorOf={errorOf}
            onChange={onActions}
          />
          <FormMessage message={errorOf("actions")} />
        </div>
      </Panel>
      {problems.length > 0 && (
        <Callout kind="attention" title="It cannot be published like this" role="status">
          <ul className="list-disc pl-4">
            {problems.map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        </Callout>
      )}
    </>
  );
}
