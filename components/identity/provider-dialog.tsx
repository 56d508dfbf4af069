"use client";

import { FormDialog } from "#components/forms/form-dialog";
import {
  type AddProvider,
  type Provider,
  type ProviderEdit,
  returnAddress,
} from "#components/identity/identity";
import { Button } from "#components/ui/button";
import { Checkbox } from "#components/ui/checkbox";
import { CodeBlock } from "#components/ui/code-block";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { secretOf, textOf } from "#lib/client/form-values";

/** Adds an OpenID provider, and says what to tell it. */
export function ProviderDialog({ origin, add }: { origin: string; add: AddProvider }) {
  return (
    <FormDialog
      trigger={<Button variant="primary">Add a provider</Button>}
      title="Add an identity provider"
      description="It is asked for its discovery document before anything is saved."
      submitLabel="Add provider"
      pendingLabel="Asking the provider…"
      send={(form) => add({ ...fieldsOf(form), clientSecret: secretOf(form, "clientSecret") })}
      result={({ id }) => (
        <div className="flex flex-col gap-3 text-sm">
          <p>Register this address with the provider: it sends people back there.</p>
          <CodeBlock code={returnAddress(origin, id)} label="Return address" />
        </div>
      )}
    >
      {(errorOf) => <Fields errorOf={errorOf} />}
    </FormDialog>
  );
}

/** Changes a provider, or switches it off and on. */
export function ChangeProviderDialog({
  provider,
  change,
}: {
  provider: Provider;
  change: ProviderEdit["change"];
}) {
  return (
    <FormDialog
      trigger={
        <Button size="sm" aria-label={`Change ${provider.label}`}>
          Change
        </Button>
      }
      title={`Change ${provider.label}`}
      submitLabel="Save"
      pendingLabel="Asking the provider…"
      send={(form) =>
        change({
          ...fieldsOf(form),
          id: provider.id,
          issuer: provider.issuer,
          clientSecret: secretOf(form, "clientSecret"),
          enabled: form.get("enabled") === "on",
        })
      }
    >
      {(errorOf) => (
        <>
          <Fields errorOf={errorOf} provider={provider} />
          <Checkbox
            name="enabled"
            defaultChecked={provider.enabled}
            label="People may sign in with it"
            hint="Switched off, sessions that are open stay open, and roles stay as they are."
          />
        </>
      )}
    </FormDialog>
  );
}

function fieldsOf(form: FormData) {
  return {
    label: textOf(form, "label"),
    issuer: textOf(form, "issuer"),
    clientId: textOf(form, "clientId"),
    emailDomains: textOf(form, "emailDomains"),
    groupsClaim: textOf(form, "groupsClaim"),
    ownSecondFactor: form.get("ownSecondFactor") === "on",
  };
}

function Fields({
  errorOf,
  provider,
}: {
  errorOf: (field: string) => string | undefined;
  provider?: Provider;
}) {
  return (
    <>
      <Field label="Name" required error={errorOf("label")} hint="On its button: Continue with …">
        <Input name="label" maxLength={40} defaultValue={provider?.label} autoComplete="off" />
      </Field>
      <Field
        label="Issuer"
        required={!provider}
        error={errorOf("issuer")}
        hint={
          provider
            ? "It stays: accounts are linked by it."
            : "Its address without /.well-known/openid-configuration, to the letter."
        }
      >
        {provider ? (
          <Input value={provider.issuer} readOnly />
        ) : (
          <Input
            name="issuer"
            placeholder="https://login.example.com/realm"
            autoComplete="off"
            maxLength={500}
          />
        )}
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Client id" required error={errorOf("clientId")}>
          <Input
            name="clientId"
            defaultValue={provider?.clientId}
            maxLength={300}
            autoComplete="off"
          />
        </Field>
        <Field
          label="Client secret"
          required={!provider}
          error={errorOf("clientSecret")}
          hint={provider ? "Empty keeps the present one." : "Sealed, and never shown again."}
        >
          <Input name="clientSecret" type="password" maxLength={1000} autoComplete="off" />
        </Field>
        <Field
          label="Email domains"
          optional
          error={errorOf("emailDomains")}
          hint="Of whom accounts may be made. Empty: any."
        >
          <Input
            name="emailDomains"
            defaultValue={provider?.emailDomains.join(", ")}
            placeholder="example.com"
            autoComplete="off"
          />
        </Field>
        <Field
          label="Claim with the groups"
          required
          error={errorOf("groupsClaim")}
          hint="Often groups or roles."
        >
          <Input
            name="groupsClaim"
            defaultValue={provider?.groupsClaim ?? "groups"}
            maxLength={100}
            autoComplete="off"
          />
        </Field>
      </div>
      <Checkbox
        name="ownSecondFactor"
        defaultChecked={provider?.ownSecondFactor}
        label="It asks for a second factor itself"
        hint="Then Ingot does not ask for its own after it."
      />
    </>
  );
}
