"use client";

import { type ReactNode, useState, useTransition } from "react";
import { Button } from "#components/ui/button";
import { Dialog, DialogClose } from "#components/ui/dialog";
import { Field } from "#components/ui/field";
import { FormMessage } from "#components/ui/form-message";
import { Input } from "#components/ui/input";

/** One thing that follows: `Wipes` – every drive and GPU memory of 2 nodes. */
export type Consequence = { verb: string; text: ReactNode };

export type ConfirmDialogProps = {
  trigger?: ReactNode;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  title: string;
  description?: ReactNode;
  /** What it keeps, wipes, frees and costs, in that order. */
  consequences: readonly Consequence[];
  /** The name to type before it can be confirmed; leave out for what can be taken back. */
  confirmName?: string;
  confirmLabel: string;
  pendingLabel?: string;
  danger?: boolean;
  /** Answers why not, in words, or nothing when it was done; then the dialog closes. */
  // biome-ignore lint/suspicious/noConfusingVoidType: an action that cannot be refused answers nothing
  onConfirm: () => Promise<string | undefined | void>;
  /** Further choices that belong to the act. */
  children?: ReactNode;
};

/** Names the consequences of an act, and has the name typed where they cannot be undone. */
export function ConfirmDialog({
  trigger,
  open,
  onOpenChange,
  title,
  description,
  consequences,
  confirmName,
  confirmLabel,
  pendingLabel,
  danger = true,
  onConfirm,
  children,
}: ConfirmDialogProps) {
  const [innerOpen, setInnerOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const [message, setMessage] = useState<string>();
  const [pending, startTransition] = useTransition();
  const isOpen = open ?? innerOpen;

  function change(next: boolean) {
    if (pending) return;
    setTyped("");
    setMessage(undefined);
    setInnerOpen(next);
    onOpenChange?.(next);
  }

  function confirm() {
    startTransition(async () => {
      const refusal = await onConfirm();
      if (refusal) {
        setMessage(refusal);
        return;
      }
      setTyped("");
      setMessage(undefined);
      setInnerOpen(false);
      onOpenChange?.(false);
    });
  }

  const named = confirmName === undefined || typed.trim() === confirmName;
  return (
    <Dialog
      trigger={trigger}
      open={isOpen}
      onOpenChange={change}
      title={title}
      description={description}
    >
      <form
        className="flex flex-col gap-4"
        // What is missing is said by us, beside its field, in the words of everything else.
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (named && !pending) confirm();
        }}
      >
        {consequences.length > 0 && (
          <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5 rounded-md border border-line bg-sunken px-3 py-2.5 text-sm">
            {consequences.map((consequence) => (
              <div key={consequence.verb} className="contents">
                <dt className="font-medium text-ink">{consequence.verb}</dt>
                <dd className="min-w-0 text-muted">{consequence.text}</dd>
              </div>
            ))}
          </dl>
        )}
        {children}
        {confirmName !== undefined && (
          <Field
            label={
              <>
                Type <span className="select-all font-mono text-accent">{confirmName}</span> to
                confirm
              </>
            }
          >
            <Input
              mono
              autoComplete="off"
              spellCheck={false}
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
            />
          </Field>
        )}
        <FormMessage message={message} />
        <div className="flex flex-wrap justify-end gap-2">
          <DialogClose>
            <Button>Cancel</Button>
          </DialogClose>
          <Button
            type="submit"
            variant={danger ? "danger" : "primary"}
            pending={pending}
            pendingLabel={pendingLabel}
            disabledReason={named ? null : `Type "${confirmName}" above first.`}
          >
            {confirmLabel}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
