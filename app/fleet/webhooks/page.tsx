import type { Metadata } from "next";
import { PageCalls } from "#components/api/page-calls";
import { PageHeader } from "#components/ui/page-header";
import { Panel } from "#components/ui/panel";
import { MessagePanel } from "#components/webhooks/message-panel";
import { CreateWebhookDialog } from "#components/webhooks/webhook-dialogs";
import { WebhookTable } from "#components/webhooks/webhook-table";
import { operatorMay } from "#lib/access/policy";
import { apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { webhookKinds } from "#lib/domain/notification/notification";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
import { webhooksView } from "#lib/views/webhooks";
import { createWebhookAction } from "./actions";

export const metadata: Metadata = { title: "Webhooks" };

export default async function FleetWebhooksPage() {
  const grant = await requireFleetGrant("fleet.read");
  const webhooks = await webhooksView(database(), grant);
  return (
    <>
      <PageHeader
        title="Webhooks"
        description="Endpoints of yours that are told what operators are told. Tenants have their own."
        actions={
          operatorMay(grant.operatorRole, "webhook.edit") && (
            <CreateWebhookDialog create={createWebhookAction} offered={webhookKinds("fleet")} />
          )
        }
      />
      <Panel title="All webhooks" meta={String(webhooks.length)} padded={false}>
        <WebhookTable webhooks={webhooks} at="/fleet/webhooks" />
      </Panel>
      <MessagePanel />
      <PageCalls
        calls={[
          { label: "List the webhooks", call: apiCall("listFleetWebhooks", readSettings().origin) },
        ]}
        byPeopleOnly="The fleet's webhooks"
      />
    </>
  );
}
