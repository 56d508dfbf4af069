import { X509Certificate } from "node:crypto";
import { Agent } from "node:https";
import type { Duplex } from "node:stream";
import { connect, type TLSSocket } from "node:tls";
import {
  type AllowList,
  allowedDestination,
  type Destination,
} from "#lib/drivers/redfish/allow-list";
import { type ControllerEndpoint, ControllerError } from "#lib/ports/controller";

type Done = (error: Error | null, socket: Duplex) => void;

/**
 * Connections to one controller that exist only when it presents the pinned certificate.
 *
 * Two locks, and no byte of a request passes before both are open. OpenSSL trusts the pinned
 * certificate and no other; then the fingerprint of what was presented is compared, because a
 * certificate that the same key signed would pass the first lock. The usual shortcut,
 * `rejectUnauthorized: false` with `checkServerIdentity`, has neither: Node skips that callback
 * once the chain has failed, and the credential goes to the impostor.
 *
 * A pinned certificate outside its dates still counts: its dates say nothing about who holds the
 * key, controllers come with certificates long expired or with clocks in 1970, and a fleet must
 * not be lost on the day its certificates end. The first lock cannot tell expiry from distrust
 * (OpenSSL reports one error), so for such a certificate the fingerprint alone decides. It is
 * enough: the handshake has proven that the other side holds that certificate's key.
 */
export class PinnedAgent extends Agent {
  readonly #endpoint: ControllerEndpoint;
  readonly #allowList: AllowList;
  readonly #handshakeTimeoutMs: number;
  #destination: Promise<Destination> | undefined;

  constructor(input: {
    endpoint: ControllerEndpoint;
    allowList: AllowList;
    maxSockets: number;
    handshakeTimeoutMs: number;
  }) {
    // A resumed TLS session would not present its certificate again.
    super({ keepAlive: true, maxSockets: input.maxSockets, maxCachedSessions: 0 });
    this.#endpoint = input.endpoint;
    this.#allowList = input.allowList;
    this.#handshakeTimeoutMs = input.handshakeTimeoutMs;
  }

  override createConnection(_options: object, callback?: Done): undefined {
    const done: Done = callback ?? (() => {});
    this.#connect().then(
      (socket) => done(null, socket),
      // The agent looks at the error first; there is no socket to give it.
      (error: Error) => done(error, undefined as unknown as Duplex),
    );
  }

  async #connect(): Promise<TLSSocket> {
    this.#destination ??= allowedDestination(this.#endpoint.address, this.#allowList);
    try {
      return await handshake(await this.#destination, this.#endpoint, this.#handshakeTimeoutMs);
    } catch (error) {
      // A name may move: the next connection resolves and checks it again.
      this.#destination = undefined;
      throw error;
    }
  }
}

function handshake(
  { ip, port, name }: Destination,
  { certificatePem, fingerprint }: ControllerEndpoint,
  timeoutMs: number,
): Promise<TLSSocket> {
  const pin = fingerprint.toUpperCase();
  const pinned = pinnedCertificate(certificatePem, pin);
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: ip,
      port,
      ...(name !== null && { servername: name }),
      minVersion: "TLSv1.2",
      ca: [certificatePem],
      // A controller's certificate may be issued by an authority that we do not know.
      allowPartialTrustChain: true,
      rejectUnauthorized: isWithinDates(pinned, new Date()),
      checkServerIdentity: (_host, presented) =>
        presented.fingerprint256 === pin ? undefined : changed(presented.fingerprint256),
    });
    const fail = (error: Error) => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(
      () =>
        fail(
          new ControllerError("timeout", "the TLS handshake did not end in time", {
            retryable: true,
          }),
        ),
      timeoutMs,
    );
    socket.once("error", (cause) => {
      if (cause instanceof ControllerError) return fail(cause);
      // One of OpenSSL's names for it, such as DEPTH_ZERO_SELF_SIGNED_CERT.
      if (socket.authorizationError) return fail(changed(null, socket.authorizationError));
      fail(
        new ControllerError("unreachable", `no connection: ${cause.message}`, {
          retryable: true,
          cause,
        }),
      );
    });
    socket.once("secureConnect", () => {
      const presented = socket.getPeerX509Certificate()?.fingerprint256;
      if (presented !== pin) return fail(changed(presented ?? "none"));
      clearTimeout(timer);
      socket.removeAllListeners("error");
      resolve(socket);
    });
  });
}

function pinnedCertificate(pem: string, pin: string): X509Certificate {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch (cause) {
    throw new ControllerError("certificate_changed", "the pinned certificate cannot be read", {
      retryable: false,
      cause,
    });
  }
  if (certificate.fingerprint256 !== pin) {
    throw new ControllerError(
      "certificate_changed",
      "the pinned certificate and the pinned fingerprint are not of the same certificate",
      { retryable: false },
    );
  }
  return certificate;
}

function isWithinDates(certificate: X509Certificate, now: Date): boolean {
  return new Date(certificate.validFrom) <= now && now <= new Date(certificate.validTo);
}

function changed(presented: string | null, cause?: unknown): ControllerError {
  const instead = presented === null ? "" : `, but ${presented}`;
  return new ControllerError(
    "certificate_changed",
    `the controller does not present the certificate that was confirmed${instead}`,
    { retryable: false, cause },
  );
}
