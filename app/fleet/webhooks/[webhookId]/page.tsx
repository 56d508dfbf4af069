import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { PageCalls } from "#components/api/page-calls";
import { WebhookScreen } from "#components/webhooks/webhook-screen";
import { operatorMay } from "#lib/access/policy";
import { type ApiRouteName, apiCall } from "#lib/api/table";
import { readSettings } from "#lib/config/env";
import { webhookKinds } from "#lib/domain/notification/notification";
import { database } from "#lib/server/database";
import { requireFleetGrant } from "#lib/server/require-grant";
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

export default async function FleetWebhookPage({
  params,
  searchParams,
}: PageProps<"/fleet/webhooks/[webhookId]">) {
  const grant = await requireFleetGrant("fleet.read");
  const query = await searchParams;
  const { webhookId } = await params;
  const shown = await webhookDetail(database(), grant, webhookId, query.after);
  if (!shown) notFound();
  const call = (name: ApiRouteName) =>
    apiCall(name, readSettings().origin, { webhook: shown.webhook.id });
  return (
    <>
      <WebhookScreen
        {...shown}
        at="/fleet/webhooks"
        query={query}
        offered={webhookKinds("fleet")}
        acts={
          operatorMay(grant.operatorRole, "webhook.edit")
            ? {
                change: changeWebhookAction,
                renewSecret: renewWebhookSecretAction,
                pause: pauseWebhookAction,
                send: tryWebhookAction,
                remove: removeWebhookAction,
                replay: replayDeliveryAction,
              }
            : null
        }
      />
      <PageCalls
        calls={[
          { label: "Read this webhook", call: call("getFleetWebhook") },
          { label: "List its messages", call: call("listFleetDeliveries") },
        ]}
        byPeopleOnly="The fleet's webhooks"
      />
    </>
  );
}
