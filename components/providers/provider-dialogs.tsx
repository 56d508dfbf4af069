"use client";

import { useState, useTransition } from "react";
import { FormDialog } from "#components/forms/form-dialog";
import { CertificateField } from "#components/providers/certificate-field";
import { Button } from "#components/ui/button";
import { CodeBlock } from "#components/ui/code-block";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { Field } from "#components/ui/field";
import { FormMessage } from "#components/ui/form-message";
import { Input } from "#components/ui/input";
import { whyRefused } from "#lib/client/ask";
import { textOf } from "#lib/client/form-values";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { ChangeProviderInput, ProviderInput, RegisterProviderInput } from "#lib/schemas/hook";

type Shown = { secret: string };

/** Registers a provider, and shows its secret once. */
export function RegisterProviderDialog({
  register,
}: {
  register: (input: RegisterProviderInput) => Promise<Result<Shown, Refusal>>;
}) {
  return (
    <FormDialog
      trigger={<Button variant="primary">Register a provider</Button>}
      title="Register a provider"
      description="An HTTPS endpoint of your own that hooks of templates ask."
      submitLabel="Register"
      pendingLabel="Registering…"
      size="lg"
      send={(form) => register({ name: textOf(form, "name"), ...endpointOf(form) })}
      result={({ secret }) => <ShownSecret secret={secret} />}
    >
      {(errorOf) => (
        <>
          <Field label="Name" required error={errorOf("name")} hint="As in tickets.">
            <Input mono name="name" maxLength={40} autoComplete="off" />
          </Field>
          <EndpointFields errorOf={errorOf} />
        </>
      )}
    </FormDialog>
  );
}

type Known = {
  id: Id<"provider">;
  name: string;
  description: string;
  url: string;
  certificatePem: string;
  changedAt: string;
};

/** What can be done with a provider: ask it, move it, give it another secret, retire it. */
export function ProviderActions({
  provider,
  isBeingChecked,
  acts,
}: {
  provider: Known;
  isBeingChecked: boolean;
  acts: {
    check: (input: ProviderInput) => Promise<Result<unknown, Refusal>>;
    change: (input: ChangeProviderInput) => Promise<Result<unknown, Refusal>>;
    renewSecret: (input: ProviderInput) => Promise<Result<Shown, Refusal>>;
    retire: (input: ProviderInput) => Promise<Result<unknown, Refusal>>;
  };
}) {
  const [pending, startTransition] = useTransition();
  const [refused, setRefused] = useState<string>();
  const input = { providerId: provider.id };
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Button
        pending={pending}
        pendingLabel="Asking…"
        disabledReason={isBeingChecked ? "It is being asked." : null}
        onClick={() =>
          startTransition(async () => setRefused(await whyRefused(() => acts.check(input))))
        }
      >
        Ask it now
      </Button>
      <FormDialog
        trigger={<Button>Change</Button>}
        title={`Change ${provider.name}`}
        description="Its secret stays. The next call goes there."
        submitLabel="Save"
        pendingLabel="Saving…"
        size="lg"
        send={(form) => acts.change({ ...input, seen: textOf(form, "seen"), ...endpointOf(form) })}
      >
        {(errorOf) => <EndpointFields errorOf={errorOf} start={provider} />}
      </FormDialog>
      <FormDialog
        trigger={<Button>New secret</Button>}
        title={`Another secret for ${provider.name}`}
        description="Every call from now on is signed with it. Calls fail until the provider knows it."
        submitLabel="Make a secret"
        pendingLabel="Making…"
        send={() => acts.renewSecret(input)}
        result={({ secret }) => <ShownSecret secret={secret} />}
      >
        {() => null}
      </FormDialog>
      <ConfirmDialog
        trigger={<Button variant="danger-quiet">Retire</Button>}
        title={`Retire ${provider.name}?`}
        consequences={[
          { verb: "Stops", text: "every call to it, also of environments that run already." },
          { verb: "Keeps", text: "what it did, as evidence." },
        ]}
        confirmLabel="Retire provider"
        pendingLabel="Retiring…"
        onConfirm={() => whyRefused(() => acts.retire(input))}
      />
      <FormMessage message={refused} />
    </div>
  );
}

function EndpointFields({
  errorOf,
  start,
}: {
  errorOf: (field: string) => string | undefined;
  start?: Known;
}) {
  // The page behind keeps itself fresh: what is sent is against what this form was opened with.
  const [seen] = useState(start);
  return (
    <>
      {seen && <input type="hidden" name="seen" value={seen.changedAt} />}
      <Field label="Description" optional error={errorOf("description")}>
        <Input
          name="description"
          maxLength={200}
          autoComplete="off"
          defaultValue={seen?.description}
        />
      </Field>
      <Field
        label="Address"
        required
        error={errorOf("url")}
        hint="Within the networks that INGOT_PROVIDER_NETWORKS names."
      >
        <Input
          mono
          name="url"
          placeholder="https://hooks.example.com:8443/ingot"
          autoComplete="off"
          defaultValue={seen?.url}
        />
      </Field>
      <CertificateField error={errorOf("certificatePem")} defaultValue={seen?.certificatePem} />
    </>
  );
}

function endpointOf(form: FormData) {
  return {
    description: textOf(form, "description"),
    url: textOf(form, "url"),
    certificatePem: textOf(form, "certificatePem"),
  };
}

function ShownSecret({ secret }: { secret: string }) {
  return (
    <div className="flex flex-col gap-3 text-sm">
      <p>Give the provider this secret. It is sealed for the worker and not shown again.</p>
      <CodeBlock code={secret} label="Secret" />
    </div>
  );
}
