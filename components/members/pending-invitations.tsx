"use client";

import type { ReactNode } from "react";
import { FormDialog } from "#components/forms/form-dialog";
import { Button } from "#components/ui/button";
import { CodeBlock } from "#components/ui/code-block";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { EmptyState } from "#components/ui/empty-state";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { type Column, DataTable } from "#components/ui/table";
import { whyRefused } from "#lib/client/ask";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { InvitationInput } from "#lib/schemas/invitation";

export type Pending = {
  id: Id<"invitation">;
  email: string;
  invitedBy: string;
  createdAt: string;
  expiresAt: string;
  isTooOld: boolean;
};

export type PendingEdit = {
  resend: (input: InvitationInput) => Promise<Result<{ path: string }, Refusal>>;
  withdraw: (input: InvitationInput) => Promise<Result<unknown, Refusal>>;
};

type Props<Row extends Pending> = {
  invitations: Row[];
  /** What the invitation is to, in words. */
  roleOf: (row: Row) => string;
  origin: string;
  /** What a link does, for whoever sees none. */
  about: string;
  /** The dialog that makes one more. */
  invite?: ReactNode;
  /** Absent for those who may only look. */
  edit?: PendingEdit;
};

/** Who was invited and has not come yet. */
export function PendingInvitations<Row extends Pending>(props: Props<Row>) {
  const { invitations, roleOf, origin, about, invite, edit } = props;
  const columns: Column<Row>[] = [
    { id: "email", header: "Invited", rowHeader: true, cell: (row) => row.email },
    { id: "role", header: "Role", cell: roleOf },
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
          {row.isTooOld ? "stopped working" : "stops working"} <RelativeTime at={row.expiresAt} />
        </>
      ),
    },
  ];
  if (edit) {
    columns.push({
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
    });
  }
  return (
    <Panel title="Invitations" meta={String(invitations.length)} padded={false} actions={invite}>
      <DataTable
        label="Invitations"
        columns={columns}
        rows={invitations}
        rowKey={(row) => row.id}
        empty={<EmptyState title="Nobody is invited just now">{about}</EmptyState>}
      />
    </Panel>
  );
}

/** The link of an invitation, to be handed over. */
export function InvitationLink({ link }: { link: string }) {
  return (
    <div className="flex flex-col gap-3 text-sm">
      <p>
        Send them this link. It works once, for seven days, and is not shown again; whoever holds it
        before them can take their place, so use a channel you trust.
      </p>
      <CodeBlock code={link} label="Invitation link" />
    </div>
  );
}
