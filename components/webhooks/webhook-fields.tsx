"use client";

import { CertificateField } from "#components/providers/certificate-field";
import { Checkbox } from "#components/ui/checkbox";
import { Field, FieldGroup } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { RadioCards } from "#components/ui/radio-cards";
import { textOf } from "#lib/client/form-values";
import type { WebhookForm } from "#lib/domain/notification/delivery";
import type { NotificationKind } from "#lib/domain/notification/notification";
import { kindWords } from "#lib/domain/notification/words";
import type { CreateWebhookInput } from "#lib/schemas/webhook";

/** Where a webhook is, in which form it is told, and of what. */
export function WebhookFields({
  errorOf,
  offered,
  start,
}: {
  errorOf: (field: string) => string | undefined;
  /** What can be told in this place. */
  offered: readonly NotificationKind[];
  start?: {
    form: WebhookForm;
    address: string;
    certificatePem: string;
    kinds: readonly NotificationKind[];
  };
}) {
  return (
    <>
      <Field
        label="Address"
        required={!start}
        optional={start !== undefined}
        error={errorOf("url")}
        hint={
          start
            ? `It is at ${start.address}; its path is sealed and not shown. Empty: it stays there.`
            : "HTTPS, with nothing after the path. A private network only where INGOT_WEBHOOK_NETWORKS names it."
        }
      >
        <Input mono name="url" placeholder="https://hooks.example.com/ingot" autoComplete="off" />
      </Field>
      <RadioCards
        name="form"
        legend="Form"
        columns={2}
        defaultValue={start?.form ?? "standard"}
        error={errorOf("form") ?? null}
        options={[
          {
            value: "standard",
            title: "Standard Webhooks",
            description: "Signed JSON, for a program of your own.",
          },
          {
            value: "slack",
            title: "Slack-style",
            description: "One text, for Slack, Mattermost and their like.",
          },
        ]}
      />
      <FieldGroup legend="Told of" error={errorOf("kinds") ?? null}>
        <div className="grid gap-1.5 sm:grid-cols-2">
          {offered.map((kind) => (
            <Checkbox
              key={kind}
              name="kinds"
              value={kind}
              label={kindWords[kind]}
              defaultChecked={start?.kinds.includes(kind) ?? kind !== "audit.event"}
            />
          ))}
        </div>
      </FieldGroup>
      <CertificateField error={errorOf("certificatePem")} defaultValue={start?.certificatePem} />
    </>
  );
}

/** What was entered into those fields. */
export function receiverOf(form: FormData): Omit<CreateWebhookInput, "name"> {
  return {
    url: textOf(form, "url"),
    form: textOf(form, "form") as WebhookForm,
    certificatePem: textOf(form, "certificatePem"),
    kinds: form.getAll("kinds") as CreateWebhookInput["kinds"],
  };
}
