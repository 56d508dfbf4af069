import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { CertificateAuthor } from "#e2e/simulator/certificate";

type Answers = (request: IncomingMessage, response: ServerResponse) => void;

export type Ufm = {
  address: string;
  certificatePem: string;
  username: string;
  password: string;
  /** Members of each partition by P_Key; one without members does not exist. */
  partitions: Map<string, Map<string, "full" | "limited">>;
  /** Method, path and body of every request, in order. */
  requests: string[];
  /** Answers in its place until set to undefined. */
  badly: Answers | undefined;
  /** A method that it refuses for good. */
  refuses: string | undefined;
  close: () => void;
};

/** A fabric manager over real TLS that speaks UFM's API for P_Keys and keeps them in memory. */
export async function startUfm(): Promise<Ufm> {
  const author = await CertificateAuthor.open();
  const certificatePem = (await author.issue("ufm", "127.0.0.1")).pem;
  const server = createServer({ key: author.keyPem, cert: certificatePem }, answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const ufm: Ufm = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    certificatePem,
    username: "ingot",
    password: "a password of this test",
    partitions: new Map(),
    requests: [],
    badly: undefined,
    refuses: undefined,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return ufm;

  async function answer(request: IncomingMessage, response: ServerResponse) {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const { method = "", url = "" } = request;
    ufm.requests.push(`${method} ${url} ${body}`.trim());
    if (ufm.badly) return ufm.badly(request, response);
    const credentials = Buffer.from(`${ufm.username}:${ufm.password}`).toString("base64");
    if (request.headers.authorization !== `Basic ${credentials}`) {
      return response.writeHead(401).end("Unauthorized");
    }
    if (method === ufm.refuses) return response.writeHead(400).end("Invalid Input Parameters");
    const [path = "", query = ""] = url.split("?");
    const [pkey, , guids] = path.replace("/ufmRest/resources/pkeys", "").split("/").filter(Boolean);
    if (method === "POST" && path.endsWith("/pkeys/")) {
      const asked = JSON.parse(body);
      const members = ufm.partitions.get(asked.pkey) ?? new Map();
      for (const guid of asked.guids) members.set(guid, asked.membership);
      ufm.partitions.set(asked.pkey, members);
      return response.writeHead(200).end("null");
    }
    if (method === "DELETE" && pkey && guids) {
      const members = ufm.partitions.get(pkey);
      if (!members) return response.writeHead(404).end("no such pkey");
      for (const guid of guids.split(",")) members.delete(guid);
      if (members.size === 0) ufm.partitions.delete(pkey);
      return response.writeHead(200).end();
    }
    if (method !== "GET" || query !== "guids_data=true") return response.writeHead(405).end();
    if (pkey) return response.end(JSON.stringify(told(pkey) ?? {}));
    response.end(
      JSON.stringify(Object.fromEntries([...ufm.partitions.keys()].map((key) => [key, told(key)]))),
    );
  }

  function told(pkey: string) {
    const members = ufm.partitions.get(pkey);
    if (!members) return undefined;
    return {
      partition: `api_pkey_${pkey}`,
      ip_over_ib: true,
      guids: [...members].map(([guid, membership]) => ({ guid, membership, index0: false })),
    };
  }
}
