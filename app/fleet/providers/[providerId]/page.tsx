import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { PageCalls } from "#components/api/page-calls";
import { ContextsHere } from "#components/contexts/contexts-here";
import { LiveRefresh } from "#components/nodes/live-refresh";
import { CallTable } from "#components/providers/call-table";
import { ProviderActions } from "#components/providers/provider-dialogs";
import { ProviderHealthText } from "#components/providers/provider-table";
import { CopyText } from "#components/ui/copy-button";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { operatorMay } from "#lib/access/policy";
import { apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { contextsAt } from "#lib/views/contexts-at";
import { providerDetail } from "#lib/views/providers";
import {
  changeProviderAction,
  checkProviderAction,
  renewProviderSecretAction,
  retireProviderAction,
} from "../actions";

export const metadata: Metadata = { title: "Provider" };

export default async function ProviderPage({ params }: PageProps<"/fleet/providers/[providerId]">) {
  const grant = await requireFleetGrant("fleet.read");
  const provider = await providerDetail(database(), grant, (await params).providerId);
  if (!provider) notFound();
  const contexts = await contextsAt(database(), grant, provider.id);
  const mayEdit = operatorMay(grant.operatorRole, "provider.edit");
  return (
    <>
      <PageHeader
        title={provider.name}
        breadcrumbs={[{ label: "Providers", href: "/fleet/providers" }, { label: provider.name }]}
        description={provider.description}
        meta={
          <>
            <ProviderHealthText provider={provider} />
            <CopyText value={provider.url} label="address of this provider" />
          </>
        }
        actions={
          mayEdit &&
          provider.state === "active" && (
            <ProviderActions
              provider={provider}
              isBeingChecked={provider.isBeingChecked}
              acts={{
                check: checkProviderAction,
                change: changeProviderAction,
                renewSecret: renewProviderSecretAction,
                retire: retireProviderAction,
              }}
            />
          )
        }
      />
      <LiveRefresh topics={[`provider:${provider.id}`]} />
      <ContextsHere here={contexts} goWith="every question of a hook to this provider" />
      <Panel title="Latest calls" padded={false}>
        <CallTable calls={provider.calls} />
      </Panel>
      <PageCalls
        calls={[
          {
            label: "Read this provider",
            call: apiCall("getProvider", readSettings().origin, { provider: provider.id }),
          },
        ]}
        byPeopleOnly="Providers and their secrets"
      />
    </>
  );
}
