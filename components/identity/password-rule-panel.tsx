"use client";

import { useState, useTransition } from "react";
import { FormMessage } from "#components/ui/form-message";
import { Panel } from "#components/ui/panel";
import { RadioCards } from "#components/ui/radio-cards";
import { whyRefused } from "#lib/client/ask";
import type { PasswordRule } from "#lib/domain/access/password-rules";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

type Props = {
  passwords: PasswordRule;
  /** Absent for those who may only look. */
  change?: (input: { passwords: PasswordRule }) => Promise<Result<unknown, Refusal>>;
};

/** Who may sign in with a password. A choice holds at once. */
export function PasswordRulePanel({ passwords, change }: Props) {
  const [pending, startTransition] = useTransition();
  const [refused, setRefused] = useState<string>();
  const lookOnly = change ? null : "Only an operator who is an admin changes this.";
  return (
    <Panel title="Passwords">
      <div className="flex flex-col gap-3" aria-busy={pending}>
        <RadioCards
          name="passwords"
          legend="Who may sign in with a password"
          columns={2}
          value={passwords}
          onValueChange={(next) =>
            startTransition(async () =>
              setRefused(
                change && (await whyRefused(() => change({ passwords: next as PasswordRule }))),
              ),
            )
          }
          options={[
            {
              value: "everyone",
              title: "Everyone who has one",
              description: "Beside the identity providers.",
              disabledReason: passwords === "everyone" ? null : lookOnly,
            },
            {
              value: "operators",
              title: "Operators alone",
              description: "So that someone gets in when a provider is down.",
              disabledReason: passwords === "operators" ? null : lookOnly,
            },
          ]}
        />
        <FormMessage message={refused} />
      </div>
    </Panel>
  );
}
