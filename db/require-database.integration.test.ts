import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { requireDatabase } from "#db/require-database";
import { givenDatabase } from "#e2e/fixtures/database";

async function given(): Promise<URL> {
  const database = await givenDatabase();
  onTestFinished(() => database.drop());
  return new URL(database.url);
}

/** What is said of an address, in one sentence that holds no password. */
async function saidOf(url: string, patienceMs?: number): Promise<string> {
  const { message } = await requireDatabase(url, patienceMs).then(
    () => new Error("let in"),
    (error: Error) => error,
  );
  expect(message).toMatch(/^[^\n]+\.$/);
  expect(message).not.toContain("hunter2");
  return message;
}

test("a database that lets us in says nothing", async () => {
  await expect(requireDatabase((await given()).href)).resolves.toBeUndefined();
});

test("who is not let in is told whom the server does not know, or which database it lacks", async () => {
  const url = await given();
  const wrong = new URL(url);
  wrong.password = "hunter2";
  expect(await saidOf(wrong.href)).toContain(`at ${url.host} does not let ingot_owner in`);
  const stranger = new URL(url);
  stranger.username = "nobody_known";
  expect(await saidOf(stranger.href)).toContain("does not let nobody_known in");
  const elsewhere = new URL(url);
  elsewhere.pathname = "/nothing_here";
  expect(await saidOf(elsewhere.href)).toContain(
    `The server at ${url.host} has no database nothing_here:`,
  );
});

/** A port of this machine that answers as said, or with nothing. */
async function listening(answer: (socket: Socket) => void = () => {}) {
  const server = createServer((socket) => {
    // A reset by who has gone is of no interest.
    socket.on("error", () => {}).resume();
    answer(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = () => server.close();
  onTestFinished(() => void close());
  return { port: (server.address() as AddressInfo).port, close };
}

test("where nobody answers it says so, and of a name that it has no address", async () => {
  const { port, close } = await listening();
  expect(await saidOf(`postgres://a:hunter2@127.0.0.1:${port}/x`, 200)).toContain(
    `No database answers at 127.0.0.1:${port} (within 1 s)`,
  );
  close();
  expect(await saidOf(`postgres://a:hunter2@127.0.0.1:${port}/x`)).toContain("(ECONNREFUSED)");
  // A name with two addresses, each of which is tried.
  expect(await saidOf(`postgres://a:hunter2@localhost:${port}/x`)).toContain(
    `No database answers at localhost:${port} (ECONNREFUSED)`,
  );
  expect(await saidOf("postgres://a:hunter2@no..name:5432/x")).toContain(
    "DATABASE_URL names the host no..name, which has no address here",
  );
});

test("what answers in another language is not taken for a database", async () => {
  const { port } = await listening((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  expect(await saidOf(`postgres://a:hunter2@127.0.0.1:${port}/x`)).toContain(
    `The database at 127.0.0.1:${port} cannot be used`,
  );
});

test("an address that cannot be read says how its password is written", async () => {
  expect(await saidOf("postgres://a:hunter2#x@db.example.com/x")).toContain("percent-encoded");
  expect(await saidOf("postgres://a:hunter2%zz@db.example.com/x")).toContain("percent-encoded");
});
