"use client";

import { CreateTokenDialog, type NewToken } from "#components/automation/create-token-dialog";
import { TokenTable } from "#components/automation/token-table";
import { Button } from "#components/ui/button";
import { EmptyState } from "#components/ui/empty-state";
import { Panel } from "#components/ui/panel";
import { TextLink } from "#components/ui/text-link";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { OwnTokens } from "#lib/schemas/api-token-view";

type Props = {
  own: OwnTokens;
  create: (token: NewToken) => Promise<Result<{ token: string; expiresAt: string }, Refusal>>;
  revoke: (input: { tokenId: Id<"apiToken"> }) => Promise<Result<unknown, Refusal>>;
};

/** A person's own tokens: never wider than the person is at that moment. */
export function OwnTokensPanel({ own, create, revoke }: Props) {
  return (
    <Panel
      id="tokens"
      title="API tokens"
      meta={String(own.tokens.length)}
      description={
        <>
          For your own scripts: they act as you, within what you choose. A program that should
          outlive your stay gets a service account of its project. See the{" "}
          <TextLink href="/docs/api">API reference</TextLink>.
        </>
      }
      padded={false}
      actions={
        <CreateTokenDialog
          trigger={<Button size="sm">Make a token</Button>}
          title="Make an API token"
          places={own.places}
          create={create}
        />
      }
    >
      <TokenTable
        label="API tokens"
        tokens={own.tokens}
        withPlace
        revoke={revoke}
        empty={
          <EmptyState title="No tokens yet">
            With a token, whatever you can click here a script can do.
          </EmptyState>
        }
      />
    </Panel>
  );
}
