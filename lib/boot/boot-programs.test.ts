import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ReadAt, startMedium } from "#e2e/simulator/boot-medium";
import { makeEfiProgram, readEfiProgram } from "#e2e/simulator/efi-program";
import { bootMedium } from "#lib/boot/boot-medium";
import { EfiProgramError, efiProgram } from "#lib/boot/efi-program";
import { MemoryBootStore, noLeases, noScripts } from "#lib/boot/memory-store.test-support";
import { type BootServer, startBootServer } from "#lib/boot/server";

// What UEFI firmware is given: one program, made as it is sent. That firmware really starts it is
// shown by a machine that has some, in the lab.

const kernel = Buffer.alloc(300_000, "kernel ");
const initrd = Buffer.alloc(200_001, "initrd ");
const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
const files = {
  kernel: { name: "vmlinuz", sha256: sha256(kernel) },
  initrd: { name: "initrd.gz", sha256: sha256(initrd) },
};

let directory: string;
let stub: string;
let store: MemoryBootStore;
let server: BootServer;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "ingot-programs-"));
  stub = path.join(directory, "stub.efi");
  await writeFile(path.join(directory, "vmlinuz"), kernel);
  await writeFile(path.join(directory, "initrd.gz"), initrd);
  await writeFile(stub, makeEfiProgram([]));
  store = new MemoryBootStore("a secret of this test");
  server = await startBootServer({
    host: "127.0.0.1",
    port: 0,
    secret: "a secret of this test",
    imageDirectory: directory,
    bootStub: stub,
    store,
    scripts: noScripts,
    leases: noLeases,
    log: pino({ enabled: false }),
  });
});

