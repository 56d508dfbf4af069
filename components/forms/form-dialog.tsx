"use client";

import { type ReactNode, useState } from "react";
import { Button } from "#components/ui/button";
import { Dialog, DialogClose } from "#components/ui/dialog";
import { FormMessage } from "#components/ui/form-message";
import { useSubmission } from "#lib/client/use-submission";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

export type FormDialogProps<T> = {
  trigger: ReactNode;
  title: string;
  description?: ReactNode;
  submitLabel: string;
  pendingLabel: string;
  size?: "sm" | "md" | "lg";
  /** Each time it opens: what was entered and not sent is put away. */
  onOpen?: () => void;
  /** Sends what was entered. */
  send: (form: FormData) => Promise<Result<T, Refusal>>;
  /** What is shown in place of the form when it was done; without it the dialog closes. */
  result?: (value: T) => ReactNode;
  /** The fields; `errorOf` gives what is wrong with one, by its path in the action's input. */
  children: (errorOf: (field: string) => string | undefined) => ReactNode;
};

/** A form in a dialog: keeps what was entered when it is refused, and says why beside the field. */
export function FormDialog<T>({
  trigger,
  title,
  description,
  submitLabel,
  pendingLabel,
  size,
  onOpen,
  send,
  result,
  children,
}: FormDialogProps<T>) {
  const [open, setOpen] = useState(false);
  const [outcome, setOutcome] = useState<{ value: T }>();
  const submission = useSubmission();

  function change(next: boolean) {
    // What was done is done: its outcome can be put away while the page behind is still refreshed.
    if (submission.pending && !outcome) return;
    submission.clear();
    setOutcome(undefined);
    if (next) onOpen?.();
    setOpen(next);
  }

  return (
    <Dialog
      trigger={trigger}
      open={open}
      onOpenChange={change}
      title={title}
      description={outcome ? undefined : description}
      size={size}
    >
      {outcome && result ? (
        <div className="flex flex-col gap-4">
          {result(outcome.value)}
          <div className="flex justify-end">
            <DialogClose>
              <Button variant="primary">Done</Button>
            </DialogClose>
          </div>
        </div>
      ) : (
        <form
          className="flex flex-col gap-4"
          // What is missing is said by us, beside its field, in the words of everything else.
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            const form = new FormData(event.currentTarget);
            submission.send(
              () => send(form),
              (value) => {
                if (result) setOutcome({ value });
                else setOpen(false);
              },
            );
          }}
        >
          {children(submission.errorOf)}
          <FormMessage message={submission.message} />
          <div className="flex flex-wrap justify-end gap-2">
            <DialogClose>
              <Button>Cancel</Button>
            </DialogClose>
            <Button
              type="submit"
              variant="primary"
              pending={submission.pending}
              pendingLabel={pendingLabel}
            >
              {submitLabel}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
