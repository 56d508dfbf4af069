"use client";

import type { ReactNode } from "react";
import { Button } from "#components/ui/button";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { RelativeTime } from "#components/ui/relative-time";
import { StateBadge, type StateKind } from "#components/ui/state-text";
import { type Column, DataTable } from "#components/ui/table";
import { whyRefused } from "#lib/client/ask";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { TokenView } from "#lib/schemas/api-token-view";

type Props = {
  label: string;
  tokens: TokenView[];
  /** With the column that says where a token is good. */
  withPlace: boolean;
  revoke: (input: { tokenId: Id<"apiToken"> }) => Promise<Result<unknown, Refusal>>;
  empty: ReactNode;
};

const states = {
  live: { kind: "ok", word: "Live" },
  expired: { kind: "neutral", word: "Expired" },
  revoked: { kind: "neutral", word: "Revoked" },
} as const satisfies Record<TokenView["state"], { kind: StateKind; word: string }>;

/** Tokens with what they may do, when they were last used and when they end. */
export function TokenTable({ label, tokens, withPlace, revoke, empty }: Props) {
  const columns: Column<TokenView>[] = [
    {
      id: "name",
      header: "Token",
      rowHeader: true,
      cell: (token) => (
        <>
          {token.name}
          <span className="block font-mono font-normal text-faint text-xs">{token.begins}_…</span>
        </>
      ),
    },
    {
      id: "state",
      header: "State",
      cell: (token) => <StateBadge {...states[token.state]} />,
    },
    ...(withPlace
      ? [
          {
            id: "place",
            header: "Good in",
            cell: (token: TokenView) =>
              token.place ? <span className="font-mono">{token.place}</span> : "everywhere",
          },
        ]
      : []),
    {
      id: "scopes",
      header: "May do",
      cell: (token) => (
        <span className="block max-w-72 font-mono text-xs">{token.scopes.join(", ")}</span>
      ),
    },
    {
      id: "used",
      header: "Last used",
      cell: (token) =>
        token.lastUsedAt ? (
          <>
            <RelativeTime at={token.lastUsedAt} />
            {token.lastUsedAddress && (
              <span className="block font-mono text-faint text-xs">{token.lastUsedAddress}</span>
            )}
          </>
        ) : (
          "never"
        ),
    },
    {
      id: "ends",
      header: "Ends",
      cell: (token) => <RelativeTime at={token.revokedAt ?? token.expiresAt} />,
    },
    {
      id: "revoke",
      header: "Revoke",
      headerHidden: true,
      align: "end",
      cell: (token) =>
        token.state === "live" && (
          <ConfirmDialog
            trigger={
              <Button size="sm" variant="danger-quiet" aria-label={`Revoke ${token.name}`}>
                Revoke
              </Button>
            }
            title={`Revoke ${token.name}?`}
            consequences={[
              { verb: "Ends", text: "the token: its next request is refused." },
              { verb: "Keeps", text: "whatever was made with it, as it is." },
            ]}
            confirmLabel="Revoke token"
            pendingLabel="Revoking…"
            onConfirm={() => whyRefused(() => revoke({ tokenId: token.id }))}
          />
        ),
    },
  ];
  return (
    <DataTable
      label={label}
      columns={columns}
      rows={tokens}
      rowKey={(token) => token.id}
      empty={empty}
    />
  );
}