afterEach(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

const programOf = (token: string, init?: RequestInit) =>
  fetch(`http://127.0.0.1:${server.port}/b/${token}/boot.efi`, init);

test("a program holds kernel, initrd and the orders of its window, and tells its length before", async () => {
  const window = store.open({ ...files, kernelArgs: "console=ttyS0 quiet" });
  const asked = await programOf(window.token("boot"), { method: "HEAD" });
  expect(asked.status).toBe(200);
  expect(asked.headers.get("content-type")).toBe("application/efi");
  expect([window.scriptPeer, window.kernelFetched]).toEqual([null, false]);

  const answer = await programOf(window.token("boot"));
  const program = Buffer.from(await answer.arrayBuffer());
  expect(asked.headers.get("content-length")).toBe(String(program.length));
  expect(asked.headers.get("etag")).toBe(answer.headers.get("etag"));
  expect(readEfiProgram(program, program.length)).toEqual({
    args: `console=ttyS0 quiet ds=nocloud-net;s=http://boot.invalid/n/${window.token("seed")}/`,
  });
  for (const file of [kernel, initrd]) expect(program.includes(file)).toBe(true);
  expect([window.scriptPeer, window.kernelFetched]).toEqual(["127.0.0.1", true]);
});

const mediumOf = (token: string, init?: RequestInit) =>
  fetch(`http://127.0.0.1:${server.port}/b/${token}/boot.iso`, init);

test("a medium holds the same program, in pieces as its host asks for them, and is no boot by itself", async () => {
  const window = store.open({ ...files, isAwaitedFromMedium: true });
  const program = Buffer.from(await (await programOf(window.token("boot"))).arrayBuffer());
  const fresh = store.open({ ...files, isAwaitedFromMedium: true });
  const asked = await mediumOf(fresh.token("boot"), { method: "HEAD" });
  expect(asked.headers.get("content-type")).toBe("application/x-iso9660-image");
  expect(asked.headers.get("accept-ranges")).toBe("bytes");
  const whole = Buffer.from(await (await mediumOf(fresh.token("boot"))).arrayBuffer());
  expect(asked.headers.get("content-length")).toBe(String(whole.length));
  expect(whole.length % 2_048).toBe(0);
  expect(await startMedium(async (at, bytes) => whole.subarray(at, at + bytes))).toEqual({
    args: `console=ttyS0 ds=nocloud-net;s=http://boot.invalid/n/${fresh.token("seed")}/`,
  });
  const pieces = async (at: number, bytes: number) => {
    const range = `bytes=${at}-${at + bytes - 1}`;
    const answer = await mediumOf(window.token("boot"), { headers: { range } });
    expect(answer.status).toBe(206);
    return Buffer.from(await answer.arrayBuffer());
  };
  expect((await startMedium(pieces)).args).toContain(window.token("seed"));
  const medium = Buffer.from(await (await mediumOf(window.token("boot"))).arrayBuffer());
  expect(medium.includes(program)).toBe(true);
  // Its controller has read all of it, and its host nothing.
  expect([fresh.scriptPeer, fresh.kernelFetched]).toEqual([null, false]);
  for (const token of [fresh.token("seed"), "0".repeat(32)]) {
    expect((await mediumOf(token)).status).toBe(404);
  }
});

/** Reads of a medium as large as that, with only its begin in memory. */
function mediumAround(head: Buffer, programBytes: number) {
  const frame = bootMedium(programBytes);
  const size = frame.head.length + programBytes + frame.tail.length;
  const read: ReadAt = async (at, bytes) => {
    const found = Buffer.alloc(Math.max(0, Math.min(bytes, size - at)));
    const put = (part: Buffer, from: number) => {
      if (from < at + found.length && from + part.length > at) {
        part.copy(found, Math.max(0, from - at), Math.max(0, at - from));
      }
    };
    put(frame.head, 0);
    put(head, frame.head.length);
    return found;
  };
  return { read, size };
}

test.each([
  100_000,
  // To either side of where clusters grow: they are counted in 16 bits.
  512 * 65_522,
  512 * 65_522 + 1,
  1_024 * 65_522 + 1,
  200 * 2 ** 20,
  2 ** 31 - 2 ** 20,
])("a medium for a program of %d bytes is a file system that firmware can read", async (bytes) => {
  const kernel = Buffer.alloc(50_000, "k");
  const begin = makeEfiProgram([
    { name: ".cmdline", content: Buffer.from("quiet") },
    { name: ".linux", content: kernel },
    { name: ".initrd", content: Buffer.from("i") },
  ]);
  const { read, size } = mediumAround(begin, bytes);
  expect(await startMedium(read)).toEqual({ args: "quiet" });
  expect(size - bytes).toBeLessThan(Math.max(3 * 2 ** 20, bytes / 100));
});

test("what is too large for a medium is refused", () => {
  expect(() => bootMedium(2 ** 31)).toThrow(EfiProgramError);
});

test("a program that was interrupted goes on where it stopped, over the joints of its parts", async () => {
  const window = store.open(files);
  const whole = Buffer.from(await (await programOf(window.token("boot"))).arrayBuffer());
  const [begin, end] = [whole.indexOf(kernel), whole.indexOf(initrd)];
  for (const [from, to] of [
    [0, 10],
    [begin - 3, begin + 3],
    [begin + kernel.length - 5, end + 5],
    [end + initrd.length - 1, whole.length - 1],
    [begin + 10, begin + 10],
  ] as const) {
    const answer = await programOf(window.token("boot"), {
      headers: { range: `bytes=${from}-${to}` },
    });
    expect(answer.status).toBe(206);
    expect(answer.headers.get("content-range")).toBe(`bytes ${from}-${to}/${whole.length}`);
    expect(Buffer.from(await answer.arrayBuffer()).equals(whole.subarray(from, to + 1))).toBe(true);
  }
  const past = await programOf(window.token("boot"), {
    headers: { range: `bytes=${whole.length}-` },
  });
  expect(past.status).toBe(416);
});

test("a program is another one for every window, and nobody else's token opens it", async () => {
  const [one, two] = [store.open(files), store.open({ ...files, purpose: "sanitize" })];
  const tags = await Promise.all(
    [one, two].map(async (each) => (await programOf(each.token("boot"))).headers.get("etag")),
  );
  expect(new Set(tags).size).toBe(2);
  for (const token of [one.token("seed"), "0".repeat(32)]) {
    expect((await programOf(token)).status).toBe(404);
  }
  const started = store.open({ ...files, purpose: "start" });
  expect((await programOf(started.token("boot"))).status).toBe(404);
});

test("without the stub, with none that is a program, and with another kernel than was approved, the operator is told", async () => {
  const failing = async () => {
    const window = store.open(files);
    expect((await programOf(window.token("boot"))).status).toBe(500);
    expect(window.scriptPeer).toBeNull();
    return window.news[0]?.words;
  };
  await writeFile(path.join(directory, "vmlinuz"), "another");
  expect(await failing()).toContain(`not ${files.kernel.sha256} as approved`);
  await writeFile(path.join(directory, "vmlinuz"), kernel);
  await writeFile(stub, "#!ipxe\n");
  expect(await failing()).toBe("The boot stub is no EFI program.");
  await rm(stub);
  expect(await failing()).toContain(`no boot stub at ${stub}: install systemd-boot-efi`);
});

test("a stub without room for a kernel's sections is refused, and so is what would be too large", () => {
  const input = { commandLine: "quiet", kernelBytes: 1, initrdBytes: 1 };
  const full = makeEfiProgram(
    Array.from({ length: 13 }, (_, n) => ({ name: `.s${n}`, content: Buffer.alloc(1) })),
  );
  expect(() => efiProgram(full, input)).toThrow(EfiProgramError);
  const stub = makeEfiProgram([]);
  expect(() => efiProgram(stub, { ...input, initrdBytes: 2 ** 31 })).toThrow("2 GiB");
  for (const length of [0, 2, 0x3e, 0x90, 0xd0]) {
    expect(() => efiProgram(stub.subarray(0, length), input)).toThrow("no EFI program");
  }
});
