import { readFileSync } from "node:fs";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  type X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import type { ControllerEndpoint } from "#lib/ports/controller";

/** A small Redfish service for tests: it answers from a table and can be told to misbehave. */

export type Resources = Record<string, unknown>;

export type Seen = {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
};

export type Reply = { status: number; headers?: Record<string, string>; body?: unknown };

/** Answers a request, writes an answer itself (`"written"`), or leaves it to the table. */
export type Handle = (
  seen: Seen,
  response: ServerResponse,
) => Reply | "written" | undefined | Promise<Reply | "written" | undefined>;

export type FixtureServer = {
  address: string;
  endpoint: ControllerEndpoint;
  seen: Seen[];
  gets: () => number;
  maxInFlight: () => number;
  /** Bytes of application data that came in over TLS, whole requests or not. */
  applicationBytes: () => number;
  resources: Resources;
  close: () => Promise<void>;
};

export type Identity = { certificatePem: string; keyPem: string };

/** The credential that the service takes. */
export const goodCredential = { username: "operator", password: "correct horse battery" };

export function captured(name: string): Resources {
  const path = resolve(process.cwd(), "../shared/fixtures/redfish", `${name}.json.gz`);
  return JSON.parse(gunzipSync(readFileSync(path)).toString("utf8")) as Resources;
}

