"use client";

import { useState } from "react";
import { FormDialog } from "#components/forms/form-dialog";
import { Button } from "#components/ui/button";
import { Checkbox } from "#components/ui/checkbox";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import type { Refusal, RefusalOf } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

type Props = {
  /** Whose limit of what: "the H200 GPUs of vision". */
  what: string;
  limit: number | null;
  /** What no limit means, as the label of its box. */
  noLimitLabel: string;
  /** What the domain says to a limit while it is typed. */
  admit: (limit: number | null) => Result<unknown, RefusalOf<"invalid_input">>;
  /** Said below the number, for what was typed. */
  consequence: (limit: number | null) => string;
  save: (limit: number | null) => Promise<Result<unknown, Refusal>>;
};

/** Changes one limit, and says at every key what would follow. */
export function LimitDialog({ what, limit, noLimitLabel, admit, consequence, save }: Props) {
  const [text, setText] = useState(limit === null ? "" : String(limit));
  const [unlimited, setUnlimited] = useState(limit === null);
  const wanted = unlimited ? null : text === "" ? Number.NaN : Number(text);
  const admitted = Number.isNaN(wanted) ? undefined : admit(wanted);
  const fault = admitted?.ok === false ? admitted.refusal.fields.limit : undefined;

  return (
    <FormDialog
      trigger={
        <Button size="sm" aria-label={`Change ${what}`}>
          Change
        </Button>
      }
      title={`Change ${what}`}
      submitLabel="Save"
      pendingLabel="Saving…"
      send={() => save(wanted)}
    >
      {(errorOf) => (
        <>
          <Checkbox
            label={noLimitLabel}
            checked={unlimited}
            onChange={(event) => setUnlimited(event.target.checked)}
          />
          {!unlimited && (
            <Field
              label="Limit"
              required
              error={fault ?? errorOf("limit")}
              hint={Number.isNaN(wanted) ? "Enter a number." : !fault && consequence(wanted)}
            >
              <Input
                type="number"
                min={0}
                max={100_000}
                value={text}
                onChange={(event) => setText(event.target.value)}
              />
            </Field>
          )}
          {unlimited && <p className="text-muted text-sm">{fault ?? consequence(null)}</p>}
        </>
      )}
    </FormDialog>
  );
}
