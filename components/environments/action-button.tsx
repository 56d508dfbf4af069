"use client";

import { useRef, useState, useTransition } from "react";
import { SameWithApi } from "#components/api/same-with-api";
import { InputFields, type NamedKey } from "#components/templates/input-fields";
import { Button } from "#components/ui/button";
import { Dialog, DialogClose } from "#components/ui/dialog";
import { FormMessage } from "#components/ui/form-message";
import { whyRefused } from "#lib/client/ask";
import { type ApiCall, curlOf } from "#lib/client/curl";
import { newRequestKey } from "#lib/client/request-key";
import { useSubmission } from "#lib/client/use-submission";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { InputValue } from "#lib/domain/template/inputs";
import type { EnvironmentAction } from "#lib/schemas/environment-view";

type Props = {
  action: EnvironmentAction;
  /** Why it cannot be pressed now; null when it can. */
  against: string | null;
  run: (input: {
    requestKey: string;
    inputs: Record<string, InputValue>;
  }) => Promise<Result<unknown, Refusal>>;
  /** The call that does the same. */
  api?: ApiCall;
  /** What the keys among its choices are called. */
  keys?: readonly NamedKey[];
};

/** The button of one action: does it, or opens what has to be entered or confirmed first. */
export function ActionButton(props: Props) {
  const { action, against, run } = props;
  const [open, setOpen] = useState(false);
  const [pending, startTransition] = useTransition();
  const [refused, setRefused] = useState<string>();
  const asks = action.inputs.length > 0 || action.confirmation !== "";

  function press() {
    if (asks) return setOpen(true);
    startTransition(async () => {
      const requestKey = newRequestKey();
      setRefused(await whyRefused(() => run({ requestKey, inputs: {} })));
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
function ActionDialog({ action, run, api, keys, close }: Props & { close: () => void }) {
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
          // Where the button stands in a form of its own, that is not what is sent.
          event.stopPropagation();
          submission.send(() => run({ requestKey: requestKey.current, inputs: values }), close);
        }}
      >
        <InputFields
          inputs={action.inputs}
          keys={keys}
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
