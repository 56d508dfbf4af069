import { Field } from "#components/ui/field";
import { Textarea } from "#components/ui/textarea";

type Props = { error: string | undefined; defaultValue: string | undefined };

/** The certificate that an endpoint which somebody entered is held to, as `certificatePem`. */
export function CertificateField({ error, defaultValue }: Props) {
  return (
    <Field
      label="Certificate"
      optional
      error={error}
      hint="Its own or its authority's, in PEM form; then no other is trusted. Empty: whatever the worker's machine trusts."
    >
      <Textarea
        mono
        name="certificatePem"
        rows={4}
        spellCheck={false}
        placeholder="-----BEGIN CERTIFICATE-----"
        defaultValue={defaultValue}
      />
    </Field>
  );
}
