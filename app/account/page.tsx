import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { LinkedPanel } from "#components/account/linked-panel";
import { MembershipsPanel } from "#components/account/memberships-panel";
import { PasswordForm } from "#components/account/password-form";
import { SecondFactorPanel } from "#components/account/second-factor-panel";
import { SessionsPanel } from "#components/account/sessions-panel";
import { SshKeysPanel } from "#components/account/ssh-keys-panel";
import { PageCalls } from "#components/api/page-calls";
import { OwnTokensPanel } from "#components/automation/own-tokens-panel";
import { Callout } from "#components/ui/callout";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { TextLink } from "#components/ui/text-link";
import { apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { providerRefusalWords } from "#lib/domain/access/provider-refusal";
import { database } from "#lib/server/database";
import { whyNoPasskeys } from "#lib/server/relying-party";
import { requireActor } from "#lib/server/require-grant";
import { currentSession } from "#lib/server/session";
import { accountView } from "#lib/views/account";
import { ownTokens } from "#lib/views/automation";
import {
  addPasskeyAction,
  addSshKeyAction,
  beginLinkAction,
  beginPasskeyAction,
  beginTotpAction,
  changePasswordAction,
  confirmTotpAction,
  createOwnTokenAction,
  endSessionAction,
  leaveTenantAction,
  removeAppAction,
  removePasskeyAction,
  removeSshKeyAction,
  renamePasskeyAction,
  renewRecoveryCodesAction,
  revokeOwnTokenAction,
  signOutEverywhereAction,
  unlinkIdentityAction,
} from "./actions";

export const metadata: Metadata = { title: "Account" };

export default async function AccountPage({ searchParams }: PageProps<"/account">) {
  await requireActor();
  const session = await currentSession();
  if (!session) notFound();
  const account = await accountView(database(), session);
  const tokens = await ownTokens(database(), session.actor);
  const { refused, provider } = await searchParams;
  const label = account.linkable.find(({ id }) => id === provider)?.label;
  const why = providerRefusalWords(refused, label);
  return (
    <>
      <PageHeader
        title={account.name}
        meta={
          <>
            <span>{account.email}</span>
            {account.roles.map((role) => (
              <span key={role}>{role}</span>
            ))}
          </>
        }
      />
      {why && (
        <Callout kind="critical" title="Nothing was linked" role="alert">
          {why}
        </Callout>
      )}
      <SshKeysPanel keys={account.sshKeys} add={addSshKeyAction} remove={removeSshKeyAction} />
      <OwnTokensPanel own={tokens} create={createOwnTokenAction} revoke={revokeOwnTokenAction} />
      {account.memberships.length > 0 && (
        <MembershipsPanel memberships={account.memberships} leave={leaveTenantAction} />
      )}
      <SessionsPanel
        sessions={account.sessions}
        end={endSessionAction}
        endAll={signOutEverywhereAction.bind(null, {})}
      />
      {(account.linked.length > 0 || account.linkable.length > 0) && (
        <LinkedPanel
          linked={account.linked}
          others={account.linkable}
          beginLink={beginLinkAction.bind(null, {})}
          unlink={unlinkIdentityAction}
        />
      )}
      {session.actor.factorDueIn && session.actor.factorDueIn.length > 0 && (
        <Callout
          kind="attention"
          title={`Closed to you: ${session.actor.factorDueIn.map((each) => each.tenantName).join(", ")}`}
        >
          Its members must have a second factor. Set one up here, and it is open again.
        </Callout>
      )}
      <SecondFactorPanel
        factors={account.secondFactors}
        whyNoPasskeys={await whyNoPasskeys()}
        begin={beginTotpAction.bind(null, {})}
        confirm={confirmTotpAction}
        beginPasskey={beginPasskeyAction.bind(null, {})}
        addPasskey={addPasskeyAction}
        rename={renamePasskeyAction}
        removePasskey={removePasskeyAction}
        renewCodes={renewRecoveryCodesAction.bind(null, {})}
        removeApp={removeAppAction.bind(null, {})}
      />
      {account.hasPassword && (
        <Panel
          title="Password"
          description={
            <>
              Changing it ends every session but this one. Your API tokens stay as they are:{" "}
              <TextLink href="#tokens">revoke those you do not need</TextLink>.
            </>
          }
        >
          <PasswordForm change={changePasswordAction} />
        </Panel>
      )}
      <PageCalls
        calls={[
          { label: "Who am I", call: apiCall("getMe", readSettings().origin) },
          { label: "List my projects", call: apiCall("listProjects", readSettings().origin) },
          { label: "List my SSH keys", call: apiCall("listSshKeys", readSettings().origin) },
        ]}
        byPeopleOnly="Keys, tokens and how one signs in"
      />
    </>
  );
}
