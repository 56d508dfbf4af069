import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { ContextTable } from "#components/contexts/context-table";
import { EmptyState } from "#components/ui/empty-state";
import { LinkButton } from "#components/ui/link-button";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { operatorMay } from "#lib/access/policy";
import { apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { contextsView } from "#lib/views/contexts";

export const metadata: Metadata = { title: "Config contexts" };

export default async function ContextsPage() {
  const grant = await requireFleetGrant("fleet.read");
  const contexts = await contextsView(database(), grant);
  return (
    <>
      <PageHeader
        title="Config contexts"
        description="Variables, secrets and files that go with every launch of a template, every launch in a project, or every call of a provider."
        actions={
          operatorMay(grant.operatorRole, "context.edit") && (
            <LinkButton href="/fleet/contexts/new" variant="primary">
              Create a context
            </LinkButton>
          )
        }
      />
      <Panel title="All config contexts" meta={String(contexts.length)} padded={false}>
        <ContextTable
          contexts={contexts}
          empty={
            <EmptyState title="No config context yet">
              Write once what many environments need, a proxy or the token of a registry, and attach
              it where it belongs.
            </EmptyState>
          }
        />
      </Panel>
      <PageCalls
        calls={[
          {
            label: "List the config contexts",
            call: apiCall("listContexts", readSettings().origin),
          },
        ]}
      />
    </>
  );
}
