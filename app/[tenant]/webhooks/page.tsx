import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { MessagePanel } from "#components/webhooks/message-panel";
import { CreateWebhookDialog } from "#components/webhooks/webhook-dialogs";
import { WebhookTable } from "#components/webhooks/webhook-table";
import { apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { webhookKinds } from "#lib/domain/notification/notification";
import { database } from "#lib/server/database";
import { requireTenantGrant } from "#lib/server/require-grant";
import { webhooksView } from "#lib/views/webhooks";
import { createWebhookAction } from "./actions";

export const metadata: Metadata = { title: "Webhooks" };

export default async function TenantWebhooksPage({ params }: PageProps<"/[tenant]/webhooks">) {
  const { tenant } = await params;
  const grant = await requireTenantGrant(tenant, "tenant.webhooks");
  const webhooks = await webhooksView(database(), grant);
  return (
    <>
      <PageHeader
        title="Webhooks"
        description="Endpoints of yours that are told what happens in this tenant."
        actions={
          <CreateWebhookDialog
            create={createWebhookAction.bind(null, grant.tenantSlug)}
            offered={webhookKinds("tenant")}
          />
        }
      />
      <Panel title="All webhooks" meta={String(webhooks.length)} padded={false}>
        <WebhookTable webhooks={webhooks} at={`/${grant.tenantSlug}/webhooks`} />
      </Panel>
      <MessagePanel />
      <PageCalls
        calls={[
          {
            label: "List the webhooks",
            call: apiCall("listWebhooks", readSettings().origin, { tenant }),
          },
          {
            label: "Create a webhook",
            call: apiCall("createWebhook", readSettings().origin, { tenant }),
            body: {
              name: "NAME",
              url: "https://ADDRESS",
              form: "standard",
              kinds: ["environment.ready", "environment.failed"],
            },
          },
        ]}
      />
    </>
  );
}
