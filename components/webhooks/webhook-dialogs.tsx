"use client";

import { useState, useTransition } from "react";
import { FormDialog } from "#components/forms/form-dialog";
import { Button } from "#components/ui/button";
import { CodeBlock } from "#components/ui/code-block";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { Field } from "#components/ui/field";
import { FormMessage } from "#components/ui/form-message";
import { Input } from "#components/ui/input";
import type { WebhookActs } from "#components/webhooks/webhook-acts";
import { receiverOf, WebhookFields } from "#components/webhooks/webhook-fields";
import { whyRefused } from "#lib/client/ask";
import { textOf } from "#lib/client/form-values";
import type { Id } from "#lib/domain/id";
import type { WebhookForm } from "#lib/domain/notification/delivery";
import type { NotificationKind } from "#lib/domain/notification/notification";

/** Makes a webhook, and shows its secret once. */
export function CreateWebhookDialog({
  create,
  offered,
}: Pick<WebhookActs, "create"> & { offered: readonly NotificationKind[] }) {
  return (
    <FormDialog
      trigger={<Button variant="primary">Create a webhook</Button>}
      title="Create a webhook"
      description="An HTTPS endpoint that is told of what happens here."
      submitLabel="Create webhook"
      pendingLabel="Creating…"
      size="lg"
      send={(form) => create({ name: textOf(form, "name"), ...receiverOf(form) })}
      result={({ secret }) => <ShownSecret secret={secret} />}
    >
      {(errorOf) => (
        <>
          <Field label="Name" required error={errorOf("name")}>
            <Input name="name" maxLength={60} autoComplete="off" />
          </Field>
          <WebhookFields errorOf={errorOf} offered={offered} />
        </>
      )}
    </FormDialog>
  );
}

type Known = {
  id: Id<"webhook">;
  name: string;
  form: WebhookForm;
  address: string;
  certificatePem: string;
  kinds: readonly NotificationKind[];
  isPaused: boolean;
};

/** What can be done with one webhook. */
export function WebhookActions({
  webhook,
  acts,
  offered,
}: {
  webhook: Known;
  acts: Omit<WebhookActs, "create" | "replay">;
  offered: readonly NotificationKind[];
}) {
  const [pending, startTransition] = useTransition();
  const [refused, setRefused] = useState<string>();
  const input = { webhookId: webhook.id };
  const { isPaused, name } = webhook;
  const act = (does: () => ReturnType<WebhookActs["send"]>) =>
    startTransition(async () => setRefused(await whyRefused(does)));
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Button
        pending={pending}
        pendingLabel="Working…"
        disabledReason={isPaused ? "It is paused. Resume it first." : null}
        onClick={() => act(() => acts.send(input))}
      >
        Send a test
      </Button>
      <Button onClick={() => act(() => acts.pause({ ...input, paused: !isPaused }))}>
        {isPaused ? "Resume" : "Pause"}
      </Button>
      <FormDialog
        trigger={<Button>Change</Button>}
        title={`Change ${name}`}
        description="Its secret stays. What waits goes to where it is then."
        submitLabel="Save"
        pendingLabel="Saving…"
        size="lg"
        send={(form) => acts.change({ ...input, ...receiverOf(form) })}
      >
        {(errorOf) => <WebhookFields errorOf={errorOf} offered={offered} start={webhook} />}
      </FormDialog>
      <FormDialog
        trigger={<Button>New secret</Button>}
        title={`Another secret for ${name}`}
        description="Every message from now on is signed with it, also one that is sent again."
        submitLabel="Make a secret"
        pendingLabel="Making…"
        send={() => acts.renewSecret(input)}
        result={({ secret }) => <ShownSecret secret={secret} />}
      >
        {() => null}
      </FormDialog>
      <ConfirmDialog
        trigger={<Button variant="danger-quiet">Remove</Button>}
        title={`Remove ${name}?`}
        consequences={[
          { verb: "Stops", text: "every message to it, also those that wait." },
          { verb: "Forgets", text: "its secret and its path." },
        ]}
        confirmLabel="Remove webhook"
        pendingLabel="Removing…"
        onConfirm={() => whyRefused(() => acts.remove(input))}
      />
      <FormMessage message={refused} />
    </div>
  );
}

function ShownSecret({ secret }: { secret: string }) {
  return (
    <div className="flex flex-col gap-3 text-sm">
      <p>
        Give the receiver this secret to check signatures with. It is sealed for the worker and not
        shown again.
      </p>
      <CodeBlock code={secret} label="Secret" />
    </div>
  );
}
