import { createHash, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { MetricsDoor } from "#lib/config/env";
import type { Log } from "#lib/config/log";

/** What can be asked for at the door, by path; each gives a body and its type, or throws. */
export type MetricsPages = Record<string, () => Promise<{ type: string; text: string }>>;

/**
 * Answers an operator's monitoring, on a listener of its own that no tenant reaches: 401 without the
 * token, 403 for what is told with one alone where none is set, 404 for whatever there is not, 503 when
 * a page cannot be made. Rejects when the address cannot be listened on.
 */
export async function listenForMetrics(
  door: MetricsDoor,
  pages: MetricsPages,
  log: Log,
): Promise<{ server: Server; port: number; close: () => Promise<void> }> {
  const server = createServer(
    { requestTimeout: 10_000, headersTimeout: 10_000 },
    (request, answer) => {
      // Nothing is read of a body; without this it would wait in the socket.
      request.resume();
      if (!presents(door.token, request.headers.authorization)) {
        answer.setHeader("www-authenticate", "Bearer");
        return send(answer, 401, "The token is missing or is another.\n");
      }
      const path = request.url?.split("?")[0] ?? "";
      const page = pages[path];
      if (!page) return send(answer, 404, `There is ${Object.keys(pages).join(", ")}.\n`);
      if (door.token === null && namesNodes(path)) {
        const words =
          "It says where nodes are, and to nobody without a token: set INGOT_METRICS_TOKEN.";
        return send(answer, 403, `${words}\n`);
      }
      if (request.method !== "GET" && request.method !== "HEAD") {
        return send(answer, 405, "Only GET is answered.\n");
      }
      page().then(
        ({ type, text }) => send(answer, 200, text, type),
        (error) => {
          log.error({ error, page: request.url }, "a page for monitoring could not be made");
          send(answer, 503, "It could not be read; the log says why.\n");
        },
      );
    },
  );
  server.listen({ host: door.host, port: door.port });
  await once(server, "listening");
  server.on("error", (error) => log.error({ error }, "metrics listener"));
  const { port } = server.address() as AddressInfo;
  log.info({ host: door.host, port, token: door.token !== null }, "metrics are served");
  return {
    server,
    port,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/**
 * Service discovery, unlike figures, which are nobody's by name: it is not for whoever else is on the machine,
 * whom a door without a token lets in.
 */
function namesNodes(path: string): boolean {
  return path.startsWith("/sd/");
}

function presents(token: string | null, header: string | undefined): boolean {
  if (token === null) return true;
  const digest = (text: string) => createHash("sha256").update(text).digest();
  // Digests, which are of one length: how long it takes says nothing of the token.
  return timingSafeEqual(digest(`Bearer ${token}`), digest(header ?? ""));
}

function send(answer: ServerResponse, status: number, text: string, type = "text/plain"): void {
  answer.writeHead(status, {
    "content-type": type.includes("charset") ? type : `${type}; charset=utf-8`,
    "cache-control": "no-store",
  });
  answer.end(text);
}
