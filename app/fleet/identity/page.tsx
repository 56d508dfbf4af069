import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { OperatorFactorRule } from "#components/identity/factor-rule-panel";
import { PasswordRulePanel } from "#components/identity/password-rule-panel";
import { ProviderDialog } from "#components/identity/provider-dialog";
import { ProviderPanel } from "#components/identity/provider-panel";
import { EmptyState } from "#components/ui/empty-state";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { operatorMay } from "#lib/access/policy";
import { readSettings } from "#lib/config/env";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { identityView } from "#lib/views/identity-providers";
import {
  addGroupRoleAction,
  addIdentityProviderAction,
  changeIdentityProviderAction,
  previewGroupsAction,
  removeGroupRoleAction,
  removeIdentityProviderAction,
  setFactorRuleAction,
  setPasswordRuleAction,
} from "./actions";

export const metadata: Metadata = { title: "Sign-in" };

export default async function IdentityPage() {
  const grant = await requireFleetGrant("fleet.read");
  const { providers, passwords, operatorsNeedFactor, places } = await identityView(
    database(),
    grant,
  );
  const { origin } = readSettings();
  const mayEdit = operatorMay(grant.operatorRole, "identity.edit");
  return (
    <>
      <PageHeader
        title="Sign-in"
        description="How people show who they are: with a company's OpenID provider, a password, or both."
        actions={mayEdit && <ProviderDialog origin={origin} add={addIdentityProviderAction} />}
      />
      {providers.length === 0 && (
        <Panel title="Identity providers">
          <EmptyState title="No identity provider yet">
            Register Ingot with your provider as a confidential web client that uses the
            authorization code flow, then add it here with its issuer, client id and secret.
          </EmptyState>
        </Panel>
      )}
      {providers.map((provider) => (
        <ProviderPanel
          key={provider.id}
          provider={provider}
          places={places}
          origin={origin}
          edit={
            mayEdit
              ? {
                  change: changeIdentityProviderAction,
                  remove: removeIdentityProviderAction,
                  addRole: addGroupRoleAction,
                  removeRole: removeGroupRoleAction,
                  preview: previewGroupsAction,
                }
              : undefined
          }
        />
      ))}
      <OperatorFactorRule
        needed={operatorsNeedFactor}
        change={mayEdit ? setFactorRuleAction : undefined}
      />
      <PasswordRulePanel
        passwords={passwords}
        change={mayEdit ? setPasswordRuleAction : undefined}
      />
      <PageCalls byPeopleOnly="Identity providers, and how people sign in," />
    </>
  );
}
