"use client";

import { FormDialog } from "#components/forms/form-dialog";
import { SilenceFields, WhyField } from "#components/health/silence-fields";
import { Button } from "#components/ui/button";
import { textOf } from "#lib/client/form-values";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

type Act<T> = (input: T) => Promise<Result<unknown, Refusal>>;
type ReasonId = Id<"healthReason">;

export type HealthActs = {
  acknowledge: Act<{ reasonId: ReasonId; note: string }>;
  clear: Act<{ reasonId: ReasonId; note: string }>;
  silence: Act<{ reasonId: ReasonId; hours: number; reason: string }>;
};

type Props = {
  alert: {
    id: ReasonId;
    /** What it is and of what, in a few words. */
    name: string;
    severity: "warning" | "critical";
    isAcknowledged: boolean;
  };
  /** Set where the reader may look but not act. */
  readOnly: string | null;
  acts: HealthActs;
};

/** What an operator can do about a reason of health, each with what follows from it. */
export function AlertActions({ alert, readOnly, acts }: Props) {
  const { id: reasonId, name, severity, isAcknowledged } = alert;
  const frees =
    severity === "critical" ? " A free node may be given out again, unless another is open." : "";
  return (
    <span className="flex flex-wrap justify-end gap-1.5">
      <FormDialog
        trigger={
          <Button
            size="sm"
            aria-label={`Acknowledge ${name}`}
            disabledReason={readOnly ?? (isAcknowledged ? "Somebody has done so." : undefined)}
          >
            Acknowledge
          </Button>
        }
        title={`Acknowledge ${name}?`}
        description={`It stays open as something you know of. Should it happen once more, it asks anew.${frees}`}
        submitLabel="Acknowledge"
        pendingLabel="Saving…"
        send={(form) => acts.acknowledge({ reasonId, note: textOf(form, "note") })}
      >
        {(errorOf) => (
          <WhyField name="note" label="What is known, or being done" errorOf={errorOf} />
        )}
      </FormDialog>
      <FormDialog
        trigger={
          <Button size="sm" aria-label={`Silence ${name}`} disabledReason={readOnly ?? undefined}>
            Silence
          </Button>
        }
        title={`Silence ${name}?`}
        description="Until then operators are told nothing of it, also when it passes and comes back on the same GPU. Its tenant is told as before. A free node is kept back as before, until the reason is acknowledged or cleared."
        submitLabel="Silence"
        pendingLabel="Saving…"
        send={(form) =>
          acts.silence({
            reasonId,
            hours: Number(textOf(form, "hours")),
            reason: textOf(form, "reason"),
          })
        }
      >
        {(errorOf) => <SilenceFields errorOf={errorOf} />}
      </FormDialog>
      <FormDialog
        trigger={
          <Button size="sm" aria-label={`Clear ${name}`} disabledReason={readOnly ?? undefined}>
            Clear
          </Button>
        }
        title={`Clear ${name}?`}
        description={`You say that it is past. If it still is so, it opens again.${frees}`}
        submitLabel="Clear"
        pendingLabel="Saving…"
        send={(form) => acts.clear({ reasonId, note: textOf(form, "note") })}
      >
        {(errorOf) => <WhyField name="note" label="What was done" errorOf={errorOf} />}
      </FormDialog>
    </span>
  );
}
