"use client";

import { useEffect, useRef, useState, useTransition } from "react";
import { ask } from "#lib/client/ask";
import { type Refusal, refusalMessage } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

export type Submission = {
  pending: boolean;
  /** Runs the action and keeps its refusal; `done` gets what it gave. */
  send: <T>(action: () => Promise<Result<T, Refusal>>, done: (value: T) => void) => void;
  /** What is wrong with a field, by its path in the input. */
  errorOf: (field: string) => string | undefined;
  /** What belongs beside the button: every refusal that is about no field. */
  message: string | undefined;
  clear: () => void;
};

/** One form that is sent to an action, and what the action said. What was entered stays entered. */
export function useSubmission(): Submission {
  const [isInTransition, startTransition] = useTransition();
  // Of its own: in a dialog over a form that is being sent, the transition ends with that form's.
  const [isRunning, setIsRunning] = useState(false);
  const [refusal, setRefusal] = useState<Refusal>();
  const form = useRef<Element>(null);
  const fields = refusal?.kind === "invalid_input" ? refusal.fields : {};

  // To where the first thing is wrong, which the field then says.
  useEffect(() => {
    if (refusal?.kind !== "invalid_input") return;
    form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [refusal]);

  return {
    pending: isInTransition && isRunning,
    send: (action, done) => {
      form.current = document.activeElement?.closest("form") ?? null;
      setIsRunning(true);
      startTransition(async () => {
        const result = await ask(action);
        if (!result.ok) setIsRunning(false);
        setRefusal(result.ok ? undefined : result.refusal);
        if (result.ok) done(result.value);
      });
    },
    errorOf: (field) => fields[field],
    message: messageOf(refusal, fields),
    clear: () => setRefusal(undefined),
  };
}

function messageOf(refusal: Refusal | undefined, fields: Record<string, string>) {
  if (!refusal) return undefined;
  if (refusal.kind !== "invalid_input") return refusalMessage(refusal);
  return fields[""] ?? "Nothing was saved yet: see what is marked above.";
}
