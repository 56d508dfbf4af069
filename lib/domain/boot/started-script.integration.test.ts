import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir, userInfo } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startedFiles } from "#lib/domain/boot/started-script";

// The script itself, run by a shell and Python as a node runs it, in a home of the test's own.

let home: string;
let server: Server;
let url: string;
/** What the portal tells; undefined: nobody awaits this start. */
let told: { revision: string; keys: string[] } | undefined;
let posted: URLSearchParams[];
/** So many requests are answered by half an answer. */
let cutShort: number;

beforeEach(async () => {
  home = mkdtempSync(path.join(tmpdir(), "ingot-keys-"));
  posted = [];
  cutShort = 0;
  server = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request) body += piece;
    if (cutShort-- > 0) {
      response.writeHead(200, { "content-length": 100 });
      response.write("{", () => response.destroy());
      return;
    }
    if (request.method === "POST") posted.push(new URLSearchParams(body));
    response.statusCode = told ? 200 : 404;
    response.end(request.method === "GET" && told ? JSON.stringify(told) : "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/s/abc`;
});
afterEach(() => {
  server.close();
  rmSync(home, { recursive: true, force: true });
});

const file = (name: string) => path.join(home, name);
const read = (name: string) => readFileSync(file(name), "utf8");
const accepted = () => read(".ssh/authorized_keys").trim().split("\n");
const [ada, bob, eve] = ["AAAA ada@laptop", "BBBB bob", "EEEE eve"].map(
  (key) => `ssh-ed25519 ${key}`,
) as [string, string, string];

/** A boot of a system that was installed with these keys; gives what went wrong in words. */
async function boot(installedWith: string[]): Promise<string> {
  const [script, record] = startedFiles(url, userInfo().username, installedWith);
  if (!script || !record) throw new Error("no files");
  writeFileSync(file("started.sh"), script.content);
  try {
    statSync(file("record"));
  } catch {
    writeFileSync(file("record"), record.content);
  }
  const child = spawn("sh", [file("started.sh"), file("record"), home]);
  let errors = "";
  child.stderr.on("data", (piece) => {
    errors += piece;
  });
  await new Promise((resolve) => child.on("close", resolve));
  return errors;
}

test("a start takes the keys that came and those that went, and leaves what others put there", async () => {
  mkdirSync(file(".ssh"), { mode: 0o700 });
  const byHand = `from="10.0.0.0/8" ssh-rsa HHHH by\u2028hand,\rin \x0bone line\r`;
  writeFileSync(file(".ssh/authorized_keys"), `# mine\n${ada}\n${byHand}\n${bob}\n`);
  told = { revision: "r1", keys: [bob, eve] };
  expect(await boot([ada, bob])).toBe("");
  expect(accepted()).toEqual(["# mine", byHand, bob, eve]);
  expect(statSync(file(".ssh/authorized_keys")).mode & 0o777).toBe(0o600);
  expect(read("record")).toBe(`${bob}\n${eve}\n`);
  expect(posted.map((form) => form.get("keys"))).toEqual(["r1"]);

  // Again, as after a power cut: nothing changes.
  expect(await boot([ada, bob])).toBe("");
  expect(accepted()).toEqual(["# mine", byHand, bob, eve]);

  // What somebody added by hand is not the portal's to take, also when it had the same key once.
  told = { revision: "r2", keys: [ada] };
  expect(await boot([])).toBe("");
  expect(accepted()).toEqual(["# mine", byHand, ada]);
});

test("a key that a comment names, or that somebody gave options, is not the portal's", async () => {
  mkdirSync(file(".ssh"));
  const theirs = ["", "ssh-rsa JJJJ once AAAA, not EEEE", 'command="date" ssh-ed25519 AAAA mine'];
  writeFileSync(file(".ssh/authorized_keys"), ["# mine", ...theirs, ada, ""].join("\n"));
  told = { revision: "r1", keys: [eve] };
  expect(await boot([ada])).toBe("");
  expect(accepted()).toEqual(["# mine", ...theirs, eve]);
});

test("a system without a file yet gets one, though an answer is cut short", async () => {
  cutShort = 1;
  told = { revision: "r1", keys: [ada] };
  expect(await boot([])).toBe("");
  expect(accepted()).toEqual([ada]);
  expect(posted).toHaveLength(1);
});

test("one that cannot write its keys is up all the same, and does not say that it took them", async () => {
  writeFileSync(file(".ssh"), "not a folder");
  told = { revision: "r1", keys: [ada] };
  expect(await boot([])).toContain("Error");
  expect(posted.map((form) => form.get("keys"))).toEqual([""]);
});

test("a start that nobody awaits changes nothing", async () => {
  told = undefined;
  mkdirSync(file(".ssh"));
  writeFileSync(file(".ssh/authorized_keys"), `${ada}\n`);
  expect(await boot([ada])).toBe("");
  expect(accepted()).toEqual([ada]);
});
