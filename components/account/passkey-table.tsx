"use client";

import { FormDialog } from "#components/forms/form-dialog";
import { Button } from "#components/ui/button";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { RelativeTime } from "#components/ui/relative-time";
import { type Column, DataTable } from "#components/ui/table";
import { Tag } from "#components/ui/tag";
import { whyRefused } from "#lib/client/ask";
import { textOf } from "#lib/client/form-values";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

export type Passkey = {
  id: Id<"passkey">;
  name: string;
  isSynced: boolean;
  addedAt: string;
  lastUsedAt: string | null;
  isDistrusted: boolean;
};

type Answer = Promise<Result<unknown, Refusal>>;
export type PasskeyTableActs = {
  rename: (input: { passkeyId: Id<"passkey">; name: string }) => Answer;
  removePasskey: (input: { passkeyId: Id<"passkey"> }) => Answer;
};

/** A person's passkeys, to name and to remove. */
export function PasskeyTable({
  passkeys,
  rename,
  removePasskey,
}: PasskeyTableActs & { passkeys: Passkey[] }) {
  const columns: Column<Passkey>[] = [
    {
      id: "name",
      header: "Passkey",
      rowHeader: true,
      cell: (row) => (
        <span className="inline-flex flex-wrap items-center gap-2">
          {row.name}
          {row.isDistrusted && <Tag>counted backwards: opens nothing</Tag>}
        </span>
      ),
    },
    {
      id: "kept",
      header: "Kept",
      cell: (row) => (row.isSynced ? "on several devices" : "on one device"),
    },
    { id: "added", header: "Added", cell: (row) => <RelativeTime at={row.addedAt} /> },
    {
      id: "used",
      header: "Last used",
      cell: (row) => (row.lastUsedAt ? <RelativeTime at={row.lastUsedAt} /> : "never"),
    },
    {
      id: "acts",
      header: "Acts",
      headerHidden: true,
      align: "end",
      cell: (row) => (
        <span className="inline-flex flex-wrap justify-end gap-2">
          <FormDialog
            trigger={
              <Button size="sm" aria-label={`Rename ${row.name}`}>
                Rename
              </Button>
            }
            title={`Rename ${row.name}`}
            submitLabel="Rename"
            pendingLabel="Renaming…"
            size="sm"
            send={(form) => rename({ passkeyId: row.id, name: textOf(form, "name") })}
          >
            {(errorOf) => (
              <Field label="Name" required error={errorOf("name")}>
                <Input name="name" defaultValue={row.name} maxLength={60} autoComplete="off" />
              </Field>
            )}
          </FormDialog>
          <ConfirmDialog
            trigger={
              <Button size="sm" variant="danger-quiet" aria-label={`Remove ${row.name}`}>
                Remove
              </Button>
            }
            title={`Remove ${row.name}?`}
            consequences={[
              { verb: "Ends", text: "signing in with this passkey." },
              { verb: "Keeps", text: "the key on your device, where it is of no use any more." },
            ]}
            confirmLabel="Remove passkey"
            pendingLabel="Removing…"
            onConfirm={() => whyRefused(() => removePasskey({ passkeyId: row.id }))}
          />
        </span>
      ),
    },
  ];
  return <DataTable label="Passkeys" columns={columns} rows={passkeys} rowKey={(row) => row.id} />;
}
