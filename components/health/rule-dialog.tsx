"use client";

import { FormDialog } from "#components/forms/form-dialog";
import { Button } from "#components/ui/button";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { Select } from "#components/ui/select";
import { textOf } from "#lib/client/form-values";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

type Severity = "warning" | "critical";

export type RuleDialogProps = {
  rule: {
    code: string;
    title: string;
    threshold: {
      usual: number;
      unit: string;
      least: number;
      most: number;
      words: string;
      whenSet?: string;
    } | null;
    builtIn: { severity: Severity; opensAfterMs: number; closesAfterMs: number | null };
    changed: {
      enabled: boolean | null;
      severity: Severity | null;
      opensAfterMs: number | null;
      closesAfterMs: number | null;
      threshold: number | null;
    } | null;
  };
  readOnly: string | null;
  change: (input: {
    code: string;
    enabled: boolean | null;
    severity: Severity | null;
    opensAfterSeconds: number | null;
    closesAfterSeconds: number | null;
    threshold: number | null;
  }) => Promise<Result<unknown, Refusal>>;
};

const severityWords = { warning: "Warning", critical: "Critical" } as const;

/** Changes a rule of health; what is left empty is as it is built in. */
export function RuleDialog({ rule, readOnly, change }: RuleDialogProps) {
  const { code, title, threshold, builtIn, changed } = rule;
  const seconds = (ms: number | null | undefined) => (ms == null ? "" : String(ms / 1_000));
  return (
    <FormDialog
      trigger={
        <Button size="sm" aria-label={`Change ${title}`} disabledReason={readOnly ?? undefined}>
          Change
        </Button>
      }
      title={`Change ${title}`}
      description="What is left empty is as it is built in. The next scrape is judged by it; what is open keeps its severity. What is open of a rule that is turned off passes in its time, and what only an operator declares past stays until it is cleared."
      submitLabel="Change"
      pendingLabel="Saving…"
      send={(form) => {
        const numberOf = (name: string) => {
          const text = textOf(form, name).trim();
          return text === "" ? null : Number(text);
        };
        const severity = textOf(form, "severity");
        return change({
          code,
          enabled: textOf(form, "enabled") === "off" ? false : null,
          severity: severity === "warning" || severity === "critical" ? severity : null,
          opensAfterSeconds: numberOf("opensAfterSeconds"),
          closesAfterSeconds: numberOf("closesAfterSeconds"),
          threshold: numberOf("threshold"),
        });
      }}
    >
      {(errorOf) => (
        <>
          <Field label="Judged" required error={errorOf("enabled")}>
            <Select
              name="enabled"
              defaultValue={changed?.enabled === false ? "off" : "on"}
              options={[
                { value: "on", label: "On" },
                { value: "off", label: "Off: nothing opens by it" },
              ]}
            />
          </Field>
          <Field label="Severity" error={errorOf("severity")}>
            <Select
              name="severity"
              defaultValue={changed?.severity ?? ""}
              placeholder={`As built in: ${severityWords[builtIn.severity].toLowerCase()}`}
              options={(["warning", "critical"] as const).map((value) => ({
                value,
                label: severityWords[value],
              }))}
            />
          </Field>
          {threshold && (
            <Field
              label={`Threshold (${threshold.unit})`}
              hint={`Built in: ${threshold.usual}. From ${threshold.least} to ${threshold.most}.`}
              optional
              error={errorOf("threshold")}
            >
              <Input name="threshold" inputMode="decimal" defaultValue={changed?.threshold ?? ""} />
            </Field>
          )}
          {builtIn.opensAfterMs > 0 && (
            <Field
              label="Opens after (seconds)"
              hint={`Built in: ${seconds(builtIn.opensAfterMs)}.`}
              optional
              error={errorOf("opensAfterSeconds")}
            >
              <Input
                name="opensAfterSeconds"
                inputMode="numeric"
                defaultValue={seconds(changed?.opensAfterMs)}
              />
            </Field>
          )}
          {builtIn.closesAfterMs !== null && builtIn.closesAfterMs > 0 && (
            <Field
              label="Past after (seconds)"
              hint={`Built in: ${seconds(builtIn.closesAfterMs)}.`}
              optional
              error={errorOf("closesAfterSeconds")}
            >
              <Input
                name="closesAfterSeconds"
                inputMode="numeric"
                defaultValue={seconds(changed?.closesAfterMs)}
              />
            </Field>
          )}
        </>
      )}
    </FormDialog>
  );
}
