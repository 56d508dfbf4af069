"use client";

import { useState } from "react";
import { Button } from "#components/ui/button";
import { CopyText } from "#components/ui/copy-button";
import { Field } from "#components/ui/field";
import { FormMessage } from "#components/ui/form-message";
import { Input } from "#components/ui/input";
import { textOf } from "#lib/client/form-values";
import { useSubmission } from "#lib/client/use-submission";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

type SetUp = { qrCode: { size: number; path: string }; secret: string };

export type TotpActs = {
  begin: () => Promise<Result<SetUp, Refusal>>;
  confirm: (input: {
    code: string;
  }) => Promise<Result<{ recoveryCodes: string[] | null }, Refusal>>;
};

type Props = TotpActs & {
  label: string;
  /** Gets the recovery codes once the app is in use: they are made with the first second factor. */
  done: (recoveryCodes: string[] | null) => void;
};

/** Sets an authenticator app up: the code to scan, and one of its codes to confirm it. */
export function TotpSetUp({ begin, confirm, label, done }: Props) {
  const [setUp, setSetUp] = useState<SetUp>();
  const submission = useSubmission();
  if (!setUp) {
    return (
      <div className="flex flex-col items-start gap-2">
        <Button
          pending={submission.pending}
          pendingLabel="Making a secret…"
          onClick={() => submission.send(begin, setSetUp)}
        >
          {label}
        </Button>
        <FormMessage message={submission.message} />
      </div>
    );
  }
  return (
    <form
      className="flex max-w-sm flex-col gap-4"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const code = textOf(new FormData(event.currentTarget), "code");
        submission.send(
          () => confirm({ code }),
          ({ recoveryCodes }) => {
            setSetUp(undefined);
            done(recoveryCodes);
          },
        );
      }}
    >
      <p className="text-sm">
        Scan this with an authenticator app, such as the one that your phone or password manager
        has, or type the secret into it.
      </p>
      <svg
        role="img"
        aria-label="QR code of the secret"
        viewBox={`0 0 ${setUp.qrCode.size} ${setUp.qrCode.size}`}
        shapeRendering="crispEdges"
        // Dark on light in either theme: not every camera reads it the other way round.
        className="size-44 rounded-md border border-line"
      >
        <rect width="100%" height="100%" fill="#fff" />
        <path d={setUp.qrCode.path} fill="#000" />
      </svg>
      <div className="flex min-w-0 flex-col gap-1">
        <span className="text-muted text-xs">Secret</span>
        <CopyText
          value={setUp.secret}
          shown={setUp.secret.match(/.{1,4}/g)?.join(" ")}
          label="secret"
        />
      </div>
      <Field
        label="Code that the app shows"
        required
        hint="Six digits, another every thirty seconds."
        error={submission.errorOf("code")}
      >
        <Input
          name="code"
          mono
          inputMode="numeric"
          autoComplete="one-time-code"
          autoFocus
          maxLength={10}
        />
      </Field>
      <FormMessage message={submission.message} />
      <Button
        type="submit"
        variant="primary"
        pending={submission.pending}
        pendingLabel="Checking…"
        className="self-start"
      >
        Confirm
      </Button>
    </form>
  );
}
