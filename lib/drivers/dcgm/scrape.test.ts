import { readFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type DcgmExporters, dcgmExporters } from "#lib/drivers/dcgm/scrape";
import { ExporterError } from "#lib/ports/exporter";

const exposition = readFileSync(
  join(process.cwd(), "../shared/fixtures/dcgm/dcgm-sample-default25.txt"),
);
const never = new AbortController().signal;
/** An answer comes in its own time on a busy machine; where it never comes whole, the deadline is short. */
const scrapers = (deadlineMs: number) =>
  dcgmExporters({ networks: ["127.0.0.0/8", "::1/128"], deadlineMs });
let exporters: DcgmExporters;
let servers: Server[] = [];

beforeEach(() => {
  exporters = scrapers(60_000);
});

afterEach(async () => {
  exporters.close();
  const open = servers;
  servers = [];
  await Promise.all(open.map((server) => new Promise((done) => server.close(done))));
});

/** Listens on loopback and gives the target that leads there. */
async function listening(server: Server, address = "127.0.0.1") {
  await new Promise<void>((ready) => server.listen(0, address, ready));
  servers.push(server);
  return { nodeId: "nod_1", address, port: (server.address() as AddressInfo).port };
}
const exporter = (listener: RequestListener) => listening(createServer(listener));

async function failureOf(target: Parameters<DcgmExporters["scrape"]>[0], signal = never) {
  const error = await exporters.scrape(target, signal).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ExporterError);
  return error as ExporterError;
}

test("an exporter's answer becomes one sample per GPU", async () => {
  const target = await exporter((_, response) => response.end(exposition));
  expect((await exporters.scrape(target, never)).gpus).toHaveLength(8);
});

test("the connection is kept for the next scrape, and a closed one is replaced", async () => {
  let connections = 0;
  const server = createServer((_, response) => response.end(exposition));
  server.on("connection", () => {
    connections += 1;
  });
  const target = await listening(server);
  await exporters.scrape(target, never);
  await exporters.scrape(target, never);
  expect(connections).toBe(1);
  server.closeIdleConnections();
  expect((await exporters.scrape(target, never)).gpus).toHaveLength(8);
  expect(connections).toBe(2);
});

test("an address outside the given networks is never contacted", async () => {
  let asked = 0;
  const target = await exporter((_, response) => {
    asked += 1;
    response.end(exposition);
  });
  const strict = dcgmExporters({ networks: ["10.0.0.0/8"], deadlineMs: 300 });
  await expect(strict.scrape(target, never)).rejects.toMatchObject({
    failure: "address_not_allowed",
    retryable: false,
  });
  strict.close();
  expect(asked).toBe(0);
});

test("a name is not an address", async () => {
  expect(await failureOf({ nodeId: "nod_1", address: "localhost", port: 9400 })).toMatchObject({
    failure: "address_not_allowed",
  });
});

test("a loopback address in IPv6 clothes is judged as what it is", async () => {
  const strict = dcgmExporters({ networks: ["10.0.0.0/8"], deadlineMs: 300 });
  const target = { nodeId: "nod_1", address: "::ffff:127.0.0.1", port: 1 };
  await expect(strict.scrape(target, never)).rejects.toMatchObject({
    failure: "address_not_allowed",
  });
  strict.close();
});

test("a redirect is not followed", async () => {
  let asked = 0;
  const elsewhere = await exporter((_, response) => {
    asked += 1;
    response.end(exposition);
  });
  const target = await exporter((_, response) => {
    response.writeHead(302, { location: `http://127.0.0.1:${elsewhere.port}/metrics` }).end();
  });
  expect(await failureOf(target)).toMatchObject({ failure: "redirected" });
  expect(asked).toBe(0);
});

test("a server that drips is cut off at the deadline, however lively it seems", async () => {
  const target = await exporter((_, response) => {
    const drip = setInterval(() => response.write("#\n"), 20);
    response.on("close", () => clearInterval(drip));
  });
  exporters.close();
  exporters = scrapers(300);
  const began = performance.now();
  expect(await failureOf(target)).toMatchObject({ failure: "timeout", retryable: true });
  expect(performance.now() - began).toBeLessThan(20_000);
});

test("a server that never answers is cut off at the deadline", async () => {
  exporters.close();
  exporters = scrapers(300);
  expect(await failureOf(await exporter(() => {}))).toMatchObject({ failure: "timeout" });
});

test("an endless answer is dropped when it passes the cap", async () => {
  let written = 0;
  const target = await exporter((_, response) => {
    const flood = () => {
      while (!response.destroyed && response.write("x".repeat(65_536))) written += 65_536;
    };
    response.on("drain", flood);
    flood();
  });
  expect(await failureOf(target)).toMatchObject({ failure: "too_large" });
  expect(written).toBeLessThan(32 * 1_048_576);
});

test("an answer that announces too much is dropped before it is read", async () => {
  const target = await exporter((_, response) => {
    response.writeHead(200, { "content-length": 2 ** 40 });
    response.flushHeaders();
  });
  expect(await failureOf(target)).toMatchObject({ failure: "too_large" });
});

test("an answer cut short is a failure, not half a node", async () => {
  const target = await exporter((_, response) => {
    response.writeHead(200, { "content-length": exposition.length });
    response.write(exposition.subarray(0, 20_000), () => response.destroy());
  });
  expect(await failureOf(target)).toMatchObject({ failure: "unreachable" });
});

test("an error status, a web page and another protocol each say what they are", async () => {
  const status = await exporter((_, response) => response.writeHead(503).end());
  expect((await failureOf(status)).message).toBe("The exporter answered 503.");

  const page = await exporter((_, response) => response.end("<html>It works!</html>"));
  expect(await failureOf(page)).toMatchObject({ failure: "malformed" });

  const ssh = await listening(
    createTcpServer((socket) => socket.resume().end("SSH-2.0-OpenSSH_9.6\r\n")),
  );
  expect((await failureOf(ssh)).message).toBe(
    `What answers on port ${ssh.port} does not speak HTTP.`,
  );
});

test("nothing listening is said in words", async () => {
  const server = createServer();
  const target = await listening(server);
  await new Promise((done) => server.close(done));
  servers = [];
  expect((await failureOf(target)).message).toBe(`Nothing listens on port ${target.port}.`);
});

test("an aborted scrape throws the reason it was given", async () => {
  const stop = new AbortController();
  const target = await exporter(() => stop.abort(new Error("the worker stops")));
  await expect(exporters.scrape(target, stop.signal)).rejects.toThrow("the worker stops");
});

test.for(["10.0.0.0", "10.0.0.0/33", "ten/8", "::/129"])("%s is not a network", (network) => {
  expect(() => dcgmExporters({ networks: [network], deadlineMs: 300 })).toThrow(RangeError);
});
