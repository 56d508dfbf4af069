import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { CertificateAuthor } from "#e2e/simulator/certificate";
import { providerSignature } from "#lib/drivers/http-provider/call-provider";

/** One request as a provider reads it. */
export type Question = {
  key: string;
  hook?: string;
  event?: string;
  point?: string;
  operation?: { id: string; kind: string; state?: string; reason?: string | null };
  state?: unknown;
  nodes?: { hostname: string; group: string }[];
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  attempt?: number;
  context?: unknown;
  dryRun?: boolean;
};

type Reply = (question: Question, response: ServerResponse) => void;

export type ProviderServer = {
  url: (path: string) => string;
  certificatePem: string;
  otherCertificate: () => Promise<string>;
  /** What signs, by path; a request that another secret signed is answered 401. */
  secrets: Map<string, string>;
  /** What is answered, by path; "done" unless it is said. */
  replies: Map<string, Reply>;
  /** Every request, as it came, by path. */
  questions: Map<string, Question[]>;
  close: () => void;
};

/** A provider over real TLS whose answers a test decides. */
export async function startProviderServer(): Promise<ProviderServer> {
  const author = await CertificateAuthor.open();
  const issue = async () => (await author.issue("provider", "127.0.0.1")).pem;
  const certificatePem = await issue();
  const secrets = new Map<string, string>();
  const replies = new Map<string, Reply>();
  const questions = new Map<string, Question[]>();
  const server = createServer(
    { key: author.keyPem, cert: certificatePem },
    async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks).toString();
      const path = request.url ?? "";
      const timestamp = String(request.headers["ingot-timestamp"]);
      const signed = providerSignature(secrets.get(path) ?? "", timestamp, body);
      if (request.headers["ingot-signature"] !== signed) return response.writeHead(401).end();
      const question = JSON.parse(body) as Question;
      if (request.headers["idempotency-key"] !== question.key) return response.writeHead(400).end();
      questions.set(path, [...(questions.get(path) ?? []), question]);
      (replies.get(path) ?? (() => reply(response, { key: question.key, answer: "done" })))(
        question,
        response,
      );
    },
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: (path) => `https://127.0.0.1:${port}${path}`,
    certificatePem,
    otherCertificate: issue,
    secrets,
    replies,
    questions,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

export function reply(response: ServerResponse, answer: Record<string, unknown>): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
}
