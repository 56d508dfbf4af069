import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Holder } from "#e2e/fixtures/certificate-holder";
import { CertificateAuthor } from "#e2e/simulator/certificate";
import { signatureOf } from "#lib/drivers/http-network/open-http-network";

type Answers = (request: IncomingMessage, response: ServerResponse) => void;

export type SiteController = {
  address: string;
  certificatePem: string;
  /** A certificate that the same key signed, and that it does not show. */
  otherCertificate: () => Promise<string>;
  secret: string;
  /** What each port carries; a port that is absent carries nothing. */
  ports: Map<string, number>;
  /** Method, path and body of every request, in order. */
  requests: string[];
  /** Answers in its place until set to undefined. */
  badly: Answers | undefined;
  close: () => void;
};

/**
 * A site's network controller over real TLS that keeps its ports in memory. Its certificate is its own,
 * unless it is given one to show.
 */
export async function startSiteController(
  shows?: Pick<Holder, "pem" | "keyPem">,
): Promise<SiteController> {
  const author = await CertificateAuthor.open();
  const issue = async () => (await author.issue("switch", "127.0.0.1")).pem;
  const { pem: certificatePem, keyPem } = shows ?? { pem: await issue(), keyPem: author.keyPem };
  const server = createServer({ key: keyPem, cert: certificatePem }, answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const controller: SiteController = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    certificatePem,
    otherCertificate: issue,
    secret: "a secret of this test",
    ports: new Map(),
    requests: [],
    badly: undefined,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return controller;

  async function answer(request: IncomingMessage, response: ServerResponse) {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const { method = "", url: path = "" } = request;
    const timestamp = String(request.headers["ingot-timestamp"]);
    controller.requests.push(`${method} ${path} ${body}`.trim());
    if (controller.badly) return controller.badly(request, response);
    const signed = signatureOf(controller.secret, { timestamp, method, path, body });
    const age = Math.abs(Date.now() / 1000 - Number(timestamp));
    if (request.headers["ingot-signature"] !== signed || age > 60) {
      return response.writeHead(401).end("who are you?");
    }
    const port = decodeURIComponent(path.replace("/ports/", ""));
    if (method === "PUT") {
      const { vlan } = JSON.parse(body);
      if (vlan === null) controller.ports.delete(port);
      else controller.ports.set(port, vlan);
      return response.writeHead(204).end();
    }
    const vlan = controller.ports.get(port);
    response.end(JSON.stringify({ vlans: vlan ? [vlan] : [], untagged: vlan ?? null }));
  }
}
