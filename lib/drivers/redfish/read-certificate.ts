import { connect } from "node:tls";
import { type AllowList, allowedDestination } from "#lib/drivers/redfish/allow-list";
import { defaultLimits } from "#lib/drivers/redfish/limits";
import {
  ControllerError,
  type PresentedCertificate,
  type ReadCertificate,
} from "#lib/ports/controller";

/**
 * Makes the reader of certificates for an operator to confirm. It shakes hands and hangs up: no
 * application byte is sent, so nothing is lost when the other side is an impostor.
 */
export function certificateReader(
  allowList: AllowList,
  timeoutMs: number = defaultLimits.requestTimeoutMs,
): ReadCertificate {
  return async (address) => {
    const { ip, port, name } = await allowedDestination(address, allowList);
    return new Promise<PresentedCertificate>((resolve, reject) => {
      const socket = connect({
        host: ip,
        port,
        ...(name !== null && { servername: name }),
        minVersion: "TLSv1.2",
        // Nothing is trusted yet, and nothing is sent: a person decides by the fingerprint.
        rejectUnauthorized: false,
      });
      const timer = setTimeout(
        () => socket.destroy(failure("timeout", "the TLS handshake did not end in time")),
        timeoutMs,
      );
      socket.once("error", (cause) => {
        clearTimeout(timer);
        reject(
          cause instanceof ControllerError
            ? cause
            : failure("unreachable", `no TLS connection: ${cause.message}`, cause),
        );
      });
      socket.once("secureConnect", () => {
        clearTimeout(timer);
        const certificate = socket.getPeerX509Certificate();
        socket.destroy();
        if (!certificate) return reject(failure("malformed", "no certificate was presented"));
        resolve({
          fingerprint: certificate.fingerprint256,
          certificatePem: certificate.toString(),
          subject: certificate.subject ?? "",
          validFrom: new Date(certificate.validFrom),
          validTo: new Date(certificate.validTo),
        });
      });
    });
  };
}

function failure(
  kind: "timeout" | "unreachable" | "malformed",
  message: string,
  cause?: unknown,
): ControllerError {
  return new ControllerError(kind, message, { retryable: kind !== "malformed", cause });
}
