"use client";

import { CreateTokenDialog } from "#components/automation/create-token-dialog";
import { TokenTable } from "#components/automation/token-table";
import { FormDialog } from "#components/forms/form-dialog";
import { Button } from "#components/ui/button";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { EmptyState } from "#components/ui/empty-state";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { Panel } from "#components/ui/panel";
import { RadioCards } from "#components/ui/radio-cards";
import { RelativeTime } from "#components/ui/relative-time";
import { whyRefused } from "#lib/client/ask";
import { textOf } from "#lib/client/form-values";
import type { ProjectRole } from "#lib/domain/access/role";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type {
  CreateServiceAccountInput,
  CreateServiceTokenInput,
  RevokeTokenInput,
} from "#lib/schemas/api-token";
import type { ServiceAccountView } from "#lib/schemas/api-token-view";

type Answer<T = unknown> = Promise<Result<T, Refusal>>;

export type AutomationActs = {
  createAccount: (input: CreateServiceAccountInput) => Answer;
  removeAccount: (input: { serviceAccountId: Id<"serviceAccount"> }) => Answer;
  createToken: (input: CreateServiceTokenInput) => Answer<{ token: string; expiresAt: string }>;
  revokeToken: (input: RevokeTokenInput) => Answer;
};

const roleWords: Record<ProjectRole, string> = {
  viewer: "Sees the project and its environments.",
  member: "Launches, operates and releases environments.",
  admin: "As a member: what admins do beside that, no token can.",
};

/** The button that gives a program an account. */
export function CreateServiceAccount({ create }: { create: AutomationActs["createAccount"] }) {
  return (
    <FormDialog
      trigger={<Button variant="primary">Create a service account</Button>}
      title="Create a service account"
      description="A program's own account in this project: it stays when people leave, and the audit log names it."
      submitLabel="Create account"
      pendingLabel="Creating…"
      send={(form) =>
        create({ name: textOf(form, "name"), role: textOf(form, "role") as ProjectRole })
      }
    >
      {(errorOf) => (
        <>
          <Field label="Name" required error={errorOf("name")} hint="As in nightly-training.">
            <Input name="name" mono maxLength={40} autoComplete="off" />
          </Field>
          <RadioCards
            name="role"
            legend="Role in the project"
            columns={2}
            defaultValue="member"
            error={errorOf("role")}
            options={(["viewer", "member"] as const).map((role) => ({
              value: role,
              title: role.charAt(0).toUpperCase() + role.slice(1),
              description: roleWords[role],
            }))}
          />
        </>
      )}
    </FormDialog>
  );
}

/** A project's service accounts, each with its tokens. */
export function ServiceAccounts({
  accounts,
  acts,
}: {
  accounts: ServiceAccountView[];
  acts: AutomationActs;
}) {
  if (accounts.length === 0) {
    return (
      <Panel title="Service accounts" padded={false}>
        <EmptyState
          title="No service account yet"
          action={<CreateServiceAccount create={acts.createAccount} />}
        >
          Create one for each program, give it a role, then make a token for it.
        </EmptyState>
      </Panel>
    );
  }
  return accounts.map((account) => (
    <Panel
      key={account.id}
      title={account.name}
      meta={account.role}
      description={
        <>
          Made by {account.createdByName}, <RelativeTime at={account.createdAt} />
        </>
      }
      padded={false}
      actions={
        <>
          <CreateTokenDialog
            trigger={
              <Button size="sm" aria-label={`Make a token for ${account.name}`}>
                Make a token
              </Button>
            }
            title={`Make a token for ${account.name}`}
            places={[{ projectId: null, name: account.name, scopes: account.scopes }]}
            create={({ name, scopes, days }) =>
              acts.createToken({ name, scopes, days, serviceAccountId: account.id })
            }
          />
          <ConfirmDialog
            trigger={
              <Button size="sm" variant="danger-quiet" aria-label={`Remove ${account.name}`}>
                Remove
              </Button>
            }
            title={`Remove ${account.name}?`}
            consequences={[
              {
                verb: "Ends",
                text: "the account and all its tokens: their next request is refused.",
              },
              { verb: "Keeps", text: "environments it launched, and its name in the audit log." },
            ]}
            confirmName={account.name}
            confirmLabel="Remove account"
            pendingLabel="Removing…"
            onConfirm={() => whyRefused(() => acts.removeAccount({ serviceAccountId: account.id }))}
          />
        </>
      }
    >
      <TokenTable
        label={`Tokens of ${account.name}`}
        tokens={account.tokens}
        withPlace={false}
        revoke={acts.revokeToken}
        empty={
          <EmptyState title="No token yet">
            Without one, this account cannot do anything.
          </EmptyState>
        }
      />
    </Panel>
  ));
}
