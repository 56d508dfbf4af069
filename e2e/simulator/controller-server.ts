import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { ControllerCertificate } from "./certificate.ts";
import { Listener } from "./listener.ts";

/**
 * HTTPS at a controller's own address. The TLS side is made at the first connection, so that a
 * rack of a thousand controllers starts quickly and pays for those that are talked to.
 */
export class ControllerServer {
  readonly #listener: Listener;
  readonly #keyPem: string;
  readonly #handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  #certificate: ControllerCertificate;
  #https: Server | null = null;

  constructor(input: {
    host: string;
    port: number;
    keyPem: string;
    certificate: ControllerCertificate;
    handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  }) {
    this.#keyPem = input.keyPem;
    this.#certificate = input.certificate;
    this.#handle = input.handle;
    this.#listener = new Listener({
      host: input.host,
      port: input.port,
      onSocket: (socket) => this.#tls().emit("connection", socket),
    });
  }

  /** Opens or closes the port, and presents a certificate; another one cuts the connections. */
  async set(state: { open: boolean; certificate: ControllerCertificate }): Promise<void> {
    if (state.certificate.fingerprint !== this.#certificate.fingerprint) {
      this.#certificate = state.certificate;
      this.#https?.setSecureContext({ key: this.#keyPem, cert: state.certificate.pem });
      await this.#listener.set(false);
    }
    await this.#listener.set(state.open);
  }

  async close(): Promise<void> {
    await this.#listener.set(false);
  }

  #tls(): Server {
    this.#https ??= createServer(
      { key: this.#keyPem, cert: this.#certificate.pem },
      (request, response) => this.#handle(request, response),
    );
    return this.#https;
  }
}
