"use client";

import { useState } from "react";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { RadioCards } from "#components/ui/radio-cards";
import { type InspectionOrder, testSeconds } from "#lib/domain/inspection/order";

const options = {
  none: { title: "Nothing", description: "The controller's word is enough." },
  inspect: {
    title: "Inspect",
    description: "The node boots a system of ours, which tells what the host sees.",
  },
  burn_in: {
    title: "Inspect and burn in",
    description:
      "CPU, memory and drives are tested as well, and GPUs and fabric where there are any. Nothing is written to a drive.",
  },
} as const;
type Choice = keyof typeof options;

/** Fields that say what an inspection does; without `mayBeNone` something is always done. */
export function InspectionFields({
  order,
  mayBeNone,
  errorOf,
}: {
  order: InspectionOrder | undefined;
  mayBeNone: boolean;
  errorOf: (field: string) => string | undefined;
}) {
  const choices: Choice[] = mayBeNone ? ["none", "inspect", "burn_in"] : ["inspect", "burn_in"];
  const [level, setLevel] = useState<Choice>(order?.level ?? (mayBeNone ? "none" : "inspect"));
  return (
    <div className="flex flex-col gap-4">
      <RadioCards
        name="inspection.level"
        legend="What is done"
        columns={mayBeNone ? 3 : 2}
        value={level}
        onValueChange={(value) => setLevel(value as Choice)}
        options={choices.map((value) => ({ value, ...options[value] }))}
      />
      {level === "burn_in" && (
        <div className="max-w-64">
          <Field
            label="Each test, seconds"
            required
            error={errorOf("inspection.seconds")}
            hint="Hours find more than minutes do."
          >
            <Input
              type="number"
              inputMode="numeric"
              name="inspection.seconds"
              min={testSeconds.least}
              max={testSeconds.most}
              defaultValue={order?.seconds ?? testSeconds.usual}
            />
          </Field>
        </div>
      )}
    </div>
  );
}
