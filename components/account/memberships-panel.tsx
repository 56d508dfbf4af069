"use client";

import { type Leave, LeaveTenant } from "#components/account/leave-tenant";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { type Column, DataTable } from "#components/ui/table";
import { TextLink } from "#components/ui/text-link";
import type { Id } from "#lib/domain/id";

type Row = {
  tenantId: Id<"tenant">;
  name: string;
  slug: string;
  role: string;
  manager: string | null;
  until: string | null;
  isShut: boolean;
};

type Props = {
  memberships: Row[];
  leave: Leave;
};

/** The tenants that a person is a member of, and the way out. */
export function MembershipsPanel({ memberships, leave }: Props) {
  const columns: Column<Row>[] = [
    {
      id: "tenant",
      header: "Tenant",
      rowHeader: true,
      cell: (row) =>
        row.isShut ? (
          <>
            {row.name}
            <span className="block text-faint text-xs">
              asks for a second factor: set one up to go in
            </span>
          </>
        ) : (
          <TextLink href={`/${row.slug}`}>{row.name}</TextLink>
        ),
    },
    {
      id: "role",
      header: "Role",
      cell: (row) => (
        <>
          {row.role}
          {row.manager && <span className="block text-faint text-xs">{row.manager}</span>}
        </>
      ),
    },
    {
      id: "until",
      header: "Ends",
      cell: (row) =>
        row.until ? (
          <RelativeTime at={row.until} />
        ) : (
          <span className="text-faint">does not end</span>
        ),
    },
    {
      id: "leave",
      header: "Leave",
      headerHidden: true,
      align: "end",
      cell: (row) => (
        <LeaveTenant
          tenant={row}
          disabledReason={
            row.manager && `You are a member ${row.manager}. Have yourself taken out there.`
          }
          leave={leave}
        />
      ),
    },
  ];
  return (
    <Panel title="Memberships" meta={String(memberships.length)} padded={false}>
      <DataTable
        label="Memberships"
        columns={columns}
        rows={memberships}
        rowKey={(row) => row.tenantId}
      />
    </Panel>
  );
}
