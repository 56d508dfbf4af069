"use client";

import { useState, useTransition } from "react";
import type { Provider, ProviderEdit } from "#components/identity/identity";
import { Button } from "#components/ui/button";
import { EmptyState } from "#components/ui/empty-state";
import { FormMessage } from "#components/ui/form-message";
import { type Column, DataTable } from "#components/ui/table";
import { whyRefused } from "#lib/client/ask";

type Row = Provider["roles"][number];

/** What a provider's groups are worth. */
export function GroupRolesTable({
  provider,
  remove,
}: {
  provider: Provider;
  remove?: ProviderEdit["removeRole"];
}) {
  const [pending, startTransition] = useTransition();
  const [refused, setRefused] = useState<string>();
  const columns: Column<Row>[] = [
    {
      id: "group",
      header: "Group",
      rowHeader: true,
      cell: (row) => <span className="font-mono text-xs">{row.group}</span>,
    },
    { id: "place", header: "Place", cell: (row) => row.place },
    { id: "role", header: "Role", cell: (row) => row.role.replace("_", " ") },
  ];
  if (remove) {
    columns.push({
      id: "remove",
      header: "Remove",
      headerHidden: true,
      align: "end",
      cell: (row) => (
        <Button
          size="sm"
          variant="danger-quiet"
          pending={pending}
          aria-label={`Remove the role of ${row.group} in ${row.place}`}
          onClick={() =>
            startTransition(async () => setRefused(await whyRefused(() => remove({ id: row.id }))))
          }
        >
          Remove
        </Button>
      ),
    });
  }
  return (
    <>
      {refused && (
        <div className="border-line border-t px-4 py-2">
          <FormMessage message={refused} />
        </div>
      )}
      <DataTable
        label={`Roles by group of ${provider.label}`}
        columns={columns}
        rows={provider.roles}
        rowKey={(row) => row.id}
        empty={
          <EmptyState title="No group has a role yet">
            Until one has, only people who are linked or invited sign in with this provider.
          </EmptyState>
        }
      />
    </>
  );
}
