import { setTimeout as wait } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import {
  type FixtureServer,
  type Handle,
  startFixtureServer,
} from "#lib/drivers/redfish/fixture-server.test-support";
import { defaultLimits, type Limits } from "#lib/drivers/redfish/limits";
import { createTransport, type Transport } from "#lib/drivers/redfish/transport";
import type { Exchange } from "#lib/ports/controller";

const open: { close: () => unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function start(
  handle: Handle,
  limits: Partial<Limits> = {},
): Promise<{ server: FixtureServer; transport: Transport; exchanges: Exchange[] }> {
  const server = await startFixtureServer({ handle, auth: "none" });
  const exchanges: Exchange[] = [];
  const transport = createTransport({
    endpoint: server.endpoint,
    allowList: { allowedNetworks: ["127.0.0.0/8"] },
    limits: { ...defaultLimits, ...limits },
    record: (exchange) => exchanges.push(exchange),
  });
  open.push(server, transport);
  return { server, transport, exchanges };
}

const get = { method: "GET", path: "/redfish/v1/Systems" } as const;

describe("an answer", () => {
  test("that drips a byte at a time ends at the deadline", async () => {
    const { transport } = await start(
      (_, response) => {
        response.writeHead(200);
        const dripping = setInterval(() => response.write(" "), 10);
        response.once("close", () => clearInterval(dripping));
        return "written";
      },
      { requestTimeoutMs: 200 },
    );
    const startedMs = performance.now();
    await expect(transport.send(get)).rejects.toMatchObject({
      failure: "timeout",
      retryable: true,
    });
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });

  test("of 50 MB is cut off after 4 MiB", async () => {
    let written = 0;
    const { transport } = await start((_, response) => {
      response.writeHead(200);
      const chunk = Buffer.alloc(1024 * 1024, 0x20);
      const more = () => {
        while (written < 50 && !response.destroyed) {
          written++;
          if (!response.write(chunk)) return void response.once("drain", more);
        }
        response.end();
      };
      more();
      return "written";
    });
    await expect(transport.send(get)).rejects.toMatchObject({
      failure: "too_large",
      retryable: false,
    });
    expect(written).toBeLessThan(50);
  });

  test("that is compressed although that was not asked is not inflated", async () => {
    const { server, transport } = await start(() => ({
      status: 200,
      headers: { "content-encoding": "gzip" },
      body: "whatever",
    }));
    await expect(transport.send(get)).rejects.toMatchObject({ failure: "malformed" });
    expect(server.seen[0]?.headers).toMatchObject({
      "accept-encoding": "identity",
      "odata-version": "4.0",
    });
  });

  test("that breaks off is no answer", async () => {
    const { transport } = await start((_, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("{");
      response.destroy();
      return "written";
    });
    await expect(transport.send(get)).rejects.toMatchObject({
      failure: "unreachable",
      retryable: true,
    });
  });
});

describe("a redirect", () => {
  test("that only adds a slash is followed", async () => {
    const { transport } = await start(({ path }) =>
      path.endsWith("/")
        ? { status: 200, body: {} }
        : { status: 308, headers: { location: `${path}/` } },
    );
    await expect(transport.send(get)).resolves.toMatchObject({ status: 200 });
  });

  test.each([
    "https://example.org/redfish/v1/Systems/",
    "//example.org/redfish/v1/Systems/",
    "http://127.0.0.1/redfish/v1/Systems/",
    "/redfish/v1/Elsewhere",
    "/redfish/v1/Systems",
    "",
  ])("to %j is not", async (location) => {
    const { server, transport } = await start(() => ({ status: 302, headers: { location } }));
    await expect(transport.send(get)).rejects.toMatchObject({
      failure: "rejected",
      retryable: false,
    });
    expect(server.seen).toHaveLength(1);
  });

  test("of an order is not followed at all", async () => {
    const { server, transport } = await start(({ path }) => ({
      status: 307,
      headers: { location: `${path}/` },
    }));
    await expect(
      transport.send({ method: "POST", path: "/reset", body: {} }),
    ).rejects.toMatchObject({ failure: "rejected" });
    expect(server.seen).toHaveLength(1);
  });
});

test.each(["https://example.org/redfish/v1", "//example.org/x", "https://u:p@127.0.0.1/x"])(
  "a link to %s is not followed",
  async (path) => {
    const { server, transport } = await start(() => ({ status: 200 }));
    await expect(transport.send({ method: "GET", path })).rejects.toMatchObject({
      failure: "malformed",
    });
    expect(server.seen).toHaveLength(0);
  },
);

test("never are more than two requests in flight, in the order they were asked", async () => {
  const { server, transport } = await start(async () => {
    await wait(5);
    return { status: 200 };
  });
  const paths = Array.from({ length: 12 }, (_, index) => `/redfish/v1/${index}`);
  await Promise.all(paths.map((path) => transport.send({ method: "GET", path })));
  expect(server.maxInFlight()).toBe(2);
  expect(server.seen.map(({ path }) => path)).toEqual(paths);
});

test("a failed request gives its place back", async () => {
  const { transport } = await start((_, response) => {
    response.destroy();
    return "written";
  });
  for (let attempt = 0; attempt < 5; attempt++) {
    await expect(transport.send({ ...get, method: "POST" })).rejects.toMatchObject({
      failure: "unreachable",
    });
  }
});

test("a caller that stops waiting ends the request", async () => {
  const server = await startFixtureServer({ handle: () => new Promise(() => {}) });
  const stop = new AbortController();
  const transport = createTransport({
    endpoint: server.endpoint,
    allowList: { allowedNetworks: ["127.0.0.0/8"] },
    limits: defaultLimits,
    record: () => {},
    signal: stop.signal,
  });
  open.push(server, transport);
  const sending = transport.send(get);
  stop.abort();
  await expect(sending).rejects.toMatchObject({ failure: "unreachable", retryable: true });
});

describe("what is kept of an exchange", () => {
  test("tells method, path, status and time, and no secret", async () => {
    const { transport, exchanges } = await start(() => ({
      status: 200,
      headers: { "x-auth-token": "token-in-a-header" },
      body: {
        Password: "shown by mistake",
        Oem: { SessionToken: 'abc"def' },
        Message: "the password hunter22 is wrong",
        Boot: { HttpBootUri: "http://10.0.0.1:8080/b/c2VjcmV0LXRva2Vu/boot.ipxe" },
      },
    }));
    transport.hide("hunter22");
    await transport.send({
      method: "PATCH",
      path: "/redfish/v1/Systems/1",
      headers: { authorization: "Basic b3BlcmF0b3I6aHVudGVyMjI=", "x-auth-token": "t0ken" },
      body: {
        UserName: "operator",
        Password: "hunter22",
        Boot: { HttpBootUri: "http://10.0.0.1:8080/b/c2VjcmV0LXRva2Vu/boot.ipxe" },
      },
    });
    const [exchange] = exchanges;
    expect(exchange).toMatchObject({
      method: "PATCH",
      path: "/redfish/v1/Systems/1",
      status: 200,
      error: null,
    });
    expect(exchange?.requestBody).toBe(
      '{"UserName":"operator","Password":"•••","Boot":{"HttpBootUri":"http://10.0.0.1:8080/b/•••/boot.ipxe"}}',
    );
    const kept = JSON.stringify(exchange);
    for (const secret of [
      "shown by mistake",
      "hunter22",
      "def",
      "c2VjcmV0",
      "b3BlcmF0",
      "t0ken",
      "token-in-a-header",
    ]) {
      expect(kept).not.toContain(secret);
    }
  });

  test("is kept too when no answer came", async () => {
    const { server, transport, exchanges } = await start(() => ({ status: 200 }));
    await server.close();
    await expect(transport.send(get)).rejects.toMatchObject({ failure: "unreachable" });
    expect(exchanges).toMatchObject([
      { method: "GET", path: "/redfish/v1/Systems", status: null, responseBody: null },
    ]);
    expect(exchanges[0]?.error).toContain("ECONNREFUSED");
  });
});
