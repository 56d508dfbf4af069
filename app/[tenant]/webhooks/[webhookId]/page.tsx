import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { PageCalls } from "#components/api/page-calls";
import { WebhookScreen } from "#components/webhooks/webhook-screen";
import { type ApiRouteName, apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
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
  const { webhook } = shown;
  const call = (name: ApiRouteName) =>
    apiCall(name, readSettings().origin, {
      tenant,
      webhook: webhook.id,
      delivery: "DELIVERY",
    });
  return (
    <>
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
      <PageCalls
        calls={[
          { label: "Read this webhook", call: call("getWebhook") },
          { label: "Send a test", call: call("tryWebhook") },
          webhook.isPaused
            ? { label: "Resume", call: call("resumeWebhook") }
            : { label: "Pause", call: call("pauseWebhook") },
          {
            label: "Change",
            call: call("changeWebhook"),
            body: {
              url: "",
              form: webhook.form,
              certificatePem: webhook.certificatePem,
              kinds: webhook.kinds,
            },
          },
          { label: "New secret", call: call("renewWebhookSecret") },
          { label: "Remove", call: call("removeWebhook") },
          { label: "List its messages", call: call("listDeliveries") },
          { label: "Send a message again", call: call("replayDelivery") },
        ]}
      />
    </>
  );
}
