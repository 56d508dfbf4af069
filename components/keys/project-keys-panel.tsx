"use client";

import { AddKey } from "#components/keys/add-key";
import { Fingerprint } from "#components/keys/fingerprint";
import { Button } from "#components/ui/button";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { EmptyState } from "#components/ui/empty-state";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { type Column, DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import { whyRefused } from "#lib/client/ask";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { AddSshKeyInput } from "#lib/schemas/account";
import type { PlacedProjectKey, RemoveProjectKeyInput } from "#lib/schemas/project-key";

type Props = {
  keys: PlacedProjectKey[];
  projectHref: string;
  mayChange: boolean;
  add: (input: AddSshKeyInput) => Promise<Result<unknown, Refusal>>;
  remove: (input: RemoveProjectKeyInput) => Promise<Result<unknown, Refusal>>;
};

/** A project's public keys: those that its new environments accept. */
export function ProjectKeysPanel({ keys, projectHref, mayChange, add, remove }: Props) {
  const why = mayChange ? null : "Only admins of this project change its keys. Ask one of them.";
  const addKey = (
    <AddKey
      title="Add a key to the project"
      description="Only the public half. Whoever has the private one gets into every environment that is launched from now on, unless it is unticked there."
      nameHint="As in backup server or on-call team."
      disabledReason={why}
      reasonPlacement="beside"
      add={add}
    />
  );
  const columns: Column<PlacedProjectKey>[] = [
    { id: "name", header: "Name", rowHeader: true, cell: (row) => row.name },
    { id: "type", header: "Type", cell: (row) => <span className="font-mono">{row.type}</span> },
    {
      id: "fingerprint",
      header: "Fingerprint",
      cell: (row) => <Fingerprint value={row.fingerprint} />,
    },
    {
      id: "added",
      header: "Added",
      cell: (row) => (
        <span>
          <RelativeTime at={row.createdAt} /> by {row.addedByName}
        </span>
      ),
    },
    {
      id: "on",
      header: "Put on",
      cell: ({ environments }) =>
        environments.length === 0 ? (
          <span className="text-faint">no environment</span>
        ) : (
          <span className="flex flex-wrap gap-x-2">
            {environments.map(({ id, name }) => (
              <TextLink key={id} href={`${projectHref}/environments/${id}`}>
                {name}
              </TextLink>
            ))}
          </span>
        ),
    },
    {
      id: "remove",
      header: "Remove",
      headerHidden: true,
      align: "end",
      cell: (row) => {
        const button = (
          <Button
            size="sm"
            variant="danger-quiet"
            aria-label={`Remove ${row.name}`}
            disabledReason={why}
          >
            Remove
          </Button>
        );
        if (why) return button;
        return (
          <ConfirmDialog
            trigger={button}
            title={`Remove ${row.name} from the project?`}
            consequences={[
              { verb: "Removes", text: "the key from the project: no new launch puts it on." },
              {
                verb: "Keeps",
                text:
                  row.environments.length === 0
                    ? "nothing: no environment has it."
                    : `the key on ${namesInWords(row.environments)}: take it off there, under Access.`,
              },
            ]}
            confirmLabel="Remove key"
            pendingLabel="Removing…"
            onConfirm={() => whyRefused(() => remove({ projectKeyId: row.id }))}
          />
        );
      },
    },
  ];
  return (
    <Panel
      title="Project keys"
      meta={String(keys.length)}
      description="For what belongs to no one person: a backup server, a scheduler, an on-call team."
      padded={false}
      actions={addKey}
    >
      <DataTable
        label="Project keys"
        columns={columns}
        rows={keys}
        rowKey={(row) => row.id}
        empty={
          <EmptyState title="The project has no keys of its own">
            New environments accept the keys of whoever launches them, and no others.
          </EmptyState>
        }
      />
    </Panel>
  );
}

/** The first three by name, and how many there are besides. */
function namesInWords(environments: readonly { name: string }[]): string {
  const named = environments.slice(0, 3).map(({ name }) => name);
  const others = environments.length - named.length;
  return new Intl.ListFormat("en").format(others > 0 ? [...named, `${others} more`] : named);
}
