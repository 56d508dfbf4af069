import { once } from "node:events";
import { createServer, type OutgoingHttpHeaders, request } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { callerAddress, tellCallers } from "#lib/launch/callers";

const peer = "192.0.2.1";

test.for<[proxies: number, forwarded: string | undefined, address: string]>([
  [0, undefined, peer],
  [0, "6.6.6.6", peer],
  [1, "203.0.113.9", "203.0.113.9"],
  [1, "6.6.6.6, 203.0.113.9", "203.0.113.9"],
  [1, "6.6.6.6,2001:db8::9", "2001:db8::9"],
  [2, "6.6.6.6, 203.0.113.9, 198.51.100.2", "203.0.113.9"],
  // Asked past the first of two proxies, or past both.
  [2, "198.51.100.2", "198.51.100.2"],
  [2, undefined, peer],
  [1, "", peer],
  [1, "203.0.113.9, unknown", peer],
  [1, "x".repeat(10_000), peer],
])("behind %s proxies, %s comes from %s", ([proxies, forwarded, address]) => {
  expect(callerAddress(forwarded, peer, proxies)).toBe(address);
});

test("an address of IPv4 is written as one where IPv6 is listened on as well", () => {
  expect(callerAddress(undefined, "::ffff:192.0.2.1", 0)).toBe("192.0.2.1");
  expect(callerAddress(undefined, "::1", 0)).toBe("::1");
});

/** What a server sees of a request with these headers; a list is sent as several lines. */
async function seen(proxies: number, own: string, headers: OutgoingHttpHeaders) {
  const end = tellCallers(proxies, own);
  const server = createServer((asked, answer) => {
    answer.end(JSON.stringify([asked.headers["x-forwarded-for"], asked.headers["x-ingot-own"]]));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const asking = request({ host: "127.0.0.1", port, headers }).end();
  const [answer] = await once(asking, "response");
  const [address, mark]: [string, string] = JSON.parse(String((await answer.toArray()).join("")));
  server.close();
  end();
  return { address, mark };
}

test("a server sees one address, whatever its caller writes", async () => {
  const forged = { "x-forwarded-for": ["6.6.6.6", "7.7.7.7"] };
  expect((await seen(0, "secret", forged)).address).toBe("127.0.0.1");
  expect((await seen(1, "secret", forged)).address).toBe("7.7.7.7");
});

test("what the portal asks of itself comes from whom it asks for, and nobody else says so", async () => {
  const { mark } = await seen(0, "secret", {});
  const passedOn = { "x-forwarded-for": "203.0.113.9", "x-ingot-own": mark };
  expect((await seen(0, "secret", passedOn)).address).toBe("203.0.113.9");
  for (const guess of ["", "Secret", "secret2"]) {
    const forged = { ...passedOn, "x-ingot-own": guess };
    expect((await seen(0, "secret", forged)).address).toBe("127.0.0.1");
  }
});
