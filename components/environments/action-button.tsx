"use client";

import { useRef, useState, useTransition } from "react";
import { SameWithApi } from "#components/api/same-with-api";
import { InputFields } from "#components/templates/input-fields";
import { Button } from "#components/ui/button";
import { Dialog, DialogClose } from "#components/ui/dialog";
import { FormMessage } from "#components/ui/form-message";
import { whyRefused } from "#lib/client/ask";
import { type ApiCall, curlOf } from "#lib/client/curl";
import { newRequestKey } from "#lib/client/request-key";
import { useSubmission } from "#lib/client/use-submission";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { InputValue } from "#lib/domain/template/inputs";
import type { EnvironmentAction } from "#lib/schemas/environment-view";

export type RunAction = (input: {
  requestKey: string;
  environmentId: Id<"environment">;
  action: string;
  inputs: Record<string, InputValue>;
}) => Promise<Result<unknown, Refusal>>;

type Props = {
  action: EnvironmentAction;
  environmentId: Id<"environment">;
  /** Why it cannot be pressed now; null when it can. */
  against: string | null;
  run: RunAction;
  api: ApiCall | undefined;
  done: () => void;
};

/** The button of one action: does it, or opens what has to be entered or confirmed first. */
export function ActionButton(props: Props) {
  const { action, environmentId, against, run, done } = props;
  const [open, setOpen] = useState(false);
  const [pending, startTransition] = useTransition();
  const [refused, setRefused] = useState<string>();
  const asks = action.inputs.length > 0 || action.confirmation !== "";

  function press() {
    if (asks) return setOpen(true);
    startTransition(async () => {
      const input = { requestKey: newRequestKey(), environmentId, action: action.name, inputs: {} };
      setRefused(await whyRefused(() => run(input)));
      done();
    });
  }

  return (
    <>
      <Button
        disabledReason={against}
        reasonPlacement="beside"
        pending={pending}
        pendingLabel="Asking…"
        onClick={press}
      >
        {asks ? `${action.label}…` : action.label}
      </Button>
      <FormMessage message={refused} />
      {open && <ActionDialog {...props} close={() => setOpen(false)} />}
    </>
  );
}

/** What an action asks for, and what it says of itself before it is done. */
function ActionDialog({
  action,
  environmentId,
  run,
  api,
  done,
  close,
}: Props & { close: () => void }) {
  // One for each time the dialog is opened: what is sent twice from it is one action.
  const requestKey = useRef(newRequestKey());
  const [values, setValues] = useState<Record<string, InputValue>>({});
  const submission = useSubmission();
  return (
    <Dialog
      open
      onOpenChange={(next) => !next && !submission.pending && close()}
      title={action.label}
      description={action.confirmation || action.help || undefined}
    >
      <form
        className="flex flex-col gap-4"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submission.send(
            () =>
              run({
                requestKey: requestKey.current,
                environmentId,
                action: action.name,
                inputs: values,
              }),
            () => {
              done();
              close();
            },
          );
        }}
      >
        <InputFields
          inputs={action.inputs}
          values={values}
          errorOf={(name) => submission.errorOf(`inputs.${name}`)}
          onChange={(name, value) => setValues({ ...values, [name]: value })}
        />
        {api && (
          <SameWithApi
            commands={[
              {
                label: action.label,
                command: curlOf(api, { keyed: true, body: { inputs: values } }),
              },
            ]}
          />
        )}
        <FormMessage message={submission.message} />
        <div className="flex flex-wrap justify-end gap-2">
          <DialogClose>
            <Button>Cancel</Button>
          </DialogClose>
          <Button
            type="submit"
            variant="primary"
            pending={submission.pending}
            pendingLabel="Asking…"
          >
            {action.label}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
