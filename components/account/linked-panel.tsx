"use client";

import { ProviderButtons } from "#components/account/provider-buttons";
import { Button } from "#components/ui/button";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { Panel } from "#components/ui/panel";
import { RelativeTime } from "#components/ui/relative-time";
import { type Column, DataTable } from "#components/ui/table";
import { whyRefused } from "#lib/client/ask";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

type Linked = {
  issuer: string;
  /** The provider's name; its issuer once it has been taken away. */
  label: string;
  name: string;
  linkedAt: string;
  lastUsedAt: string;
  /** Why it cannot be unlinked; null when it can. */
  whyKept: string | null;
};

type Props = {
  linked: Linked[];
  /** Those that are not linked yet. */
  others: { id: string; label: string }[];
  beginLink: () => Promise<Result<unknown, Refusal>>;
  unlink: (input: { issuer: string }) => Promise<Result<unknown, Refusal>>;
};

/** The identity providers that a person signs in with. */
export function LinkedPanel({ linked, others, beginLink, unlink }: Props) {
  const columns: Column<Linked>[] = [
    { id: "provider", header: "Provider", rowHeader: true, cell: (row) => row.label },
    { id: "name", header: "As", cell: (row) => row.name },
    { id: "linked", header: "Linked", cell: (row) => <RelativeTime at={row.linkedAt} /> },
    { id: "used", header: "Last used", cell: (row) => <RelativeTime at={row.lastUsedAt} /> },
    {
      id: "unlink",
      header: "Unlink",
      headerHidden: true,
      align: "end",
      cell: (row) => (
        <ConfirmDialog
          trigger={
            <Button
              size="sm"
              variant="danger-quiet"
              disabledReason={row.whyKept}
              aria-label={`Unlink ${row.label}`}
            >
              Unlink
            </Button>
          }
          title={`Unlink ${row.label}?`}
          consequences={[
            { verb: "Ends", text: "signing in to this account with it." },
            { verb: "Keeps", text: "your roles as they are, and open sessions." },
          ]}
          confirmLabel="Unlink"
          pendingLabel="Unlinking…"
          onConfirm={() => whyRefused(() => unlink({ issuer: row.issuer }))}
        />
      ),
    },
  ];
  return (
    <Panel
      title="Identity providers"
      description="Linked by the provider's own name for you, never by email address."
      padded={false}
      actions={
        others.length > 0 && (
          <ProviderButtons
            providers={others}
            start={{ next: "/account", intent: "link" }}
            verb="Link"
            size="sm"
            before={beginLink}
          />
        )
      }
    >
      {linked.length > 0 ? (
        <DataTable
          label="Identity providers"
          columns={columns}
          rows={linked}
          rowKey={(row) => row.issuer}
        />
      ) : (
        <p className="px-4 py-3 text-muted text-sm">
          None is linked yet. Link one, and you can sign in with it from then on.
        </p>
      )}
    </Panel>
  );
}
