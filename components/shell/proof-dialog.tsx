"use client";

import { type RefObject, useRef, useSyncExternalStore } from "react";
import { Button } from "#components/ui/button";
import { Dialog, DialogClose } from "#components/ui/dialog";
import { Field } from "#components/ui/field";
import { FormMessage } from "#components/ui/form-message";
import { Input } from "#components/ui/input";
import { secretOf, textOf } from "#lib/client/form-values";
import { onProofAsked, type ProofRequest, proofAsked } from "#lib/client/proof";
import { useSubmission } from "#lib/client/use-submission";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

type Prove = (input: { proof: string }) => Promise<Result<unknown, Refusal>>;

/**
 * Asks who is there when an act wants a fresh proof; then the act goes on by itself. Once, in the root
 * layout.
 */
export function ProofDialog({ prove }: { prove: Prove }) {
  const asked = useSyncExternalStore(onProofAsked, proofAsked, () => undefined);
  const field = useRef<HTMLInputElement>(null);
  return (
    <Dialog
      open={asked !== undefined}
      onOpenChange={(open) => {
        if (!open) asked?.answer(false);
      }}
      size="sm"
      initialFocus={field}
      title="Confirm that it is you"
      description="You last showed who you are more than five minutes ago, and this act asks for it again."
    >
      {asked && <ProofForm asked={asked} prove={prove} field={field} />}
    </Dialog>
  );
}

function ProofForm({
  asked,
  prove,
  field,
}: {
  asked: ProofRequest;
  prove: Prove;
  field: RefObject<HTMLInputElement | null>;
}) {
  const submission = useSubmission();
  const byCode = asked.by === "code";
  return (
    <form
      className="flex flex-col gap-4"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        // A form in a dialog over a form: the one below is not meant.
        event.stopPropagation();
        const entered = new FormData(event.currentTarget);
        const proof = byCode ? textOf(entered, "proof") : secretOf(entered, "proof");
        submission.send(
          () => prove({ proof }),
          () => asked.answer(true),
        );
      }}
    >
      <Field
        label={byCode ? "Code of your authenticator app" : "Your password"}
        required
        hint={byCode ? "Six digits, or a recovery code." : "Or sign out, and in again."}
        error={submission.errorOf("proof")}
      >
        {byCode ? (
          <Input ref={field} name="proof" mono autoComplete="one-time-code" spellCheck={false} />
        ) : (
          <Input ref={field} name="proof" type="password" autoComplete="current-password" />
        )}
      </Field>
      <FormMessage message={submission.message} />
      <div className="flex flex-wrap justify-end gap-2">
        <DialogClose>
          <Button>Cancel</Button>
        </DialogClose>
        <Button
          type="submit"
          variant="primary"
          pending={submission.pending}
          pendingLabel="Checking…"
        >
          Confirm
        </Button>
      </div>
    </form>
  );
}
