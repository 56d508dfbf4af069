import { createHmac } from "node:crypto";
import { isAllowedAddress } from "#lib/domain/network-address";
import { getStatus, post } from "#lib/drivers/http-provider/post";
import type { AskUrl, CallProvider } from "#lib/ports/provider";

/** What a provider computes again and compares: over the timestamp, a line feed and the body. */
export function providerSignature(secret: string, timestamp: string, body: string): string {
  return createHmac("sha256", secret).update(`${timestamp}\n${body}`).digest("hex");
}

type Networks = { allowedNetworks: readonly string[] };

const allowedIn = ({ allowedNetworks }: Networks) => ({
  isAllowed: (ip: string) => isAllowedAddress(ip, allowedNetworks),
  refusal: (ip: string) => `${ip} is not in a network that providers may be in`,
});

/** Makes the asker of what a wait waits for, which may be where providers may be. */
export function urlAsker(input: Networks): AskUrl {
  const allowed = allowedIn(input);
  return (endpoint, asked) => getStatus(endpoint, asked, allowed);
}

/** Makes the caller of providers, which may be in these networks alone. */
export function providerCaller(input: Networks): CallProvider {
  const allowed = allowedIn(input);
  return async (endpoint, { secret, key, body, deadlineMs, signal }) => {
    const timestamp = String(Math.floor(Date.now() / 1000));
    const headers = {
      accept: "application/json",
      "idempotency-key": key,
      "ingot-timestamp": timestamp,
      "ingot-signature": providerSignature(secret, timestamp, body),
    };
    return post(endpoint, { headers, body, deadlineMs, signal }, allowed);
  };
}
