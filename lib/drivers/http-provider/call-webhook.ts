import { createHmac } from "node:crypto";
import { innerNetworks, isAllowedAddress } from "#lib/domain/network-address";
import { post } from "#lib/drivers/http-provider/post";
import type { CallWebhook } from "#lib/ports/webhook";

const secretPrefix = "whsec_";

/**
 * The signature of Standard Webhooks (github.com/standard-webhooks, spec, symmetric): HMAC-SHA256
 * over id, timestamp and body with a full stop between, keyed by what follows `whsec_`, as base64.
 */
export function webhookSignature(
  secret: string,
  id: string,
  timestamp: string,
  body: string,
): string {
  const key = Buffer.from(secret.slice(secretPrefix.length), "base64");
  return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
}

/**
 * Makes the caller of webhooks. Tenants enter them, so a private network, or one of `guarded`
 * (controllers, nodes), is reached only where a network of `allowedNetworks` lies wholly inside it.
 */
export function webhookCaller(input: {
  allowedNetworks: readonly string[];
  guarded: readonly string[];
}): CallWebhook {
  const guarded = [...innerNetworks, ...input.guarded];
  const allowed = {
    isAllowed: (ip: string) => isAllowedAddress(ip, input.allowedNetworks, guarded),
    // Not the address: which names of ours lead where is not for those who enter webhooks to learn.
    refusal: (_: string, host: string) => `${host} is not in a network that webhooks may be in`,
  };
  return async (endpoint, { secret, id, body, deadlineMs, signal }) => {
    const timestamp = String(Math.floor(Date.now() / 1000));
    const headers = {
      "user-agent": "Ingot",
      "webhook-id": id,
      "webhook-timestamp": timestamp,
      "webhook-signature": webhookSignature(secret, id, timestamp, body),
    };
    return post(endpoint, { headers, body, deadlineMs, signal, statusOnly: true }, allowed);
  };
}
