import { Field } from "#components/ui/field";
import { Select } from "#components/ui/select";
import { Textarea } from "#components/ui/textarea";
import { formatQuantity } from "#lib/client/format";
import { silenceHours } from "#lib/schemas/health";

type Props = { errorOf: (field: string) => string | undefined };

/** For how long, and why. */
export function SilenceFields({ errorOf }: Props) {
  return (
    <>
      <Field label="For" required error={errorOf("hours")}>
        <Select
          name="hours"
          defaultValue="4"
          options={silenceHours.map((hours) => ({
            value: String(hours),
            label: hours < 48 ? formatQuantity(hours, "hour") : formatQuantity(hours / 24, "day"),
          }))}
        />
      </Field>
      <WhyField name="reason" label="Why" errorOf={errorOf} />
    </>
  );
}

/** A few words that are kept with an act. */
export function WhyField({ name, label, errorOf }: Props & { name: string; label: string }) {
  return (
    <Field label={label} required error={errorOf(name)}>
      <Textarea name={name} rows={3} />
    </Field>
  );
}
