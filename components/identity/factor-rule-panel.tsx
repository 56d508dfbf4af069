"use client";

import { useState, useTransition } from "react";
import { FormMessage } from "#components/ui/form-message";
import { Panel } from "#components/ui/panel";
import { RadioCards } from "#components/ui/radio-cards";
import { whyRefused } from "#lib/client/ask";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

type Props = {
  needed: boolean;
  /** Of whom it is asked. */
  who: keyof typeof words;
  /** Absent for those who may only look. */
  change?: (needed: boolean) => Promise<Result<unknown, Refusal>>;
};

const words = {
  operators: {
    title: "Operators must",
    lookOnly: "Only an operator who is an admin changes this.",
  },
  members: {
    title: "Members must",
    lookOnly: "Only an owner or admin changes this.",
  },
} as const;

/** Whether these people must have a second factor. A choice holds at once. */
function FactorRulePanel({ needed, who, change }: Props) {
  const [pending, startTransition] = useTransition();
  const [refused, setRefused] = useState<string>();
  const { title, lookOnly } = words[who];
  const why = change ? null : lookOnly;
  return (
    <Panel title="Second factor">
      <div className="flex flex-col gap-3" aria-busy={pending}>
        <RadioCards
          name="second-factor"
          legend="Who must have a second factor"
          columns={2}
          value={needed ? who : "nobody"}
          onValueChange={(next) =>
            startTransition(async () =>
              setRefused(change && (await whyRefused(() => change(next === who)))),
            )
          }
          options={[
            {
              value: "nobody",
              title: "Nobody must",
              description: "Everyone may set one up under Account.",
              disabledReason: needed ? why : null,
            },
            {
              value: who,
              title,
              description:
                who === "operators"
                  ? "Whoever has none is led to set one up before anything else. Until then their API tokens do not work."
                  : "Whoever has none is led to set one up before anything in this tenant. Until then their API tokens do not work here.",
              disabledReason: needed ? null : why,
            },
          ]}
        />
        <FormMessage message={refused} />
      </div>
    </Panel>
  );
}

/** For operators: on the page of how people sign in. */
export function OperatorFactorRule({
  needed,
  change,
}: {
  needed: boolean;
  change?: (input: { operatorsNeedFactor: boolean }) => Promise<Result<unknown, Refusal>>;
}) {
  return (
    <FactorRulePanel
      needed={needed}
      who="operators"
      change={change && ((operatorsNeedFactor) => change({ operatorsNeedFactor }))}
    />
  );
}

/** For a tenant's members: on their page. */
export function MemberFactorRule({
  needed,
  change,
}: {
  needed: boolean;
  change?: (input: { membersNeedFactor: boolean }) => Promise<Result<unknown, Refusal>>;
}) {
  return (
    <FactorRulePanel
      needed={needed}
      who="members"
      change={change && ((membersNeedFactor) => change({ membersNeedFactor }))}
    />
  );
}
