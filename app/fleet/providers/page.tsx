import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { ContractPanel } from "#components/providers/contract-panel";
import { RegisterProviderDialog } from "#components/providers/provider-dialogs";
import { ProviderTable } from "#components/providers/provider-table";
import { EmptyState } from "#components/ui/empty-state";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { operatorMay } from "#lib/access/policy";
import { apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { providersView } from "#lib/views/providers";
import { registerProviderAction } from "./actions";

export const metadata: Metadata = { title: "Providers" };

export default async function ProvidersPage() {
  const grant = await requireFleetGrant("fleet.read");
  const providers = await providersView(database(), grant);
  const add = operatorMay(grant.operatorRole, "provider.edit") && (
    <RegisterProviderDialog register={registerProviderAction} />
  );
  return (
    <>
      <PageHeader
        title="Providers"
        description="Endpoints of your own that hooks of templates ask: tickets, storage, a CMDB."
        // Always in this place: a dialog that moved when the first one is there would lose its secret.
        actions={add}
      />
      <Panel title="All providers" meta={String(providers.length)} padded={false}>
        <ProviderTable
          providers={providers}
          empty={
            <EmptyState title="No provider yet">
              Write one by what stands below, and register it here.
            </EmptyState>
          }
        />
      </Panel>
      <ContractPanel />
      <PageCalls
        calls={[
          { label: "List the providers", call: apiCall("listProviders", readSettings().origin) },
        ]}
        byPeopleOnly="Providers and their secrets"
      />
    </>
  );
}
