import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { buildRamdisk, type Ramdisk } from "#lib/agent/build-ramdisk";
import { type GivenWindow, MemoryBootStore } from "#lib/boot/memory-store.test-support";
import { type BootServer, startBootServer } from "#lib/boot/server";
import { judgeSanitizeReport } from "#lib/domain/boot/sanitize-report";

// Real machines, as far as qemu without KVM is one: firmware, iPXE, our boot server, our ramdisk.
// Only loopback is used; the guest sees this host as 10.0.2.2.
const program = "qemu-system-x86_64";
const megabyte = 1024 * 1024;

let directory: string;
let ramdisk: Ramdisk;
let store: MemoryBootStore;
let server: BootServer;
const machines: ChildProcess[] = [];

beforeAll(async () => {
  if (spawnSync(program, ["--version"]).error) {
    throw new Error(
      `${program} is not installed. Install it: apt-get install qemu-system-x86 ipxe-qemu seabios`,
    );
  }
  directory = mkdtempSync(path.join(tmpdir(), "ingot-ramdisk-"));
  ramdisk = await buildRamdisk({
    outputDirectory: directory,
    cacheDirectory: path.join(process.cwd(), "data/cache/ramdisk"),
  });
  store = new MemoryBootStore("a secret of this test");
  server = await startBootServer({
    host: "127.0.0.1",
    port: 0,
    secret: "a secret of this test",
    imageDirectory: directory,
    store,
    log: pino({ level: "silent" }),
  });
}, 300_000);

afterEach(() => {
  for (const machine of machines.splice(0)) machine.kill("SIGKILL");
});

afterAll(async () => {
  await server?.close();
  rmSync(directory, { recursive: true, force: true });
});

function givenWindow(change: Partial<GivenWindow> = {}): GivenWindow {
  return store.open({
    kernel: ramdisk.kernel,
    initrd: ramdisk.initrd,
    kernelArgs: ramdisk.kernelArgs,
    bootOrigin: `http://10.0.2.2:${server.port}`,
    ...change,
  });
}

type Machine = { console: () => string; off: Promise<number>; monitor: (command: string) => void };

/** Powers a machine on; its console is kept for the words of a failing test. */
function powerOn(bootUrl: string, devices: string[] = []): Machine {
  const machine = spawn(program, [
    ...["-accel", "tcg", "-cpu", "max", "-m", "512", "-smp", "1", "-no-reboot"],
    ...["-display", "none", "-serial", "stdio", "-boot", "n"],
    ...["-chardev", "pipe,id=none,path=/dev/null"].slice(2),
    ...["-netdev", `user,id=n0,bootfile=${bootUrl}`],
    ...["-device", "virtio-net-pci,netdev=n0,mac=52:54:00:00:00:01"],
    ...devices,
  ]);
  machines.push(machine);
  let text = "";
  machine.stdout.on("data", (chunk) => {
    text += chunk;
  });
  machine.stderr.on("data", (chunk) => {
    text += chunk;
  });
  const startedMs = performance.now();
  return {
    console: () => text,
    off: once(machine, "exit").then(() => performance.now() - startedMs),
    monitor: () => {},
  };
}

const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

function givenDisk(name: string, bytes: number, content: (disk: Buffer) => void): string {
  const disk = Buffer.alloc(bytes);
  content(disk);
  const file = path.join(directory, name);
  writeFileSync(file, disk);
  return file;
}

const isAllZero = (file: string) => {
  const bytes = readFileSync(file);
  return sha256(bytes) === sha256(Buffer.alloc(bytes.length));
};

test("a node that boots the ramdisk takes its seed and phones home", {
  timeout: 120_000,
}, async () => {
  const window = givenWindow();
  const startedMs = performance.now();
  const machine = powerOn(`http://10.0.2.2:${server.port}/b/${window.token("boot")}/boot.ipxe`);
  await expect
    .poll(() => window.phonedHome !== null || machine.console().includes("power"), {
      timeout: 110_000,
      interval: 50,
    })
    .toBe(true);
  console.log(`phone-home ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
  console.log(machine.console());
  expect(window.phonedHome).toEqual({ peer: "127.0.0.1", hostKey: null });
});

test("a wipe", { timeout: 300_000 }, async () => {
  const window = givenWindow({ purpose: "sanitize" });
  const disk = givenDisk("disk0", 96 * megabyte + 512 * 3, (bytes) => {
    bytes.fill("tenant data ");
  });
  const machine = powerOn(`http://10.0.2.2:${server.port}/b/${window.token("boot")}/boot.ipxe`, [
    ...["-drive", `file=${disk},if=none,id=d0,format=raw`],
    ...["-device", "virtio-blk-pci,drive=d0,serial=INGOT0001"],
  ]);
  const ms = await machine.off;
  console.log(`off ${(ms / 1000).toFixed(1)} s`);
  console.log(machine.console());
  console.log(
    JSON.stringify(window.report),
    window.news.map((n) => n.words),
  );
  expect(isAllZero(disk)).toBe(true);
  expect(
    window.report && judgeSanitizeReport(window.report, [{ slot: "1", serial: "INGOT0001" }]),
  ).toEqual({
    accepted: true,
    words: "Wiped 1 drive",
  });
});
