"use client";

import { AddKey } from "#components/keys/add-key";
import { Fingerprint } from "#components/keys/fingerprint";
import { Button } from "#components/ui/button";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { EmptyState } from "#components/ui/empty-state";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { type Column, DataTable } from "#components/ui/table";
import { whyRefused } from "#lib/client/ask";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { AddSshKeyInput } from "#lib/schemas/account";

type KeyRow = {
  id: Id<"sshKey">;
  name: string;
  type: string;
  fingerprint: string;
  createdAt: string;
};

type Props = {
  keys: KeyRow[];
  add: (input: AddSshKeyInput) => Promise<Result<unknown, Refusal>>;
  remove: (input: { sshKeyId: Id<"sshKey"> }) => Promise<Result<unknown, Refusal>>;
};

/** A person's public keys: those they can choose from at a launch. */
export function SshKeysPanel({ keys, add, remove }: Props) {
  const addKey = (
    <AddKey
      title="Add an SSH key"
      description="Only the public half. You choose at each launch which keys its nodes accept."
      nameHint="As in laptop or workstation."
      add={add}
    />
  );
  const columns: Column<KeyRow>[] = [
    { id: "name", header: "Name", rowHeader: true, cell: (row) => row.name },
    { id: "type", header: "Type", cell: (row) => <span className="font-mono">{row.type}</span> },
    {
      id: "fingerprint",
      header: "Fingerprint",
      cell: (row) => <Fingerprint value={row.fingerprint} />,
    },
    { id: "added", header: "Added", cell: (row) => <RelativeTime at={row.createdAt} /> },
    {
      id: "remove",
      header: "Remove",
      headerHidden: true,
      align: "end",
      cell: (row) => (
        <ConfirmDialog
          trigger={
            <Button size="sm" variant="danger-quiet" aria-label={`Remove ${row.name}`}>
              Remove
            </Button>
          }
          title={`Remove ${row.name}?`}
          consequences={[
            { verb: "Removes", text: "the key from your account: no new launch can use it." },
            {
              verb: "Keeps",
              text: "environments as they are: take it off each of them on its page, under Access.",
            },
          ]}
          confirmLabel="Remove key"
          pendingLabel="Removing…"
          onConfirm={() => whyRefused(() => remove({ sshKeyId: row.id }))}
        />
      ),
    },
  ];
  return (
    <Panel title="SSH keys" meta={String(keys.length)} padded={false} actions={addKey}>
      <DataTable
        label="SSH keys"
        columns={columns}
        rows={keys}
        rowKey={(row) => row.id}
        empty={
          <EmptyState title="No SSH keys yet">
            Nodes accept no passwords. Add a public key before your first launch.
          </EmptyState>
        }
      />
    </Panel>
  );
}
