import { X509Certificate } from "node:crypto";
import { lookup } from "node:dns/promises";
import { request } from "node:https";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import { certificateFault } from "#lib/domain/certificate-fault";
import { parseEndpoint } from "#lib/domain/network-address";
import { storable } from "#lib/domain/storable";
import { type ProviderEndpoint, ProviderError } from "#lib/ports/provider";

/** Longest answer that is read, compressed or not: none is asked for compressed. */
const maxAnswerBytes = 64 * 1024;

/** Which addresses may be called, and what is said of one that may not and the host that it is of. */
type Allowed = {
  isAllowed: (ip: string) => boolean;
  refusal: (ip: string, host: string) => string;
};

/**
 * Posts JSON to an endpoint that somebody entered, and gives the whole answer. The name is resolved
 * once and every address asked of `isAllowed`; the connection goes to the one that was checked. No
 * redirect is followed, and the deadline is from the name to the last byte received. Throws
 * `ProviderError` where there is no answer.
 */
export function post(
  endpoint: ProviderEndpoint,
  sent: Timed & {
    headers: Record<string, string>;
    body: string;
    /** The status is all that is wanted: what comes after it is not waited for. */
    statusOnly?: boolean;
  },
  allowed: Allowed,
): Promise<{ status: number; text: string }> {
  const { body } = sent;
  const headers = {
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(body)),
    ...sent.headers,
  };
  return exchange(endpoint, { ...sent, method: "POST", headers }, allowed);
}

/** Asks such an endpoint for its status, in the same way and within the same limits. */
export async function getStatus(
  endpoint: ProviderEndpoint,
  asked: Timed,
  allowed: Allowed,
): Promise<{ status: number }> {
  const sent = { ...asked, method: "GET", headers: {}, body: "", statusOnly: true } as const;
  const { status } = await exchange(endpoint, sent, allowed);
  return { status };
}

type Timed = { deadlineMs: number; signal?: AbortSignal | undefined };

async function exchange(
  endpoint: ProviderEndpoint,
  sent: Timed & {
    method: "GET" | "POST";
    headers: Record<string, string>;
    body: string;
    statusOnly?: boolean;
  },
  allowed: Allowed,
): Promise<{ status: number; text: string }> {
  const { method, headers, body, deadlineMs, statusOnly } = sent;
  const deadline = AbortSignal.timeout(deadlineMs);
  const signal = sent.signal ? AbortSignal.any([deadline, sent.signal]) : deadline;
  try {
    const found = destination(endpoint.address, allowed);
    const { host, ip, port, name } = await Promise.race([found, aborted(signal)]);
    return await new Promise((resolve, reject) => {
      const outgoing = request({
        agent: false,
        signal,
        method,
        path: endpoint.path,
        host: ip,
        port,
        ...(name ? { servername: name } : {}),
        ...trust(endpoint.certificatePem, name ?? ip),
        rejectUnauthorized: true,
        minVersion: "TLSv1.2",
        headers: {
          host,
          "accept-encoding": "identity",
          ...headers,
        },
      });
      // More than one may come; what follows the first changes nothing.
      outgoing.on("error", reject);
      outgoing.once("response", (answer) => {
        if (statusOnly) {
          resolve({ status: answer.statusCode ?? 0, text: "" });
          outgoing.destroy();
          return;
        }
        const chunks: Buffer[] = [];
        let bytes = 0;
        answer.on("data", (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes <= maxAnswerBytes) return void chunks.push(chunk);
          reject(
            new ProviderError(`its answer is longer than ${maxAnswerBytes} bytes`, {
              retryable: false,
            }),
          );
          outgoing.destroy();
        });
        answer.on("error", reject);
        answer.once("end", () =>
          resolve({
            status: answer.statusCode ?? 0,
            text: storable(Buffer.concat(chunks).toString("utf8")),
          }),
        );
      });
      outgoing.end(body);
    });
  } catch (cause) {
    if (cause instanceof ProviderError) throw cause;
    if (deadline.aborted) {
      const within = `${Math.round(deadlineMs / 1000)} seconds`;
      throw new ProviderError(`no whole answer within ${within}`, { retryable: true, cause });
    }
    const broken = cause as Error & { code?: string };
    const fault = certificateFault(broken);
    if (!fault) {
      const told = brokenWords(broken.code);
      throw new ProviderError(broken.message, { told, retryable: true, cause });
    }
    const { kind, words, told } = fault;
    throw new ProviderError(words, { told, retryable: false, certificate: kind, cause });
  }
}

/** Why no connection came about or lasted, by the system's code for it, without its addresses. */
function brokenWords(code = ""): string {
  if (code === "ECONNREFUSED") return "it refuses connections (ECONNREFUSED)";
  if (["ECONNRESET", "EPIPE"].includes(code)) return `it broke the connection off (${code})`;
  return code ? `it could not be reached (${code})` : "it could not be reached";
}

/** Never fulfilled; rejects when the signal does: a name server that hangs cannot be called off. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => reject(signal.reason);
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
}

/** What was entered is trusted and nothing else; with nothing entered, what this machine trusts. */
function trust(certificatePem: string | null, host: string) {
  if (certificatePem === null) return {};
  const pinned = fingerprintOf(certificatePem);
  return {
    ca: [certificatePem],
    // It may be issued by an authority that we do not know; the one shown is the one trusted.
    allowPartialTrustChain: true,
    checkServerIdentity: (_: string, shown: PeerCertificate) =>
      shown.fingerprint256 === pinned ? undefined : checkServerIdentity(host, shown),
  };
}

function fingerprintOf(pem: string): string | null {
  try {
    return new X509Certificate(pem).fingerprint256;
  } catch {
    return null;
  }
}

async function destination(address: string, { isAllowed, refusal }: Allowed) {
  const parsed = parseEndpoint(address);
  if (!parsed.ok) throw new ProviderError(parsed.refusal, { retryable: false });
  const { host, port, kind } = parsed.value;
  let ips = [host];
  if (kind === "name") {
    try {
      ips = (await lookup(host, { all: true })).map((found) => found.address);
    } catch (cause) {
      const told = "its name could not be resolved";
      throw new ProviderError(`${host} could not be resolved`, { told, retryable: true, cause });
    }
  }
  const outside = ips.find((ip) => !isAllowed(ip));
  if (outside) {
    const told = "its address is in no network that may be asked";
    throw new ProviderError(refusal(outside, host), { told, retryable: false });
  }
  const [ip] = ips;
  if (!ip) {
    const told = "its name has no address";
    throw new ProviderError(`${host} has no address`, { told, retryable: true });
  }
  return { host: address, ip, port, name: kind === "name" ? host : null };
}
