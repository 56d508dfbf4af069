import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { type Holder, holder } from "#e2e/fixtures/certificate-holder";
import { providerCaller } from "#lib/drivers/http-provider/call-provider";

// Which certificates a provider may show over real TLS, by what was registered: its own, its authority's
// or none.

const ours = await holder("authority");
const theirs = await holder("another authority");
const namesake = await holder("authority");
const provider = await holder("provider", { by: ours, host: "127.0.0.1" });
const named = await holder("named", { by: ours, host: "localhost" });
const elsewhere = await holder("elsewhere", { by: ours, host: "provider.example" });
const expired = await holder("expired", {
  ...{ by: ours, host: "127.0.0.1", until: new Date(Date.now() - 3_600_000) },
});
const forged = await holder("forged", { by: elsewhere, host: "127.0.0.1" });

/**
 * Asks a server that shows these, its own first; gives what came of it, and how many requests came.
 * `machineTrusts`: it is asked from a process of a machine that trusts this authority besides.
 */
async function ask(input: {
  shows: readonly Holder[];
  at?: string;
  registered: Holder | null;
  machineTrusts?: Holder;
}) {
  const { shows, at = "127.0.0.1", registered, machineTrusts } = input;
  let heard = 0;
  const shown = { key: shows[0]?.keyPem, cert: shows.map(({ pem }) => pem).join("\n") };
  const server = createServer(shown, (_, response) => {
    heard++;
    response.end("hello");
  });
  server.listen(0, at);
  await once(server, "listening");
  const address = `${at}:${(server.address() as AddressInfo).port}`;
  const networks = { allowedNetworks: ["127.0.0.0/8", "::1/128"] };
  const endpoint = { address, path: "/", certificatePem: registered?.pem ?? null };
  const question = { secret: "s3cret", key: "key", body: "{}", deadlineMs: 20_000 };
  const outcome = await (machineTrusts
    ? askWhere(machineTrusts, { networks, endpoint, question })
    : providerCaller(networks)(endpoint, question)
  ).catch((error: unknown) => error);
  server.closeAllConnections();
  server.close();
  return { outcome, heard };
}

/** Node reads what its machine trusts as it starts: a process of its own asks. */
async function askWhere(machineTrusts: Holder, asked: object): Promise<unknown> {
  const folder = mkdtempSync(path.join(tmpdir(), "ingot-trusted-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const NODE_EXTRA_CA_CERTS = path.join(folder, "authority.pem");
  writeFileSync(NODE_EXTRA_CA_CERTS, machineTrusts.pem);
  const program = `
    import { providerCaller } from ${JSON.stringify(new URL("call-provider.ts", import.meta.url).href)};
    const { networks, endpoint, question } = ${JSON.stringify(asked)};
    const told = await providerCaller(networks)(endpoint, question)
      .catch(({ name, message, certificate, retryable }) => ({ name, message, certificate, retryable }));
    console.log(JSON.stringify(told));`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "-e", program],
    { env: { ...process.env, NODE_EXTRA_CA_CERTS } },
  );
  return JSON.parse(stdout);
}

test.for([
  ["its authority is registered", { shows: [provider], registered: ours }],
  ["its authority is, and it has a name", { shows: [named], at: "localhost", registered: ours }],
  ["its own is registered", { shows: [provider], registered: provider }],
  ["its own is, made for another host", { shows: [elsewhere], registered: elsewhere }],
  [
    "none is registered and this machine trusts its authority",
    { shows: [provider], registered: null, machineTrusts: ours },
  ],
] as const)("a provider is asked where %s", async ([_, input]) => {
  expect(await ask(input)).toEqual({ outcome: { status: 200, text: "hello" }, heard: 1 });
});

const unknown = (code: string) => ({
  certificate: "unknown",
  message: `it does not show a certificate that is trusted (${code})`,
});
const otherHost = (whose: string, host: string) => ({
  certificate: "other_host",
  message: `its certificate is for ${whose} and not for ${host} (ERR_TLS_CERT_ALTNAME_INVALID)`,
});
const outOfDate = {
  certificate: "out_of_date",
  message: "its certificate, or its authority's, has expired (CERT_HAS_EXPIRED)",
};
test.for([
  [
    "another authority is registered",
    { shows: [provider], registered: theirs },
    unknown("UNABLE_TO_GET_ISSUER_CERT_LOCALLY"),
  ],
  [
    "another of its authority's name is registered",
    { shows: [provider], registered: namesake },
    unknown("CERT_SIGNATURE_FAILURE"),
  ],
  [
    "none is registered and this machine does not trust its authority",
    { shows: [provider], registered: null },
    unknown("UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
  ],
  [
    "another is registered, though this machine trusts its authority",
    { shows: [provider], registered: theirs, machineTrusts: ours },
    unknown("UNABLE_TO_GET_ISSUER_CERT_LOCALLY"),
  ],
  [
    "this machine trusts its authority, which signed for another host",
    { shows: [elsewhere], registered: null, machineTrusts: ours },
    otherHost("provider.example", "127.0.0.1"),
  ],
  [
    "its authority signed for another host",
    { shows: [elsewhere], registered: ours },
    otherHost("provider.example", "127.0.0.1"),
  ],
  [
    "its authority signed for its address and not for its name",
    { shows: [provider], at: "localhost", registered: ours },
    otherHost("127.0.0.1", "localhost"),
  ],
  [
    "one signed whom its authority did not make an authority",
    { shows: [forged, elsewhere], registered: ours },
    unknown("INVALID_PURPOSE"),
  ],
  ["what its authority signed has expired", { shows: [expired], registered: ours }, outOfDate],
  ["its own is registered and has expired", { shows: [expired], registered: expired }, outOfDate],
] as const)("a provider is sent nothing where %s", async ([_, input, error]) => {
  const outcome = { name: "ProviderError", ...error, retryable: false };
  expect(await ask(input)).toMatchObject({ outcome, heard: 0 });
});
