import type { IncomingMessage, ServerResponse } from "node:http";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
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

test("nothing is sent to one that shows another certificate", async () => {
  const other = await controller.otherCertificate();
  await expect(reading(driver({ pem: other }))).rejects.toMatchObject({
    failure: "misconfigured",
    retryable: false,
  });
  expect(controller.requests).toEqual([]);
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
