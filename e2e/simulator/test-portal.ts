import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { makeEfiProgram } from "./efi-program.ts";

export type PortalRequest = {
  method: string;
  path: string;
  peer: string;
  contentType: string | undefined;
  body: string;
  /** The peer went away before it had an answer. */
  wasCutOff: boolean;
};

/** `hang` keeps the peer waiting for as long as it likes. */
export type PortalAnswer = { status?: number; body?: string | Buffer } | "hang";

export type TestPortal = {
  origin: string;
  requests: PortalRequest[];
  /** Answers by path; a missing one is 404. */
  answers: Map<string, (request: PortalRequest) => PortalAnswer>;
  close(): Promise<void>;
};

/** An HTTP server in a portal's place: it writes down what it is asked and answers from a map. */
export async function startTestPortal(): Promise<TestPortal> {
  const requests: PortalRequest[] = [];
  const answers: TestPortal["answers"] = new Map();
  const server = createServer(async (incoming, response) => {
    const request: PortalRequest = {
      method: incoming.method ?? "",
      path: incoming.url ?? "",
      peer: incoming.socket.remoteAddress ?? "",
      contentType: incoming.headers["content-type"],
      body: await textOf(incoming),
      wasCutOff: false,
    };
    requests.push(request);
    response.on("close", () => {
      request.wasCutOff = !response.writableEnded;
    });
    const answer = answers.get(request.path)?.(request) ?? { status: 404 };
    if (answer === "hang") return;
    const { status = 200, body = "" } = answer;
    const range = /^bytes=(\d+)-(\d+)$/.exec(incoming.headers.range ?? "");
    if (range && status === 200) {
      const part = Buffer.from(body).subarray(Number(range[1]), Number(range[2]) + 1);
      response.writeHead(206, { "content-length": part.length }).end(part);
      return;
    }
    response.writeHead(status, { "content-length": Buffer.byteLength(body) }).end(body);
  });
  await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: 0 }, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    answers,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * Makes the portal await a boot under a token, with the given kernel arguments; returns the address
 * of the EFI program, beside which `boot.ipxe` is the script for the same.
 */
export function offerBoot(portal: TestPortal, token: string, args: string): string {
  const base = `${portal.origin}/b/${token}`;
  const [kernel, initrd] = [Buffer.alloc(300_000, 1), Buffer.alloc(500_000, 2)];
  const program = makeEfiProgram([
    { name: ".cmdline", content: Buffer.from(args) },
    { name: ".linux", content: kernel },
    { name: ".initrd", content: initrd },
  ]);
  portal.answers.set(`/b/${token}/boot.efi`, () => ({ body: program }));
  const script = `#!ipxe\nkernel ${base}/kernel initrd=initrd ${args}\ninitrd --name initrd ${base}/initrd\nboot\n`;
  portal.answers.set(`/b/${token}/boot.ipxe`, () => ({ body: script }));
  portal.answers.set(`/b/${token}/kernel`, () => ({ body: kernel }));
  portal.answers.set(`/b/${token}/initrd`, () => ({ body: initrd }));
  return `${base}/boot.efi`;
}

/** Makes the portal await a deployment; returns the URL to boot from. */
export function offerDeploy(portal: TestPortal, token: string): string {
  const userData = {
    users: [{ name: "ubuntu" }],
    phone_home: {
      url: `${portal.origin}/h/${token}`,
      post: ["instance_id", "hostname", "fqdn", "pub_key_ed25519"],
      tries: 3,
    },
    reporting: { ingot: { type: "webhook", endpoint: `${portal.origin}/e/${token}` } },
  };
  portal.answers.set(`/n/${token}/meta-data`, () => ({
    body: JSON.stringify({ "instance-id": `iid-${token}`, "local-hostname": `host-${token}` }),
  }));
  portal.answers.set(`/n/${token}/vendor-data`, () => ({ body: "" }));
  portal.answers.set(`/n/${token}/user-data`, () => ({
    body: `#cloud-config\n${JSON.stringify(userData)}`,
  }));
  portal.answers.set(`/e/${token}`, () => ({}));
  portal.answers.set(`/h/${token}`, () => ({}));
  return offerBoot(portal, token, `ds=nocloud-net;s=${portal.origin}/n/${token}/ console=ttyS0`);
}

/** Makes the portal await a wipe; returns the URL to boot from. */
export function offerSanitize(portal: TestPortal, token: string): string {
  portal.answers.set(`/w/${token}/progress`, () => ({}));
  portal.answers.set(`/w/${token}/report`, () => ({}));
  return offerBoot(portal, token, `ingot.wipe=${portal.origin}/w/${token}`);
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of incoming) text += chunk;
  return text;
}
