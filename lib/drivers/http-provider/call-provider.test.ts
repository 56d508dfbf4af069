import { once } from "node:events";
import { createServer } from "node:https";
import { type AddressInfo, isIP } from "node:net";
import {
  BasicConstraintsExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { expect, test } from "vitest";
import { providerCaller } from "#lib/drivers/http-provider/call-provider";

// Which certificates a provider may show over real TLS, by what was registered: its own, its authority's
// or none.

type Holder = { name: string; pem: string; keys: CryptoKeyPair; keyPem: string };

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** One who holds a certificate for a host, signed by another holder; or else an authority. */
async function holder(name: string, issued?: { by: Holder; host: string }): Promise<Holder> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const signer = issued?.by ?? { name, keys };
  const hosts = issued ? [issued.host] : [];
  const certificate = await X509CertificateGenerator.create({
    subject: `CN=${name}`,
    issuer: `CN=${signer.name}`,
    publicKey: keys.publicKey,
    signingKey: signer.keys.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(issued === undefined, undefined, true),
      ...hosts.map(
        (value) =>
          new SubjectAlternativeNameExtension([{ type: isIP(value) ? "ip" : "dns", value }]),
      ),
    ],
  });
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  const keyPem = PemConverter.encode(pkcs8, "PRIVATE KEY");
  return { name, pem: certificate.toString("pem"), keys, keyPem };
}

const ours = await holder("authority");
const theirs = await holder("another authority");
const namesake = await holder("authority");
const provider = await holder("provider", { by: ours, host: "127.0.0.1" });
const named = await holder("named", { by: ours, host: "localhost" });
const elsewhere = await holder("elsewhere", { by: ours, host: "provider.example" });
const forged = await holder("forged", { by: elsewhere, host: "127.0.0.1" });

/** Asks a server that shows these, its own first; gives what came of it, and how many requests came. */
async function ask(input: { shows: readonly Holder[]; at?: string; registered: Holder | null }) {
  const { shows, at = "127.0.0.1", registered } = input;
  let heard = 0;
  const shown = { key: shows[0]?.keyPem, cert: shows.map(({ pem }) => pem).join("\n") };
  const server = createServer(shown, (_, response) => {
    heard++;
    response.end("hello");
  });
  server.listen(0, at);
  await once(server, "listening");
  const address = `${at}:${(server.address() as AddressInfo).port}`;
  const call = providerCaller({ allowedNetworks: ["127.0.0.0/8", "::1/128"] });
  const endpoint = { address, path: "/", certificatePem: registered?.pem ?? null };
  const question = { secret: "s3cret", key: "key", body: "{}", deadlineMs: 20_000 };
  const outcome = await call(endpoint, question).catch((error: unknown) => error);
  server.closeAllConnections();
  server.close();
  return { outcome, heard };
}

test.for([
  ["its authority is registered", { shows: [provider], registered: ours }],
  ["its authority is, and it has a name", { shows: [named], at: "localhost", registered: ours }],
  ["its own is registered", { shows: [provider], registered: provider }],
  ["its own is, made for another host", { shows: [elsewhere], registered: elsewhere }],
] as const)("a provider is asked where %s", async ([_, input]) => {
  expect(await ask(input)).toEqual({ outcome: { status: 200, text: "hello" }, heard: 1 });
});

test.for([
  [
    "another authority is registered",
    { shows: [provider], registered: theirs },
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  ],
  [
    "another of its authority's name is registered",
    { shows: [provider], registered: namesake },
    "CERT_SIGNATURE_FAILURE",
  ],
  [
    "none is registered and this machine does not trust its authority",
    { shows: [provider], registered: null },
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  ],
  [
    "its authority signed for another host",
    { shows: [elsewhere], registered: ours },
    "ERR_TLS_CERT_ALTNAME_INVALID",
  ],
  [
    "its authority signed for its address and not for its name",
    { shows: [provider], at: "localhost", registered: ours },
    "ERR_TLS_CERT_ALTNAME_INVALID",
  ],
  [
    "one signed whom its authority did not make an authority",
    { shows: [forged, elsewhere], registered: ours },
    "INVALID_PURPOSE",
  ],
] as const)("a provider is sent nothing where %s", async ([_, input, code]) => {
  expect(await ask(input)).toMatchObject({
    outcome: {
      message: `it does not show a certificate that is trusted (${code})`,
      isIdentity: true,
      retryable: false,
    },
    heard: 0,
  });
});
