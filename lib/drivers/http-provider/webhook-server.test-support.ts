import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { CertificateAuthor } from "#e2e/simulator/certificate";
import { webhookSignature } from "#lib/drivers/http-provider/call-webhook";

/** One message as a receiver reads it. */
export type Received = { id: string; isSigned: boolean; body: unknown };

export type WebhookServer = {
  url: (path: string) => string;
  certificatePem: string;
  /** What its messages are signed with, by path. */
  secrets: Map<string, string>;
  /** What is answered, by path; 204 unless it is said. */
  replies: Map<string, (response: ServerResponse) => void>;
  /** Every message, as it came, by path. */
  received: (path: string) => Received[];
  close: () => void;
};

/** A receiver of webhooks over real TLS, whose answers a test decides. */
export async function startWebhookServer(): Promise<WebhookServer> {
  const author = await CertificateAuthor.open();
  const certificatePem = (await author.issue("receiver", "127.0.0.1")).pem;
  const secrets = new Map<string, string>();
  const replies = new Map<string, (response: ServerResponse) => void>();
  const all = new Map<string, Received[]>();
  const server = createServer(
    { key: author.keyPem, cert: certificatePem },
    async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks).toString();
      const path = request.url ?? "";
      const { headers } = request;
      const id = String(headers["webhook-id"]);
      const timestamp = String(headers["webhook-timestamp"]);
      const isSigned =
        headers["webhook-signature"] ===
          webhookSignature(secrets.get(path) ?? "", id, timestamp, body) &&
        Math.abs(Date.now() / 1000 - Number(timestamp)) < 300;
      all.set(path, [...(all.get(path) ?? []), { id, isSigned, body: JSON.parse(body) }]);
      const answer = replies.get(path) ?? (() => response.writeHead(204).end());
      answer(response);
    },
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: (path) => `https://127.0.0.1:${port}${path}`,
    certificatePem,
    secrets,
    replies,
    received: (path) => all.get(path) ?? [],
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
