"use client";

import { FormDialog } from "#components/forms/form-dialog";
import { InvitationLink, InviteMemberDialog } from "#components/members/invite-member-dialog";
import type { Invitation, InvitationEdit, MemberProject } from "#components/members/member";
import { Button } from "#components/ui/button";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { EmptyState } from "#components/ui/empty-state";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { type Column, DataTable } from "#components/ui/table";
import { whyRefused } from "#lib/client/ask";
import { formatQuantity } from "#lib/client/format";

type Props = {
  invitations: Invitation[];
  projects: MemberProject[];
  origin: string;
  mayMakeOwners: boolean;
  edit: InvitationEdit;
};

/** Who was invited and has not come yet. */
export function InvitationsPanel({ invitations, projects, origin, mayMakeOwners, edit }: Props) {
  const columns: Column<Invitation>[] = [
    { id: "email", header: "Invited", rowHeader: true, cell: (row) => row.email },
    {
      id: "role",
      header: "Role",
      cell: (row) =>
        row.memberDays === null
          ? row.role
          : `${row.role}, for ${formatQuantity(row.memberDays, "day")}`,
    },
    {
      id: "by",
      header: "By",
      cell: (row) => (
        <>
          {row.invitedBy}
          <span className="block text-faint text-xs">
            <RelativeTime at={row.createdAt} />
          </span>
        </>
      ),
    },
    {
      id: "expires",
      header: "Link",
      cell: (row) => (
        <>
          {row.isTooOld ? "stopped working" : "works until"} <RelativeTime at={row.expiresAt} />
        </>
      ),
    },
    {
      id: "act",
      header: "Acts",
      headerHidden: true,
      align: "end",
      cell: (row) => (
        <span className="inline-flex flex-wrap gap-1.5 md:justify-end">
          <FormDialog
            trigger={
              <Button size="sm" aria-label={`New link for ${row.email}`}>
                New link
              </Button>
            }
            title={`A new link for ${row.email}?`}
            description="It works for seven days from now. The one before stops working."
            submitLabel="Make the link"
            pendingLabel="Making…"
            send={() => edit.resend({ invitationId: row.id })}
            result={({ path }) => <InvitationLink link={origin + path} />}
          >
            {() => null}
          </FormDialog>
          <ConfirmDialog
            trigger={
              <Button
                size="sm"
                variant="danger-quiet"
                aria-label={`Withdraw the invitation of ${row.email}`}
              >
                Withdraw
              </Button>
            }
            title={`Withdraw the invitation of ${row.email}?`}
            consequences={[{ verb: "Ends", text: "the link, at once." }]}
            confirmLabel="Withdraw"
            pendingLabel="Withdrawing…"
            onConfirm={() => whyRefused(() => edit.withdraw({ invitationId: row.id }))}
          />
        </span>
      ),
    },
  ];
  return (
    <Panel
      title="Invitations"
      meta={String(invitations.length)}
      padded={false}
      actions={
        <InviteMemberDialog
          projects={projects}
          origin={origin}
          mayMakeOwners={mayMakeOwners}
          invite={edit.invite}
        />
      }
    >
      <DataTable
        label="Invitations"
        columns={columns}
        rows={invitations}
        rowKey={(row) => row.id}
        empty={
          <EmptyState title="Nobody is invited just now">
            An invitation is a link that makes its holder a member, once.
          </EmptyState>
        }
      />
    </Panel>
  );
}
