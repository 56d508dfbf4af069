"use client";

import { type RefObject, useRef, useState, useSyncExternalStore } from "react";
import { type PasskeyUse, UsePasskey } from "#components/account/use-passkey";
import { Button } from "#components/ui/button";
import { Dialog, DialogClose } from "#components/ui/dialog";
import { Field } from "#components/ui/field";
import { FormMessage } from "#components/ui/form-message";
import { Input } from "#components/ui/input";
import { whyRefused } from "#lib/client/ask";
import { secretOf, textOf } from "#lib/client/form-values";
import { onProofAsked, type ProofRequest, proofAsked } from "#lib/client/proof";
import { proveAtProvider } from "#lib/client/provider-proof";
import { useSubmission } from "#lib/client/use-submission";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

type Prove = (input: { proof: string }) => Promise<Result<unknown, Refusal>>;

/**
 * Asks who is there when an act wants a fresh proof; then the act goes on by itself. Once, in the root
 * layout.
 */
export function ProofDialog({ prove, passkey }: { prove: Prove; passkey: PasskeyUse }) {
  const asked = useSyncExternalStore(onProofAsked, proofAsked, () => undefined);
  const field = useRef<HTMLInputElement>(null);
  const typed = asked?.by.find(({ kind }) => kind === "code" || kind === "password");
  const done = () => asked?.answer(true);
  return (
    <Dialog
      open={asked !== undefined}
      onOpenChange={(open) => {
        if (!open) asked?.answer(false);
      }}
      size="sm"
      initialFocus={typed ? field : undefined}
      title="Confirm that it is you"
      description="You last showed who you are more than five minutes ago, and this act asks for it again."
    >
      {asked && (
        <div className="flex flex-col gap-4">
          {asked.by.some(({ kind }) => kind === "passkey") && (
            <UsePasskey {...passkey} label="Use a passkey" variant="primary" done={done} />
          )}
          {asked.by.map(
            (proof) =>
              proof.kind === "provider" && (
                <ProviderProof key={proof.id} id={proof.id} label={proof.label} done={done} />
              ),
          )}
          {typed ? (
            <ProofForm asked={asked} byCode={typed.kind === "code"} prove={prove} field={field} />
          ) : (
            <div className="flex justify-end">
              <DialogClose>
                <Button>Cancel</Button>
              </DialogClose>
            </div>
          )}
        </div>
      )}
    </Dialog>
  );
}

function ProviderProof({ id, label, done }: { id: string; label: string; done: () => void }) {
  // No transition: a window that is closed by hand never answers, and what waits in a transition holds
  // up every later one. The button stays, for another try.
  const [isOpen, setIsOpen] = useState(false);
  const [refused, setRefused] = useState<string>();
  return (
    <div className="flex flex-col gap-2">
      <Button
        onClick={async () => {
          setIsOpen(true);
          setRefused(undefined);
          const why = await whyRefused(() => proveAtProvider(id));
          setIsOpen(false);
          setRefused(why);
          if (!why) done();
        }}
      >
        {isOpen ? `Sign in at ${label} again` : `Sign in at ${label}`}
      </Button>
      <FormMessage message={refused} />
    </div>
  );
}

function ProofForm({
  asked,
  byCode,
  prove,
  field,
}: {
  asked: ProofRequest;
  byCode: boolean;
  prove: Prove;
  field: RefObject<HTMLInputElement | null>;
}) {
  const submission = useSubmission();
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
        label={byCode ? "Code" : "Your password"}
        required
        hint={
          byCode ? "Of your authenticator app, or a recovery code." : "Or sign out, and in again."
        }
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
