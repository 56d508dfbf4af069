import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { CreateServiceAccount, ServiceAccounts } from "#components/automation/service-accounts";
import { LinkButton } from "#components/ui/link-button";
import { PageHeader } from "#components/ui/page-header";
import { database } from "#lib/server/database";
import { requireProjectGrant } from "#lib/server/require-grant";
import { automation } from "#lib/views/automation";
import {
  createServiceAccountAction,
  createServiceTokenAction,
  removeServiceAccountAction,
  revokeServiceTokenAction,
} from "./actions";

export const metadata: Metadata = { title: "Automation" };

export default async function AutomationPage({
  params,
}: PageProps<"/[tenant]/projects/[project]/automation">) {
  const { tenant, project } = await params;
  const grant = await requireProjectGrant(tenant, project, "project.automation");
  const accounts = await automation(database(), grant);
  const acts = {
    createAccount: createServiceAccountAction.bind(null, tenant, project),
    removeAccount: removeServiceAccountAction.bind(null, tenant, project),
    createToken: createServiceTokenAction.bind(null, tenant, project),
    revokeToken: revokeServiceTokenAction.bind(null, tenant, project),
  };
  return (
    <>
      <PageHeader
        title="Automation"
        description="Accounts of programs that work in this project, and the tokens they show."
        breadcrumbs={[
          { label: tenant, href: `/${tenant}` },
          { label: project, href: `/${tenant}/projects/${project}` },
          { label: "Automation" },
        ]}
        actions={
          <>
            <LinkButton href="/docs/api">API reference</LinkButton>
            {accounts.length > 0 && <CreateServiceAccount create={acts.createAccount} />}
          </>
        }
      />
      <ServiceAccounts accounts={accounts} acts={acts} />
      <PageCalls byPeopleOnly="Service accounts and their tokens" />
    </>
  );
}
