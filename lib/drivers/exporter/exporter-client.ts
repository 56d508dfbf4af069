import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import { BlockList, isIP } from "node:net";
import { ExporterError, type ExporterTarget, type Patience } from "#lib/ports/exporter";

/**
 * The largest answer read. A DCGM exporter of eight GPUs with the extended counter list sends 130 kB,
 * a node_exporter of 384 processors half a megabyte.
 */
export const maxAnswerBytes = 1_048_576;
/** The most lines read of an answer. */
export const maxAnswerLines = 20_000;

export type ExporterOptions = {
  /**
   * The networks in which nodes live, as `address/prefix`. Nothing else is ever asked: a node's
   * address comes from whoever phoned home, and must not point us at our own services.
   */
  networks: readonly string[];
  /** For the whole exchange, from connecting to the last byte. */
  deadlineMs: number;
  /** The same for one that is known to answer slowly; left out, it has no longer. */
  longDeadlineMs?: number;
};

/** Asks exporters of one kind, and holds connections open until it is closed. */
export type ExporterClient = {
  /** The whole answer to one GET of `/metrics`. Throws `ExporterError`. */
  get(target: ExporterTarget, signal: AbortSignal, patience?: Patience): Promise<Buffer>;
  /** Drops the connections that are open; scrapes under way fail as unreachable. */
  close(): void;
};

/**
 * Reads exporters at `http://{address}:{port}/metrics`: no TLS and no login, as theirs are by default.
 * Connections are kept for the next round; redirects are not followed and compression is not offered.
 * Throws `RangeError` for a network that is not one.
 */
export function exporterClient(options: ExporterOptions): ExporterClient {
  const { networks, deadlineMs, longDeadlineMs = deadlineMs } = options;
  const allowed = networkList(networks);
  // One request per target is in flight at most, so one connection each is all there will be.
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 1, scheduling: "fifo" });

  return {
    async get(target, signal, patience) {
      signal.throwIfAborted();
      const version = isIP(target.address);
      if (version === 0 || !allowed.check(target.address, version === 4 ? "ipv4" : "ipv6")) {
        throw new ExporterError(
          "address_not_allowed",
          `The address ${target.address} is outside the networks in which nodes live.`,
          { retryable: false },
        );
      }
      return get(agent, target, patience === "long" ? longDeadlineMs : deadlineMs, signal);
    },
    close: () => agent.destroy(),
  };
}

/** Parses `address/prefix` texts into one list. Throws `RangeError` for a text that is not that. */
function networkList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", prefix = ""] = network.split("/");
    const version = isIP(address);
    const bits = Number(prefix);
    if (version === 0 || !/^\d+$/.test(prefix) || bits > (version === 4 ? 32 : 128)) {
      throw new RangeError(`"${network}" is not a network such as 10.0.0.0/8`);
    }
    list.addSubnet(address, bits, version === 4 ? "ipv4" : "ipv6");
  }
  return list;
}

/** One GET of `/metrics`, whole, within the deadline. Throws `ExporterError`. */
function get(
  agent: Agent,
  { address, port }: ExporterTarget,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let outgoing = send();

    function end(settle: () => void): void {
      clearTimeout(deadline);
      signal.removeEventListener("abort", onAbort);
      settle();
    }
    function fail(error: unknown): void {
      end(() => reject(error));
      // A connection that still carries the rest of an answer cannot be used again.
      outgoing.destroy();
    }
    const onAbort = () => fail(signal.reason);
    const deadline = setTimeout(
      () => fail(failure("timeout", `No whole answer within ${deadlineMs / 1_000} s.`)),
      deadlineMs,
    );
    signal.addEventListener("abort", onAbort, { once: true });

    function send(): ClientRequest {
      const sent = request({ host: address, port, path: "/metrics", agent });
      sent.on("error", (cause: NodeJS.ErrnoException) => {
        // The exporter closed a kept connection just as it was taken: that was no answer. The
        // agent drops such a connection, so this comes back at most once per kept connection.
        if (sent.reusedSocket && cause.code === "ECONNRESET" && sent === outgoing) {
          outgoing = send();
          return;
        }
        fail(failure("unreachable", whyUnreachable(cause, port), cause));
      });
      sent.on("response", read);
      sent.end();
      return sent;
    }

    function read(incoming: IncomingMessage): void {
      const refused = whyNotRead(incoming);
      if (refused) {
        fail(refused);
        return;
      }
      const chunks: Buffer[] = [];
      let length = 0;
      incoming.on("data", (chunk: Buffer) => {
        length += chunk.length;
        if (length > maxAnswerBytes) return fail(tooLarge());
        chunks.push(chunk);
      });
      incoming.on("end", () => end(() => resolve(Buffer.concat(chunks, length))));
      // Also when the body ends before its announced length: half an answer is none.
      incoming.on("error", (cause) => {
        fail(failure("unreachable", "The connection broke during the answer.", cause));
      });
    }
  });
}

function whyNotRead({ statusCode = 0, headers }: IncomingMessage): ExporterError | null {
  if (statusCode >= 300 && statusCode < 400) {
    return failure(
      "redirected",
      `The exporter answered ${statusCode}; redirects are not followed.`,
    );
  }
  if (statusCode !== 200) return failure("rejected", `The exporter answered ${statusCode}.`);
  return Number(headers["content-length"] ?? 0) > maxAnswerBytes ? tooLarge() : null;
}

function whyUnreachable(cause: NodeJS.ErrnoException, port: number): string {
  switch (cause.code) {
    case "ECONNREFUSED":
      return `Nothing listens on port ${port}.`;
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return "There is no way to the node's address.";
    case "ECONNRESET":
      return "The connection was broken off.";
    default:
      return cause.code?.startsWith("HPE_")
        ? `What answers on port ${port} does not speak HTTP.`
        : "The exporter could not be reached.";
  }
}

function tooLarge(): ExporterError {
  return failure("too_large", "The exporter's answer is larger than 1 MiB.");
}

function failure(
  kind: "timeout" | "unreachable" | "rejected" | "redirected" | "too_large",
  message: string,
  cause?: unknown,
): ExporterError {
  return new ExporterError(kind, message, { retryable: true, cause });
}
