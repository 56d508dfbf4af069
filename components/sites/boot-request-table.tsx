"use client";

import { askerColumns } from "#components/sites/asker-columns";
import { RelativeTime } from "#components/ui/relative-time";
import { type Column, DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import { formatQuantity } from "#lib/client/format";
import type { BootRequest } from "#lib/schemas/boot-request";

const when = (at: string) => <RelativeTime at={at} focusable={false} />;

const columns: Column<BootRequest>[] = [
  ...askerColumns<BootRequest>(),
  {
    id: "asked",
    header: "Asked",
    cell: ({ count, firstAt, lastAt }) => (
      <>
        {when(lastAt)}
        <span className="block text-faint text-xs">
          {formatQuantity(count, "time")}, first {when(firstAt)}
        </span>
      </>
    ),
  },
  {
    id: "advice",
    header: "What to do",
    cell: ({ node }) =>
      node ? (
        <>
          Nothing, if{" "}
          <TextLink quiet href={`/fleet/nodes/${node.id}`}>
            {node.name}
          </TextLink>{" "}
          was to start from its disk: no boot of it by PXE was awaited then. Else look at its
          operation.
        </>
      ) : (
        "No node has this interface. Enrol the machine by its controller; if it is enrolled, read its inventory again."
      ),
  },
];

/** Who asked for a boot that was not awaited, from where, how often, and what to do. */
export function BootRequestTable({ requests }: { requests: readonly BootRequest[] }) {
  return (
    <DataTable
      label="Asked and given nothing"
      columns={columns}
      rows={requests}
      rowKey={({ mac }) => mac}
    />
  );
}
