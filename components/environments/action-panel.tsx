"use client";

import { useState, useTransition } from "react";
import { SameWithApi } from "#components/api/same-with-api";
import { ActionButton } from "#components/environments/action-button";
import { ActionRuns } from "#components/environments/action-runs";
import type { NamedKey } from "#components/templates/input-fields";
import { Button } from "#components/ui/button";
import { FormMessage } from "#components/ui/form-message";
import { Panel } from "#components/ui/panel";
import { whyRefused } from "#lib/client/ask";
import { type ApiCall, curlOf } from "#lib/client/curl";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import { actionStandsStill } from "#lib/domain/template/actions";
import type { InputValue } from "#lib/domain/template/inputs";
import type { EnvironmentAction, EnvironmentDetail } from "#lib/schemas/environment-view";

export type RunAction = (input: {
  requestKey: string;
  environmentId: Id<"environment">;
  action: string;
  inputs: Record<string, InputValue>;
}) => Promise<Result<unknown, Refusal>>;

type Props = {
  environment: EnvironmentDetail;
  run: RunAction;
  abort: (input: { environmentId: Id<"environment"> }) => Promise<Result<unknown, Refusal>>;
  /** The call that presses each, by its name. */
  api: Record<string, ApiCall>;
  done: () => void;
  keys: readonly NamedKey[];
};

/**
 * What the template lets people do to an environment while it is ready, each with the reason why it
 * cannot be pressed now; and what came of it earlier. Nothing where there is neither.
 */
export function ActionPanel({ environment, run, abort, api, done, keys }: Props) {
  const runs = environment.operations.filter((each) => each.kind === "environment.act");
  const isGone = environment.state === "releasing" || environment.state === "released";
  const { actions } = environment;
  if (actions.length === 0 || (isGone && runs.length === 0)) return null;
  const acting = runs.find((each) => each.state === "running");
  const still = actionStandsStill(environment.state, acting?.action?.label ?? null);
  const reasonAgainst = (action: EnvironmentAction) => {
    if (!environment.may.act.includes(action.name)) {
      return `This is for a project ${action.role}. Ask one to do it.`;
    }
    return still && `${still.reason} ${still.advice}`.trim();
  };
  const open = actions.filter((action) => reasonAgainst(action) === null);
  return (
    <Panel
      title="Actions"
      id="actions"
      padded={false}
      description="They leave the environment as it is: ready, with its nodes."
      actions={acting && <AbortButton environment={environment} abort={abort} done={done} />}
    >
      {!isGone && (
        <ul className="flex flex-col gap-3 px-4 py-3">
          {actions.map((action) => (
            <li key={action.name} className="flex flex-wrap items-center gap-x-4 gap-y-1">
              <ActionButton
                action={action}
                against={reasonAgainst(action)}
                run={async (input) => {
                  const { id: environmentId } = environment;
                  const result = await run({ ...input, environmentId, action: action.name });
                  done();
                  return result;
                }}
                api={api[action.name]}
                keys={keys}
              />
              {action.help && <span className="min-w-0 text-muted text-sm">{action.help}</span>}
            </li>
          ))}
        </ul>
      )}
      {open.length > 0 && (
        <div className="px-4 pb-3">
          <SameWithApi
            commands={open.flatMap(({ name, label, inputs }) => {
              const call = api[name];
              // One that asks for something shows its call beside what is entered.
              if (!call || inputs.length > 0) return [];
              return [{ label, command: curlOf(call, { keyed: true, body: {} }) }];
            })}
          />
        </div>
      )}
      {runs.length > 0 && <ActionRuns runs={runs} hookRuns={environment.hookRuns} />}
    </Panel>
  );
}

function AbortButton({ environment, abort, done }: Pick<Props, "environment" | "abort" | "done">) {
  const [pending, startTransition] = useTransition();
  const [refused, setRefused] = useState<string>();
  return (
    <>
      <FormMessage message={refused} />
      <Button
        size="sm"
        pending={pending}
        pendingLabel="Aborting…"
        disabledReason={
          environment.may.operate
            ? null
            : "Your role in this project may look, but not act. Ask a project admin."
        }
        onClick={() =>
          startTransition(async () => {
            setRefused(await whyRefused(() => abort({ environmentId: environment.id })));
            done();
          })
        }
      >
        Abort the action
      </Button>
    </>
  );
}
