import { createHmac, X509Certificate } from "node:crypto";
import { lookup } from "node:dns/promises";
import { Agent, request } from "node:https";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import { isAllowedAddress, parseEndpoint } from "#lib/domain/network-address";
import { storable } from "#lib/domain/storable";
import {
  type HttpNetworkSettings,
  type NetworkDriver,
  NetworkError,
  type PortState,
} from "#lib/ports/network";

// A site's own network controller. Ingot asks for two things, and nothing else:
//
//   GET /ports/{port}                        -> 200 {"vlans":[100],"untagged":100}
//   PUT /ports/{port}  {"vlan":100 or null}  -> 200 or 204; null: no VLAN at all
//
// Every request carries `Ingot-Timestamp`, in seconds, and `Ingot-Signature`, the hexadecimal
// HMAC-SHA256 with the site's secret over timestamp, method, path and body, each but the last
// followed by a line feed. A controller refuses with 4xx what can never be, and says "later" with
// 429 or 5xx.

export type HttpNetworkLimits = {
  /** From the first byte sent to the last received. */
  deadlineMs: number;
  /** Longest answer that is read. */
  maxAnswerBytes: number;
};

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
  const { deadlineMs, maxAnswerBytes } = input.limits ?? defaultLimits;
  // A resumed session would not show its certificate again.
  const agent = new Agent({ keepAlive: true, maxSockets: 4, maxCachedSessions: 0 });

  const pinned = fingerprintOf(settings.certificatePem);

  async function send(method: "GET" | "PUT", port: string, body = ""): Promise<string> {
    const { host, ip, tcpPort, name } = await destination(settings.address, allowedNetworks);
    const path = `/ports/${encodeURIComponent(port)}`;
    const timestamp = String(Math.floor(Date.now() / 1000));
    const deadline = AbortSignal.timeout(deadlineMs);
    try {
      return await new Promise<string>((resolve, reject) => {
        const outgoing = request({
          agent,
          signal: deadline,
          method,
          path,
          host: ip,
          port: tcpPort,
          ...(name ? { servername: name } : {}),
          ca: [settings.certificatePem],
          // It may be issued by an authority that we do not know; the one shown is the one trusted.
          allowPartialTrustChain: true,
          rejectUnauthorized: true,
          minVersion: "TLSv1.2",
          // What was entered may be the controller's own certificate, whatever name that has, or the
          // authority that issued it.
          checkServerIdentity: (_: string, shown: PeerCertificate) =>
            shown.fingerprint256 === pinned ? undefined : checkServerIdentity(name ?? ip, shown),
          headers: {
            host,
            accept: "application/json",
            "accept-encoding": "identity",
            "ingot-timestamp": timestamp,
            "ingot-signature": signatureOf(secret, { timestamp, method, path, body }),
            ...(body && {
              "content-type": "application/json",
              "content-length": String(Buffer.byteLength(body)),
            }),
          },
        });
        // More than one may come; what follows the first changes nothing.
        outgoing.on("error", reject);
        outgoing.once("response", (answer) => {
          const chunks: Buffer[] = [];
          let bytes = 0;
          answer.on("data", (chunk: Buffer) => {
            bytes += chunk.length;
            if (bytes <= maxAnswerBytes) return void chunks.push(chunk);
            reject(malformed(`its answer is longer than ${maxAnswerBytes} bytes`));
            outgoing.destroy();
          });
          answer.on("error", reject);
          answer.once("end", () => {
            const text = storable(Buffer.concat(chunks).toString("utf8"));
            const status = answer.statusCode ?? 0;
            if (status >= 200 && status < 300) return resolve(text);
            reject(refused(`${method} ${path}`, status, text));
          });
        });
        outgoing.end(body);
      });
    } catch (cause) {
      if (cause instanceof NetworkError) throw cause;
      if (deadline.aborted) {
        throw new NetworkError("timeout", `no whole answer within ${deadlineMs} ms`, {
          retryable: true,
          cause,
        });
      }
      const { code, message } = cause as { code?: string; message: string };
      const isIdentity = code !== undefined && /CERT|SELF_SIGNED|ALTNAME/.test(code);
      throw new NetworkError(
        isIdentity ? "misconfigured" : "unreachable",
        isIdentity ? `it does not show the certificate that was entered (${code})` : message,
        { retryable: !isIdentity, cause },
      );
    }
  }

  return {
    attach: async (port, vlan) => void (await send("PUT", port, JSON.stringify({ vlan }))),
    detach: async (port) => void (await send("PUT", port, JSON.stringify({ vlan: null }))),
    read: async (port) => portState(await send("GET", port)),
    close: () => agent.destroy(),
  };
}

/** Null when it is no certificate: then none that is shown will do. */
function fingerprintOf(pem: string): string | null {
  try {
    return new X509Certificate(pem).fingerprint256;
  } catch {
    return null;
  }
}

function refused(what: string, status: number, text: string): NetworkError {
  const said = text.trim().slice(0, 300);
  return new NetworkError("rejected", `${status} to ${what}${said && `: ${said}`}`, {
    retryable: status === 429 || status >= 500,
  });
}

/** Resolves once, checks every address, and gives the one to connect to. */
async function destination(address: string, allowedNetworks: readonly string[]) {
  const parsed = parseEndpoint(address);
  if (!parsed.ok) throw misconfigured(`${JSON.stringify(address)}: ${parsed.refusal}`);
  const { host, port: tcpPort, kind } = parsed.value;
  let ips = [host];
  if (kind === "name") {
    try {
      ips = (await lookup(host, { all: true })).map((found) => found.address);
    } catch (cause) {
      throw new NetworkError("unreachable", `${host} could not be resolved`, {
        retryable: true,
        cause,
      });
    }
  }
  const outside = ips.find((ip) => !isAllowedAddress(ip, allowedNetworks));
  if (outside) throw misconfigured(`${outside} is not in a network that controllers are in`);
  const [ip] = ips;
  if (!ip) throw new NetworkError("unreachable", `${host} has no address`, { retryable: true });
  return { host: address, ip, tcpPort, name: kind === "name" ? host : null };
}

function misconfigured(message: string): NetworkError {
  return new NetworkError("misconfigured", message, { retryable: false });
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

function malformed(message: string, cause?: unknown): NetworkError {
  return new NetworkError("malformed", message, { retryable: false, cause });
}
