import { X509Certificate } from "node:crypto";
import { lookup } from "node:dns/promises";
import { Agent, request } from "node:https";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import { certificateFault } from "#lib/domain/certificate-fault";
import { isAllowedAddress, parseEndpoint } from "#lib/domain/network-address";
import { storable } from "#lib/domain/storable";
import { type HttpNetworkSettings, NetworkError } from "#lib/ports/network";

export type HttpNetworkLimits = {
  /** From the first byte sent to the last received. */
  deadlineMs: number;
  /** Longest answer that is read. */
  maxAnswerBytes: number;
};

export type PinnedRequest = {
  method: "GET" | "PUT" | "POST" | "DELETE";
  path: string;
  /** JSON; empty for none. */
  body?: string;
  headers: Record<string, string>;
  /** Statuses beside 2xx that are an answer and no refusal. */
  accepted?: readonly number[];
};

export type PinnedClient = {
  send: (what: PinnedRequest) => Promise<{ status: number; text: string }>;
  close: () => void;
};

/**
 * A client of one controller of a site, over TLS that trusts the certificate entered and what that signed
 * for its host, and no other, within the networks that controllers may be in. Makes no request by itself; throws `NetworkError`.
 */
export function pinnedClient(input: {
  settings: Omit<HttpNetworkSettings, "kind">;
  /** Networks that it may be in, CIDR. */
  allowedNetworks: readonly string[];
  limits: HttpNetworkLimits;
}): PinnedClient {
  const { settings, allowedNetworks } = input;
  const { deadlineMs, maxAnswerBytes } = input.limits;
  // A resumed session would not show its certificate again.
  const agent = new Agent({ keepAlive: true, maxSockets: 4, maxCachedSessions: 0 });

  const pinned = fingerprintOf(settings.certificatePem);

  async function send(what: PinnedRequest): Promise<{ status: number; text: string }> {
    const { method, path, body = "" } = what;
    const { host, ip, tcpPort, name } = await destination(settings.address, allowedNetworks);
    const deadline = AbortSignal.timeout(deadlineMs);
    try {
      return await new Promise((resolve, reject) => {
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
            ...what.headers,
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
            const isAnswer = (status >= 200 && status < 300) || what.accepted?.includes(status);
            if (isAnswer) return resolve({ status, text });
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
      const broken = cause as Error & { code?: string };
      const fault = certificateFault(broken);
      if (!fault) throw new NetworkError("unreachable", broken.message, { retryable: true, cause });
      const words =
        fault.kind === "unknown"
          ? `it shows neither the certificate that was entered nor one that this signed (${broken.code})`
          : fault.words;
      throw new NetworkError("misconfigured", words, { retryable: false, cause });
    }
  }

  return { send, close: () => agent.destroy() };
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

/** The answer makes no sense. */
export function malformed(message: string, cause?: unknown): NetworkError {
  return new NetworkError("malformed", message, { retryable: false, cause });
}
