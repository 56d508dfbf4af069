import { createHmac } from "node:crypto";
import {
  type HttpNetworkLimits,
  malformed,
  pinnedClient,
} from "#lib/drivers/http-network/pinned-request";
import type { HttpNetworkSettings, NetworkDriver, PortState } from "#lib/ports/network";

// A site's own network controller. Ingot asks for two things, and nothing else:
//
//   GET /ports/{port}                        -> 200 {"vlans":[100],"untagged":100}
//   PUT /ports/{port}  {"vlan":100 or null}  -> 200 or 204; null: no VLAN at all
//
// Every request carries `Ingot-Timestamp`, in seconds, and `Ingot-Signature`, the hexadecimal
// HMAC-SHA256 with the site's secret over timestamp, method, path and body, each but the last
// followed by a line feed. A controller refuses with 4xx what can never be, and says "later" with
// 429 or 5xx.

const defaultLimits: HttpNetworkLimits = { deadlineMs: 10_000, maxAnswerBytes: 64 * 1024 };

/** Signs one request: what the controller computes again and compares. */
export function signatureOf(
  secret: string,
  parts: { timestamp: string; method: string; path: string; body: string },
): string {
  const { timestamp, method, path, body } = parts;
  return createHmac("sha256", secret)
    .update(`${timestamp}\n${method}\n${path}\n${body}`)
    .digest("hex");
}

/** Opens a driver that speaks to the controller of one site; makes no request by itself. */
export function httpNetwork(input: {
  settings: HttpNetworkSettings;
  secret: string;
  /** Networks that it may be in, CIDR. */
  allowedNetworks: readonly string[];
  limits?: HttpNetworkLimits;
}): NetworkDriver {
  const { settings, secret, allowedNetworks } = input;
  const limits = input.limits ?? defaultLimits;
  const client = pinnedClient({ settings, allowedNetworks, limits });

  async function send(method: "GET" | "PUT", port: string, body = ""): Promise<string> {
    const path = `/ports/${encodeURIComponent(port)}`;
    const timestamp = String(Math.floor(Date.now() / 1000));
    const headers = {
      "ingot-timestamp": timestamp,
      "ingot-signature": signatureOf(secret, { timestamp, method, path, body }),
    };
    return (await client.send({ method, path, body, headers })).text;
  }

  return {
    attach: async (port, vlan) => void (await send("PUT", port, JSON.stringify({ vlan }))),
    detach: async (port) => void (await send("PUT", port, JSON.stringify({ vlan: null }))),
    read: async (port) => portState(await send("GET", port)),
    close: client.close,
  };
}

/** Reads what a controller says of a port. Throws `malformed` when no sense can be made of it. */
function portState(text: string): PortState {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    throw malformed("its answer is not JSON", cause);
  }
  if (typeof body !== "object" || body === null) throw malformed("its answer is no object");
  const { vlans, untagged } = body as Record<string, unknown>;
  if (!Array.isArray(vlans) || vlans.length > 4094 || !vlans.every(isVlan)) {
    throw malformed('its answer has no list of VLAN ids as "vlans"');
  }
  if (untagged !== null && untagged !== undefined && !isVlan(untagged)) {
    throw malformed('"untagged" of its answer is no VLAN id');
  }
  return { vlans, untagged: untagged ?? null };
}

function isVlan(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 4094;
}
