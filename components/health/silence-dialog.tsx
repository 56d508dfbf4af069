"use client";

import { FormDialog } from "#components/forms/form-dialog";
import { SilenceFields } from "#components/health/silence-fields";
import { Button } from "#components/ui/button";
import { Field } from "#components/ui/field";
import { Select } from "#components/ui/select";
import { textOf } from "#lib/client/form-values";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

type Place = { siteId?: Id<"site">; rackId?: Id<"rack">; nodeId?: Id<"node"> };

export type AddSilence = (
  input: Place & { code?: string; hours: number; reason: string },
) => Promise<Result<unknown, Refusal>>;

type Props = {
  /** Set where the reader may look but not act. */
  readOnly: string | null;
  /** Where it can be: one of them, or more to choose from. */
  places: readonly { label: string; place: Place }[];
  rules: readonly { code: string; title: string }[];
  add: AddSilence;
};

/** Silences a rule, or every one, somewhere, before anything has happened: for planned work. */
export function SilenceDialog({ readOnly, places, rules, add }: Props) {
  return (
    <FormDialog
      trigger={
        <Button size="sm" disabledReason={readOnly ?? undefined}>
          Silence in advance
        </Button>
      }
      title="Silence in advance"
      description="Operators are told nothing of it until then, and what opens stands with the silenced. Tenants are told as before, and a critical reason keeps a free node back as before."
      submitLabel="Silence"
      pendingLabel="Saving…"
      send={(form) => {
        const code = textOf(form, "code");
        return add({
          ...places[Number(textOf(form, "place"))]?.place,
          ...(code ? { code } : {}),
          hours: Number(textOf(form, "hours")),
          reason: textOf(form, "reason"),
        });
      }}
    >
      {(errorOf) => (
        <>
          <Field label="Where" required error={errorOf("nodeId")}>
            <Select
              name="place"
              options={places.map(({ label }, index) => ({ value: String(index), label }))}
            />
          </Field>
          <Field label="Rule" required error={errorOf("code")}>
            <Select
              name="code"
              placeholder="Every rule"
              options={rules.map(({ code, title }) => ({ value: code, label: title }))}
            />
          </Field>
          <SilenceFields errorOf={errorOf} />
        </>
      )}
    </FormDialog>
  );
}
