import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { Select } from "#components/ui/select";
import type { EditedCondition } from "#lib/client/edited-template";

type Props = {
  legend: string;
  /** The choice of no condition: "Always", "Never". */
  never?: string;
  /** What it can be on. */
  inputs: readonly { name: string; label: string }[];
  value: EditedCondition;
  onChange: (value: EditedCondition) => void;
};

/** A condition on another input: which, whether it is or is not, and what. */
export function ConditionFields({ legend, never = "Always", inputs, value, onChange }: Props) {
  return (
    <div className="grid gap-3 sm:grid-cols-3">
      <Field label={legend}>
        <Select
          value={value.input}
          placeholder={never}
          onChange={(event) => onChange({ ...value, input: event.target.value })}
          options={inputs.map(({ name }) => ({ value: name, label: name }))}
        />
      </Field>
      {value.input && (
        <>
          <Field label="Is or is not">
            <Select
              value={value.is}
              onChange={(event) =>
                onChange({ ...value, is: event.target.value as EditedCondition["is"] })
              }
              options={[
                { value: "equal", label: "is" },
                { value: "not_equal", label: "is not" },
              ]}
            />
          </Field>
          <Field label="Value">
            <Input
              mono
              value={value.value}
              autoComplete="off"
              onChange={(event) => onChange({ ...value, value: event.target.value })}
            />
          </Field>
        </>
      )}
    </div>
  );
}
