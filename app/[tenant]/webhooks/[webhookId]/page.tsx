import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { WebhookScreen } from "#components/webhooks/webhook-screen";
import { webhookKinds } from "#lib/domain/notification/notification";
import { database } from "#lib/server/database";
import { requireTenantGrant } from "#lib/server/require-grant";
import { webhookDetail } from "#lib/views/webhooks";
import {
  changeWebhookAction,
  pauseWebhookAction,
  removeWebhookAction,
  renewWebhookSecretAction,
  replayDeliveryAction,
  tryWebhookAction,
} from "../actions";

export const metadata: Metadata = { title: "Webhook" };

export default async function TenantWebhookPage({
  params,
  searchParams,
}: PageProps<"/[tenant]/webhooks/[webhookId]">) {
  const { tenant, webhookId } = await params;
  const grant = await requireTenantGrant(tenant, "tenant.webhooks");
  const query = await searchParams;
  const shown = await webhookDetail(database(), grant, webhookId, query.after);
  if (!shown) notFound();
  const { tenantSlug } = grant;
  return (
    <WebhookScreen
      {...shown}
      at={`/${tenantSlug}/webhooks`}
      query={query}
      offered={webhookKinds("tenant")}
      acts={{
        change: changeWebhookAction.bind(null, tenantSlug),
        renewSecret: renewWebhookSecretAction.bind(null, tenantSlug),
        pause: pauseWebhookAction.bind(null, tenantSlug),
        send: tryWebhookAction.bind(null, tenantSlug),
        remove: removeWebhookAction.bind(null, tenantSlug),
        replay: replayDeliveryAction.bind(null, tenantSlug),
      }}
    />
  );
}
