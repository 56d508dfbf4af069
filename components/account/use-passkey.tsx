"use client";

import type { ComponentProps } from "react";
import { Button } from "#components/ui/button";
import { FormMessage } from "#components/ui/form-message";
import { signWithPasskey } from "#lib/client/passkey";
import { useSubmission } from "#lib/client/use-submission";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

type Signed = Extract<Awaited<ReturnType<typeof signWithPasskey>>, { ok: true }>["value"];

export type PasskeyUse = {
  begin: Parameters<typeof signWithPasskey>[0];
  finish: (input: { response: Signed }) => Promise<Result<unknown, Refusal>>;
  /** Why there are none at this address. */
  disabledReason?: string | null;
};

type Props = PasskeyUse & {
  label: string;
  variant?: ComponentProps<typeof Button>["variant"];
  done: () => void;
};

/** One button: the browser asks for a passkey, and what it signs is sent. */
export function UsePasskey({ begin, finish, disabledReason, label, variant, done }: Props) {
  const submission = useSubmission();
  return (
    <div className="flex flex-col gap-2">
      <Button
        variant={variant}
        disabledReason={disabledReason}
        pending={submission.pending}
        pendingLabel="Waiting for your browser…"
        onClick={() =>
          submission.send(async () => {
            const signed = await signWithPasskey(begin);
            return signed.ok ? finish({ response: signed.value }) : signed;
          }, done)
        }
      >
        {label}
      </Button>
      <FormMessage message={submission.message} />
    </div>
  );
}
