import { createPrivateKey, X509Certificate } from "node:crypto";
import {
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { digest } from "./random.ts";

/** A self-signed certificate as controllers come with. */
export type ControllerCertificate = {
  pem: string;
  /** SHA-256 of the DER form, `AA:BB:…`, as `tls.PeerCertificate.fingerprint256`. */
  fingerprint: string;
};

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const yearMs = 365 * 24 * 3_600_000;

/**
 * Makes the controllers' certificates. All share one key: a thousand key pairs would make the start
 * of a large rack slow, and no client can tell, since it sees one certificate at a time.
 */
export class CertificateAuthor {
  readonly keyPem: string;
  readonly #keys: CryptoKeyPair;

  private constructor(keyPem: string, keys: CryptoKeyPair) {
    this.keyPem = keyPem;
    this.#keys = keys;
  }

  /** With the given private key (PKCS #8 PEM), or a new one. */
  static async open(keyPem?: string): Promise<CertificateAuthor> {
    if (keyPem === undefined) {
      const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
      const pkcs8 = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
      return new CertificateAuthor(PemConverter.encode(pkcs8, "PRIVATE KEY"), keys);
    }
    const privateJwk = createPrivateKey(keyPem).export({ format: "jwk" }) as JsonWebKey;
    const { d: _, ...publicJwk } = privateJwk;
    const importKey = (jwk: JsonWebKey, usage: KeyUsage) =>
      crypto.subtle.importKey("jwk", jwk, algorithm, true, [usage]);
    const [privateKey, publicKey] = await Promise.all([
      importKey(privateJwk, "sign"),
      importKey(publicJwk, "verify"),
    ]);
    return new CertificateAuthor(keyPem, { privateKey, publicKey });
  }

  /** A new certificate for a controller's name and address; each call makes another one. */
  async issue(name: string, address: string): Promise<ControllerCertificate> {
    const now = Date.now();
    const certificate = await X509CertificateGenerator.createSelfSigned({
      // A positive serial number: the top bit of its first byte stays clear.
      serialNumber: `1${digest(name, address, now).toString("hex", 0, 8).slice(1)}`,
      name: `CN=${name}`,
      notBefore: new Date(now - 24 * 3_600_000),
      notAfter: new Date(now + 10 * yearMs),
      keys: this.#keys,
      signingAlgorithm: algorithm,
      extensions: [new SubjectAlternativeNameExtension([{ type: "ip", value: address }])],
    });
    return readCertificate(certificate.toString("pem"));
  }
}

/** A stored certificate with its fingerprint. Throws when the text is no certificate. */
export function readCertificate(pem: string): ControllerCertificate {
  return { pem, fingerprint: new X509Certificate(pem).fingerprint256 };
}
