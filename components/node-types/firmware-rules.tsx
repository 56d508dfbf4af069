"use client";

import { useState } from "react";
import { Button } from "#components/ui/button";
import { Checkbox } from "#components/ui/checkbox";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { Select } from "#components/ui/select";
import type { FirmwareRule } from "#lib/domain/node/baseline-rules";

type Row = { key: number; rule: Partial<FirmwareRule> };

/** The firmware that is asked for, one row each. Rows that are left empty are none. */
export function FirmwareRules({
  rules,
  error,
}: {
  rules: readonly FirmwareRule[];
  error: (field: string) => string | undefined;
}) {
  const [rows, setRows] = useState<Row[]>(() => rules.map((rule, key) => ({ key, rule })));
  const [next, setNext] = useState(rules.length);
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="mb-2 text-sm">Firmware</legend>
      <datalist id="firmware-components">
        {["bios", "controller", "gpu"].map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      {rows.map(({ key, rule }, index) => {
        const name = `baseline.firmware.${key}`;
        const errorOf = (field: string) => error(`baseline.firmware.${index}.${field}`);
        return (
          <div key={key} className="grid items-start gap-3 md:grid-cols-[2fr_1fr_2fr_2fr_auto]">
            <input type="hidden" name="baseline.firmware" value={key} />
            <Field label="Of" error={errorOf("component")} hint="bios, controller, gpu, or a name.">
              <Input
                name={`${name}.component`}
                defaultValue={rule.component}
                list="firmware-components"
                maxLength={60}
                autoComplete="off"
              />
            </Field>
            <Field label="Is" error={errorOf("match")}>
              <Select
                name={`${name}.match`}
                defaultValue={rule.match ?? "at_least"}
                options={[
                  { value: "at_least", label: "At least" },
                  { value: "exactly", label: "Exactly" },
                ]}
              />
            </Field>
            <Field label="Version" error={errorOf("version")}>
              <Input
                name={`${name}.version`}
                defaultValue={rule.version}
                maxLength={80}
                autoComplete="off"
              />
            </Field>
            <Checkbox
              className="md:mt-7"
              name={`${name}.required`}
              defaultChecked={rule.required}
              label="Must be told"
            />
            <Button
              className="md:mt-6"
              aria-label={`Remove the rule on ${rule.component ?? "firmware"}`}
              onClick={() => setRows(rows.filter((row) => row.key !== key))}
            >
              Remove
            </Button>
          </div>
        );
      })}
      <div>
        <Button
          size="sm"
          onClick={() => {
            setRows([...rows, { key: next, rule: {} }]);
            setNext(next + 1);
          }}
        >
          Add firmware
        </Button>
      </div>
    </fieldset>
  );
}
