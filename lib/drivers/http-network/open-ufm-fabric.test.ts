import type { IncomingMessage, ServerResponse } from "node:http";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { ufmFabric } from "#lib/drivers/http-network/open-ufm-fabric";
import { startUfm, type Ufm } from "#lib/drivers/http-network/ufm.test-support";
import type { FabricDriver } from "#lib/ports/fabric";

// A fabric manager of the test's own, over real TLS, that behaves badly when told to. What it
// promises and refuses as any controller of a site is tested with the network driver.

let ufm: Ufm;
beforeAll(async () => {
  ufm = await startUfm();
});
afterAll(() => ufm?.close());
beforeEach(() => {
  ufm.badly = undefined;
  ufm.partitions.clear();
  ufm.requests.length = 0;
});

async function using<T>(work: (open: FabricDriver) => Promise<T>, password = ufm.password) {
  const open = ufmFabric({
    settings: ufm,
    password,
    allowedNetworks: ["127.0.0.0/8"],
    limits: { deadlineMs: 500, maxAnswerBytes: 100_000 },
  });
  try {
    return await work(open);
  } finally {
    open.close();
  }
}

const guid = (n: number) => n.toString(16).padStart(16, "0");

test("ports join a partition, are read back and leave it, and others stay", async () => {
  await using(async (open) => {
    expect(await open.read(0x12)).toEqual([]);
    await open.join(0x12, [guid(1), guid(2)]);
    await open.join(0x12, [guid(2), guid(3)]);
    expect(await open.read(0x12)).toEqual([1, 2, 3].map((n) => ({ guid: guid(n), isFull: true })));
    await open.leave(0x12, [guid(1), guid(2)]);
    await open.leave(0x12, [guid(1)]);
    expect([...(await open.readAll())]).toEqual([[0x12, [{ guid: guid(3), isFull: true }]]]);
    await open.leave(0x12, [guid(3)]);
    // Of a partition that is gone nobody has to leave.
    await open.leave(0x12, [guid(3)]);
    expect(await open.readAll()).toEqual(new Map());
  });
  expect(ufm.requests[1]).toBe(
    `POST /ufmRest/resources/pkeys/ {"pkey":"0x12","guids":["${guid(1)}","${guid(2)}"],"membership":"full","index0":false,"ip_over_ib":true}`,
  );
});

test("many ports leave in addresses that are not too long", async () => {
  const guids = Array.from({ length: 150 }, (_, n) => guid(n + 1));
  await using(async (open) => {
    await open.join(1, guids);
    await open.leave(1, guids);
    expect(await open.read(1)).toEqual([]);
  });
  const lengths = ufm.requests.map((request) => request.split(" ")[1]?.length ?? 0);
  expect(Math.max(...lengths)).toBeLessThan(1_200);
});

test("what it tells in other spellings is understood", async () => {
  ufm.badly = (_, response) =>
    response.end(
      '{"0x7fff":{"partition":"management"},"0x8012":{"guids":[{"guid":"0xAB","membership":"limited"}]}}',
    );
  expect([...(await using((open) => open.readAll()))]).toEqual([
    [0x7fff, []],
    [0x12, [{ guid: "00000000000000ab", isFull: false }]],
  ]);
});

const bad: [string, (request: IncomingMessage, response: ServerResponse) => void, object][] = [
  ["no JSON", (_, r) => r.end("<html>sign in</html>"), { failure: "malformed", retryable: false }],
  ["a list", (_, r) => r.end("[]"), { failure: "malformed" }],
  ["members that are none", (_, r) => r.end('{"guids":[1]}'), { failure: "malformed" }],
  ["busy", (_, r) => r.writeHead(503).end("later"), { failure: "rejected", retryable: true }],
  ["silence", () => {}, { failure: "timeout", retryable: true }],
];
test.for(bad)("a bad answer, %s, is told as what it is", async ([, answers, error]) => {
  ufm.badly = answers;
  await expect(using((open) => open.read(1))).rejects.toMatchObject({
    name: "NetworkError",
    ...error,
  });
});

test("a wrong password is refused in its words, and not tried again", async () => {
  await expect(using((open) => open.join(1, [guid(1)]), "guess")).rejects.toMatchObject({
    failure: "rejected",
    retryable: false,
    message: "401 to POST /ufmRest/resources/pkeys/: Unauthorized",
  });
});
