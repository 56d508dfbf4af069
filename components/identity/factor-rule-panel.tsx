"use client";

import { useState, useTransition } from "react";
import { FormMessage } from "#components/ui/form-message";
import { Panel } from "#components/ui/panel";
import { RadioCards } from "#components/ui/radio-cards";
import { whyRefused } from "#lib/client/ask";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

type Props = {
  operatorsNeedFactor: boolean;
  /** Absent for those who may only look. */
  change?: (input: { operatorsNeedFactor: boolean }) => Promise<Result<unknown, Refusal>>;
};

/** Whether operators must have a second factor. A choice holds at once. */
export function FactorRulePanel({ operatorsNeedFactor, change }: Props) {
  const [pending, startTransition] = useTransition();
  const [refused, setRefused] = useState<string>();
  const lookOnly = change ? null : "Only an operator who is an admin changes this.";
  return (
    <Panel title="Second factor">
      <div className="flex flex-col gap-3" aria-busy={pending}>
        <RadioCards
          name="second-factor"
          legend="Who must have a second factor"
          columns={2}
          value={operatorsNeedFactor ? "operators" : "nobody"}
          onValueChange={(next) =>
            startTransition(async () =>
              setRefused(
                change &&
                  (await whyRefused(() => change({ operatorsNeedFactor: next === "operators" }))),
              ),
            )
          }
          options={[
            {
              value: "nobody",
              title: "Nobody must",
              description: "Everyone may set one up under Account.",
              disabledReason: operatorsNeedFactor ? lookOnly : null,
            },
            {
              value: "operators",
              title: "Operators must",
              description:
                "Who has none sets one up before anything else. Until then their API tokens rest, too.",
              disabledReason: operatorsNeedFactor ? null : lookOnly,
            },
          ]}
        />
        <FormMessage message={refused} />
      </div>
    </Panel>
  );
}
