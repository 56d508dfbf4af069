"use client";

import { FormDialog } from "#components/forms/form-dialog";
import { Button } from "#components/ui/button";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { EmptyState } from "#components/ui/empty-state";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { type Column, DataTable } from "#components/ui/table";
import { Textarea } from "#components/ui/textarea";
import { whyRefused } from "#lib/client/ask";
import { secretOf, textOf } from "#lib/client/form-values";
import { formatQuantity } from "#lib/client/format";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { RemoveContextSecretInput, SetContextSecretInput } from "#lib/schemas/context";

type Secret = { name: string; rotatedAt: string; rotatedBy: string; older: number };

type Acts = {
  set: (input: SetContextSecretInput) => Promise<Result<unknown, Refusal>>;
  remove: (input: RemoveContextSecretInput) => Promise<Result<unknown, Refusal>>;
};

type Props = {
  context: { id: Id<"context">; secrets: readonly Secret[] };
  /** Absent for those who may only look. */
  acts?: Acts | undefined;
};

/** The secrets of a config context by name, with when each got the value that it has. */
export function SecretsPanel({ context, acts }: Props) {
  const columns: Column<Secret>[] = [
    {
      id: "name",
      header: "Secret",
      rowHeader: true,
      cell: (secret) => <span className="break-all font-mono text-xs">{secret.name}</span>,
    },
    {
      id: "rotated",
      header: "Last rotated",
      cell: (secret) => (
        <span className="text-muted">
          <RelativeTime at={secret.rotatedAt} /> by {secret.rotatedBy}
        </span>
      ),
    },
    {
      id: "older",
      header: "With an older value",
      cell: ({ older }) =>
        older === 0 ? (
          <span className="text-faint">no environment</span>
        ) : (
          <span className="text-attention">{formatQuantity(older, "environment")}</span>
        ),
    },
    {
      id: "acts",
      header: "Acts",
      headerHidden: true,
      align: "end",
      cell: ({ name }) =>
        acts && (
          <span className="flex justify-end gap-2">
            <FormDialog
              trigger={
                <Button size="sm" aria-label={`Rotate ${name}`}>
                  Rotate
                </Button>
              }
              title={`Another value for ${name}`}
              description="Launches and calls from now on get it. Environments that run keep the value they were launched with: launch them again once the old one is to be void."
              submitLabel="Rotate"
              pendingLabel="Rotating…"
              send={(form) =>
                acts.set({ contextId: context.id, name, value: secretOf(form, "value") })
              }
            >
              {(errorOf) => <ValueField error={errorOf("value")} />}
            </FormDialog>
            <ConfirmDialog
              trigger={
                <Button size="sm" variant="danger-quiet" aria-label={`Remove ${name}`}>
                  Remove
                </Button>
              }
              title={`Remove ${name}?`}
              consequences={[
                { verb: "Stops", text: "launches and calls from now on have it no more." },
                { verb: "Keeps", text: "the value that environments were launched with." },
              ]}
              confirmLabel="Remove secret"
              pendingLabel="Removing…"
              onConfirm={() => whyRefused(() => acts.remove({ contextId: context.id, name }))}
            />
          </span>
        ),
    },
  ];
  return (
    <Panel
      title="Secrets"
      meta={String(context.secrets.length)}
      description="Sealed for the worker when they are entered, never shown again, and hidden in what scripts and providers write."
      padded={false}
      actions={acts && <AddSecret contextId={context.id} set={acts.set} />}
    >
      <DataTable
        label="Secrets"
        columns={acts ? columns : columns.slice(0, -1)}
        rows={context.secrets}
        rowKey={(secret) => secret.name}
        empty={
          <EmptyState title="No secret">
            A token or a password that scripts or the provider need.
          </EmptyState>
        }
      />
    </Panel>
  );
}

function AddSecret({ contextId, set }: { contextId: Id<"context">; set: Acts["set"] }) {
  return (
    <FormDialog
      trigger={<Button size="sm">Add a secret</Button>}
      title="Add a secret"
      description="With the name of one that is there, that one gets another value."
      submitLabel="Add secret"
      pendingLabel="Adding…"
      send={(form) =>
        set({ contextId, name: textOf(form, "name"), value: secretOf(form, "value") })
      }
    >
      {(errorOf) => (
        <>
          <Field label="Name" required error={errorOf("name")} hint="As in REGISTRY_TOKEN.">
            <Input mono name="name" maxLength={64} autoComplete="off" spellCheck={false} />
          </Field>
          <ValueField error={errorOf("value")} />
        </>
      )}
    </FormDialog>
  );
}

function ValueField({ error }: { error: string | undefined }) {
  return (
    <Field
      label="Value"
      required
      error={error}
      hint="Kept as it is entered. It may have several lines, as a key has."
    >
      <Textarea mono name="value" rows={3} spellCheck={false} autoComplete="off" />
    </Field>
  );
}
