"use client";

import { useState, useTransition } from "react";
import { Button } from "#components/ui/button";
import { FormMessage } from "#components/ui/form-message";
import { whyRefused } from "#lib/client/ask";
import { beginAtProvider, type ProviderStart } from "#lib/client/sign-in";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

type Props = {
  providers: { id: string; label: string }[];
  /** What is begun: without an intent, a sign-in. */
  start: Omit<ProviderStart, "provider">;
  /** Before the provider's name. */
  verb: string;
  size?: "sm" | "md";
  /** What must be allowed before one is led away. */
  before?: () => Promise<Result<unknown, Refusal>>;
};

/** One button per identity provider; each leads there. */
export function ProviderButtons({ providers, start, verb, size, before }: Props) {
  const [pending, startTransition] = useTransition();
  const [chosen, setChosen] = useState<string>();
  const [refused, setRefused] = useState<string>();
  return (
    <div className="flex flex-col gap-2">
      {providers.map((provider) => (
        <Button
          key={provider.id}
          size={size}
          pending={pending && chosen === provider.id}
          pendingLabel={`To ${provider.label}…`}
          onClick={() => {
            setChosen(provider.id);
            startTransition(async () =>
              setRefused(
                (before && (await whyRefused(before))) ??
                  (await whyRefused(() => beginAtProvider({ ...start, provider: provider.id }))),
              ),
            );
          }}
        >
          {verb} {provider.label}
        </Button>
      ))}
      <FormMessage message={refused} />
    </div>
  );
}
