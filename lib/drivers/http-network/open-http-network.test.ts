import type { IncomingMessage, ServerResponse } from "node:http";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { holder } from "#e2e/fixtures/certificate-holder";
import { httpNetwork } from "#lib/drivers/http-network/open-http-network";
import {
  type SiteController,
  startSiteController,
} from "#lib/drivers/http-network/site-controller.test-support";
import type { NetworkDriver } from "#lib/ports/network";

// A site's controller of the test's own, over real TLS, that behaves badly when told to.

let controller: SiteController;
beforeAll(async () => {
  controller = await startSiteController();
});
afterAll(() => controller?.close());
beforeEach(() => {
  controller.badly = undefined;
  controller.ports.clear();
  controller.requests.length = 0;
});

function driver(
  more: { secret?: string; address?: string; pem?: string; networks?: string[] } = {},
) {
  return httpNetwork({
    settings: {
      kind: "http",
      address: more.address ?? controller.address,
      certificatePem: more.pem ?? controller.certificatePem,
    },
    secret: more.secret ?? controller.secret,
    allowedNetworks: more.networks ?? ["127.0.0.0/8"],
    limits: { deadlineMs: 500, maxAnswerBytes: 1_000 },
  });
}

async function using<T>(open: NetworkDriver, work: (open: NetworkDriver) => Promise<T>) {
  try {
    return await work(open);
  } finally {
    open.close();
  }
}
const reading = (open = driver()) => using(open, (it) => it.read("eth1"));

test("a port is attached, read back and detached, over signed requests", async () => {
  await using(driver(), async (open) => {
    await open.attach("rack 1/eth1", 100);
    await open.attach("rack 1/eth1", 100);
    expect(await open.read("rack 1/eth1")).toEqual({ vlans: [100], untagged: 100 });
    await open.detach("rack 1/eth1");
    expect(await open.read("rack 1/eth1")).toEqual({ vlans: [], untagged: null });
  });
  expect(controller.requests[0]).toBe('PUT /ports/rack%201%2Feth1 {"vlan":100}');
});

test("another secret is refused, and its words are told", async () => {
  await expect(reading(driver({ secret: "guess" }))).rejects.toMatchObject({
    failure: "rejected",
    retryable: false,
    message: "401 to GET /ports/eth1: who are you?",
  });
});

const neither = (code: string) =>
  `it shows neither the certificate that was entered nor one that this signed (${code})`;

test("nothing is sent to one that shows another certificate", async () => {
  const other = await controller.otherCertificate();
  await expect(reading(driver({ pem: other }))).rejects.toMatchObject({
    ...{ failure: "misconfigured", retryable: false },
    message: neither("DEPTH_ZERO_SELF_SIGNED_CERT"),
  });
  expect(controller.requests).toEqual([]);
});

test("what an authority signed is trusted where that was entered, for its host and while it is valid", async () => {
  const [ours, theirs] = [await holder("authority"), await holder("another authority")];
  const here = { by: ours, host: "127.0.0.1" };
  const elsewhere = await holder("elsewhere", { by: ours, host: "switch.example" });
  const expired = await holder("expired", { ...here, until: new Date(Date.now() - 3_600_000) });
  const forged = await holder("forged", { ...here, by: elsewhere });
  const chain = { keyPem: forged.keyPem, pem: `${forged.pem}\n${elsewhere.pem}` };
  for (const [shown, entered, words] of [
    [await holder("switch", here), ours, null],
    [elsewhere, elsewhere, null],
    [await holder("switch", here), theirs, neither("UNABLE_TO_GET_ISSUER_CERT_LOCALLY")],
    [chain, ours, neither("INVALID_PURPOSE")],
    [
      ...([elsewhere, ours] as const),
      "its certificate is for switch.example and not for 127.0.0.1 (ERR_TLS_CERT_ALTNAME_INVALID)",
    ],
    [expired, ours, "its certificate, or its authority's, has expired (CERT_HAS_EXPIRED)"],
  ] as const) {
    const one = await startSiteController(shown);
    const { address, secret } = one;
    const outcome = await reading(driver({ address, secret, pem: entered.pem })).catch((e) => e);
    one.close();
    const isTrusted = words === null;
    expect(outcome).toMatchObject(
      isTrusted
        ? { vlans: [], untagged: null }
        : { failure: "misconfigured", retryable: false, message: words },
    );
    expect(one.requests).toEqual(isTrusted ? ["GET /ports/eth1"] : []);
  }
});

test("nothing is sent outside the networks that controllers are in", async () => {
  await expect(reading(driver({ networks: ["10.0.0.0/8"] }))).rejects.toMatchObject({
    failure: "misconfigured",
  });
  await expect(reading(driver({ address: "169.254.169.254:443" }))).rejects.toMatchObject({
    failure: "misconfigured",
  });
  expect(controller.requests).toEqual([]);
});

test("nobody at the address is worth another try", async () => {
  await expect(reading(driver({ address: "127.0.0.1:1" }))).rejects.toMatchObject({
    failure: "unreachable",
    retryable: true,
  });
});

const bad: [string, (request: IncomingMessage, response: ServerResponse) => void, object][] = [
  ["no JSON", (_, r) => r.end("<html>"), { failure: "malformed", retryable: false }],
  ["no object", (_, r) => r.end("null"), { failure: "malformed" }],
  ["no list", (_, r) => r.end('{"vlans":"100"}'), { failure: "malformed" }],
  ["ids that are none", (_, r) => r.end('{"vlans":[0,4095,"7"]}'), { failure: "malformed" }],
  ["a text as untagged", (_, r) => r.end('{"vlans":[],"untagged":"1"}'), { failure: "malformed" }],
  ["busy", (_, r) => r.writeHead(503).end("later"), { failure: "rejected", retryable: true }],
  [
    "a redirect",
    (_, r) => r.writeHead(302, { location: "https://elsewhere/" }).end(),
    { failure: "rejected", retryable: false },
  ],
  ["too long", (_, r) => r.end(" ".repeat(2_000)), { failure: "malformed", retryable: false }],
  ["silence", () => {}, { failure: "timeout", retryable: true }],
  [
    "one byte at a time",
    (_, r) => {
      const drip = setInterval(() => r.write(" "), 50);
      r.once("close", () => clearInterval(drip));
    },
    { failure: "timeout", retryable: true },
  ],
  ["a cut", (request) => request.socket.destroy(), { failure: "unreachable", retryable: true }],
];
test.for(bad)("a bad answer, %s, is told as what it is", async ([, answers, error]) => {
  controller.badly = answers;
  await expect(reading()).rejects.toMatchObject({ name: "NetworkError", ...error });
});