export async function startFixtureServer(
  input: {
    resources?: Resources;
    handle?: Handle;
    /** Puts members into their collections when asked to ($expand). */
    expands?: boolean;
    /** How one may sign in. */
    auth?: "session" | "basic" | "none";
    identity?: Identity;
    /** What the client is told to expect, when it is not what is presented. */
    pinned?: Identity;
  } = {},
): Promise<FixtureServer> {
  const identity = input.identity ?? (await selfSigned());
  const resources = structuredClone(input.resources ?? {});
  const auth = input.auth ?? "session";
  const seen: Seen[] = [];
  const tokens = new Set<string>();
  let inFlight = 0;
  let maxInFlight = 0;
  let applicationBytes = 0;

  const basic = `Basic ${Buffer.from(`${goodCredential.username}:${goodCredential.password}`).toString("base64")}`;

  function answer(request: Seen): Reply {
    const path = bare(request.path);
    if (path === "/redfish/v1") return found(path);
    if (auth === "session" && path === "/redfish/v1/SessionService/Sessions") {
      if (request.method === "POST") return openSession(request);
    }
    if (auth === "basic" && path.startsWith("/redfish/v1/SessionService")) return { status: 404 };
    if (auth === "session" && !tokens.has(String(request.headers["x-auth-token"]))) {
      return { status: 401 };
    }
    if (auth === "basic" && request.headers.authorization !== basic) return { status: 401 };
    if (request.method === "DELETE") return { status: 204 };
    if (request.method !== "GET") return { status: 405 };
    return input.expands && request.path.includes("$expand=") ? expanded(path) : found(path);
  }

  function expanded(path: string): Reply {
    const reply = found(path);
    const body = reply.body as { Members?: { "@odata.id": string }[] } | undefined;
    if (!Array.isArray(body?.Members)) return reply;
    const members = body.Members.map((member) => {
      const at = bare(member["@odata.id"]);
      return { ...member, ...((resources[at] ?? resources[`${at}/`]) as object | undefined) };
    });
    return { status: 200, body: { ...body, Members: members } };
  }

  function found(path: string): Reply {
    const body = resources[path] ?? resources[`${path}/`];
    return body === undefined ? { status: 404 } : { status: 200, body };
  }

  function openSession(request: Seen): Reply {
    const sent = JSON.parse(request.body) as { UserName: string; Password: string };
    if (sent.UserName !== goodCredential.username || sent.Password !== goodCredential.password) {
      return { status: 401 };
    }
    const token = `token-of-session-${tokens.size + 1}-secret`;
    tokens.add(token);
    const at = `/redfish/v1/SessionService/Sessions/${tokens.size}`;
    return {
      status: 201,
      headers: { "x-auth-token": token, location: at },
      body: { "@odata.id": at },
    };
  }

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    inFlight++;
    maxInFlight = Math.max(maxInFlight, inFlight);
    response.once("close", () => inFlight--);
    const chunks: Buffer[] = [];
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
    const request: Seen = {
      method: incoming.method ?? "",
      path: incoming.url ?? "",
      headers: incoming.headers,
      body: Buffer.concat(chunks).toString("utf8"),
    };
    seen.push(request);
    const told = await input.handle?.(request, response);
    if (told === "written") return;
    const reply = told ?? answer(request);
    const body =
      reply.body === undefined
        ? ""
        : typeof reply.body === "string"
          ? reply.body
          : JSON.stringify(reply.body);
    response.writeHead(reply.status, { "content-type": "application/json", ...reply.headers });
    response.end(body);
  }

  const server = createServer(
    { cert: identity.certificatePem, key: identity.keyPem },
    (incoming, response) => {
      serve(incoming, response).catch(() => response.destroy());
    },
  );
  server.on("secureConnection", (socket) => {
    socket.on("data", (chunk: Buffer) => {
      applicationBytes += chunk.length;
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    address,
    endpoint: endpointOf(address, input.pinned ?? identity),
    seen,
    gets: () => seen.filter(({ method }) => method === "GET").length,
    maxInFlight: () => maxInFlight,
    applicationBytes: () => applicationBytes,
    resources,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

export function endpointOf(address: string, { certificatePem }: Identity): ControllerEndpoint {
  return { address, certificatePem, fingerprint: fingerprintOf(certificatePem) };
}

function fingerprintOf(pem: string): string {
  const [, base64 = ""] = /-----BEGIN CERTIFICATE-----([\s\S]+?)-----END/.exec(pem) ?? [];
  return process
    .getBuiltinModule("node:crypto")
    .createHash("sha256")
    .update(Buffer.from(base64, "base64"))
    .digest("hex")
    .toUpperCase()
    .replace(/..(?=.)/g, "$&:");
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const dayMs = 24 * 3_600_000;
const now = Date.now();

export type IdentityOptions = {
  keys?: CryptoKeyPair;
  notBefore?: Date;
  notAfter?: Date;
  name?: string;
};

export async function newKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

/** A self-signed certificate that is no authority, as controllers come with. */
export async function selfSigned(options: IdentityOptions = {}): Promise<Identity> {
  const keys = options.keys ?? (await newKeys());
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: `CN=${options.name ?? "controller"}`,
    notBefore: options.notBefore ?? new Date(now - dayMs),
    notAfter: options.notAfter ?? new Date(now + dayMs),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    ],
  });
  return { certificatePem: certificate.toString("pem"), keyPem: await pemOf(keys) };
}

/** A certificate issued by an authority that the client is not told about. */
export async function issuedByUnknownAuthority(): Promise<Identity> {
  const authority = await newKeys();
  const keys = await newKeys();
  const certificate: X509Certificate = await X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: "CN=controller",
    issuer: "CN=private authority",
    notBefore: new Date(now - dayMs),
    notAfter: new Date(now + dayMs),
    publicKey: keys.publicKey,
    signingKey: authority.privateKey,
    signingAlgorithm: algorithm,
    extensions: [new BasicConstraintsExtension(false, undefined, true)],
  });
  return { certificatePem: certificate.toString("pem"), keyPem: await pemOf(keys) };
}

async function pemOf(keys: CryptoKeyPair): Promise<string> {
  return PemConverter.encode(
    await crypto.subtle.exportKey("pkcs8", keys.privateKey),
    "PRIVATE KEY",
  );
}

function serial(): string {
  return `1${Buffer.from(crypto.getRandomValues(new Uint8Array(7))).toString("hex")}`;
}

function bare(path: string): string {
  const [beforeQuery = ""] = path.split("?");
  return beforeQuery.replace(/\/$/, "");
}
