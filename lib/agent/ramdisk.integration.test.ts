import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { givenRamdisk, packageCache } from "#e2e/fixtures/ramdisk";
import { buildRamdisk, type Ramdisk } from "#lib/agent/build-ramdisk";
import {
  type GivenWindow,
  MemoryBootStore,
  noLeases,
  noScripts,
} from "#lib/boot/memory-store.test-support";
import { type BootServer, startBootServer } from "#lib/boot/server";
import { judgeInstallReport } from "#lib/domain/boot/install-report";
import { judgeSanitizeReport } from "#lib/domain/boot/sanitize-report";

// Real machines, as far as qemu without KVM is one: firmware, iPXE, our boot server, our ramdisk.
// Only loopback is used; the guest sees this host as 10.0.2.2.
const program = "qemu-system-x86_64";
const megabyte = 1024 * 1024;

let directory: string;
let ramdisk: Ramdisk;
let store: MemoryBootStore;
let server: BootServer;
let phoneHomeSeconds = Number.POSITIVE_INFINITY;
const machines: ChildProcess[] = [];
const patient = { timeout: 600_000, interval: 50 };

vi.setConfig({ testTimeout: 900_000, hookTimeout: 900_000 });

beforeAll(async () => {
  if (spawnSync(program, ["--version"]).error) {
    throw new Error(
      `${program} is not installed. Install it: apt-get install qemu-system-x86 ipxe-qemu seabios`,
    );
  }
  directory = mkdtempSync(path.join(tmpdir(), "ingot-ramdisk-"));
  ramdisk = await givenRamdisk(directory);
  store = new MemoryBootStore("a secret of this test");
  server = await startBootServer({
    host: "127.0.0.1",
    port: 0,
    secret: "a secret of this test",
    imageDirectory: directory,
    store,
    scripts: noScripts,
    leases: noLeases,
    log: pino({ level: "silent" }),
  });
});

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

type Machine = {
  /** What it wrote on its serial console: the words of a failing test. */
  console: () => string;
  /** Resolves when it is off. */
  off: Promise<unknown>;
  pressPowerButton: () => void;
  kill: () => void;
  /** How long it was ready to run and this host had no processor for it. */
  secondsWithoutCpu: () => number;
};

/** Powers a machine on that boots over HTTP from the window's address, as its firmware was told. */
function powerOn(window: GivenWindow, devices: string[] = []): Machine {
  const bootFile = `http://10.0.2.2:${server.port}/b/${window.token("boot")}/boot.ipxe`;
  const consoleFile = path.join(directory, `${window.id}.console`);
  const machine = spawn(program, [
    ...["-accel", "tcg", "-cpu", "max", "-m", "512", "-no-reboot", "-boot", "n"],
    ...["-display", "none", "-monitor", "stdio", "-serial", `file:${consoleFile}`],
    ...["-netdev", `user,id=n0,bootfile=${bootFile}`],
    ...["-device", "virtio-net-pci,netdev=n0,mac=52:54:00:00:00:01"],
    ...devices,
  ]);
  machines.push(machine);
  let complaint = "";
  machine.stdout.resume();
  machine.stderr.on("data", (chunk) => {
    complaint += chunk;
  });
  return {
    console: () => `${complaint}${readFileSync(consoleFile, "utf8")}`,
    off: once(machine, "exit"),
    secondsWithoutCpu: () => secondsWithoutCpu(machine.pid ?? 0),
    pressPowerButton: () => machine.stdin.write("system_powerdown\n"),
    kill: () => machine.kill("SIGKILL"),
  };
}

// The second figure of schedstat is nanoseconds spent waiting on a run queue, by thread
// (Documentation/scheduler/sched-stats.rst); the one that waited longest is the processor's.
function secondsWithoutCpu(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const waits = threads.map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[1]),
  );
  return Math.max(...waits) / 1e9;
}

/** A disk that a tenant left behind. */
function givenDisk(name: string, bytes: number, content: (disk: Buffer) => void): string {
  const disk = Buffer.alloc(bytes);
  content(disk);
  const file = path.join(directory, name);
  writeFileSync(file, disk);
  return file;
}

function isAllZero(file: string): boolean {
  const bytes = readFileSync(file);
  return bytes.equals(Buffer.alloc(bytes.length));
}

test("a node that boots the ramdisk phones home, and goes off by its power button", async () => {
  const window = givenWindow();
  const startedMs = performance.now();
  const machine = powerOn(window);
  await vi.waitFor(() => expect(window.phonedHome, machine.console()).not.toBe(null), patient);
  phoneHomeSeconds = (performance.now() - startedMs) / 1000 - machine.secondsWithoutCpu();
  expect(window).toMatchObject({ kernelFetched: true, userDataGiven: true, userDataTries: 1 });
  expect(window.phonedHome).toEqual({
    peer: "127.0.0.1",
    hostKey: null,
    tookKeys: false,
  });
  await vi.waitFor(() => expect(machine.console()).toContain("training-1 is up"), patient);
  expect(window.news.map((news) => news.words)).toContain(
    "modules-final: running modules for final",
  );
  machine.pressPowerButton();
  await machine.off;
  expect(machine.console()).toContain("power button");
});

test("the wipe leaves zeros on disks of every kind, and tells which and how", async () => {
  const window = givenWindow({ purpose: "sanitize" });
  const full = givenDisk("full", 40 * megabyte + 3 * 512, (disk) => disk.fill("tenant data "));
  // One block of data where no sample is taken, on a disk that takes a discard and does nothing.
  const sparse = givenDisk("sparse", 24 * megabyte, (disk) => disk.write("a key", 1_200_000));
  const solid = givenDisk("solid", 32 * megabyte, (disk) => disk.fill("weights "));
  const scsi = givenDisk("scsi", 16 * megabyte, (disk) => disk.fill("checkpoint "));
  const sata = givenDisk("sata", 8 * megabyte, (disk) => disk.fill("a dump "));
  const machine = powerOn(window, [
    ...["-drive", `file=${full},if=none,id=full,format=raw`],
    ...["-device", "virtio-blk-pci,drive=full,serial=FULL0001"],
    ...["-drive", `file=${sparse},if=none,id=sparse,format=raw,discard=ignore`],
    ...["-device", "virtio-blk-pci,drive=sparse,serial=SPARSE0001"],
    ...["-drive", `file=${solid},if=none,id=solid,format=raw,discard=unmap`],
    ...["-device", "nvme,drive=solid,serial=NVME0001"],
    ...["-device", "virtio-scsi-pci", "-drive", `file=${scsi},if=none,id=scsi,format=raw`],
    ...["-device", "scsi-hd,drive=scsi,serial=SCSI0001,vendor=INGOT,product=TESTDISK"],
    ...["-drive", `file=${sata},if=none,id=sata,format=raw`],
    ...["-device", "ide-hd,drive=sata,serial=SATA0001"],
  ]);
  await machine.off;
  for (const disk of [full, sparse, solid, scsi, sata])
    expect([disk, isAllZero(disk)]).toEqual([disk, true]);
  const devices = window.report?.devices ?? [];
  const told = devices.map(({ kind, serial, sizeBytes, result }) => [
    kind,
    serial,
    sizeBytes,
    result,
  ]);
  expect(told.sort(), machine.console()).toEqual([
    ["nvme", "NVME0001", 32 * megabyte, "wiped"],
    ["sata", "SATA0001", 8 * megabyte, "wiped"],
    ["scsi", "SCSI0001", 16 * megabyte, "wiped"],
    ["virtio", "FULL0001", 40 * megabyte + 3 * 512, "wiped"],
    ["virtio", "SPARSE0001", 24 * megabyte, "wiped"],
  ]);
  const methodOf = (serial: string) => devices.find((one) => one.serial === serial)?.method;
  // qemu's drive offers a format and no sanitize; what was passed over is told, too.
  expect(devices.find((one) => one.serial === "NVME0001")).toMatchObject({
    method: "nvme format, user data erase",
    level: "clear",
    samplesRead: 32,
    tried: [
      { method: "nvme sanitize, crypto erase", outcome: "not offered" },
      { method: "nvme sanitize, block erase", outcome: "not offered" },
      { method: "nvme format, crypto erase", outcome: "not offered" },
      { method: "nvme format, user data erase", outcome: "done" },
    ],
  });
  expect(methodOf("SPARSE0001")).toBe("overwrite");
  // The same of qemu's other drives: hdparm and sg_sanitize ask them, and they know nothing of it.
  expect(devices.find((one) => one.serial === "SATA0001")?.tried?.[0]).toEqual({
    method: "ata enhanced secure erase",
    outcome: "not offered",
  });
  expect(devices.find((one) => one.serial === "SCSI0001")?.tried?.slice(0, 2)).toEqual([
    { method: "scsi sanitize, crypto erase", outcome: "not offered" },
    { method: "scsi sanitize, block erase", outcome: "not offered" },
  ]);
  expect(window.news.length).toBeGreaterThan(4);
  const listed = devices.map((one, bay) => ({ slot: `bay ${bay}`, serial: one.serial }));
  expect(window.report && judgeSanitizeReport(window.report, listed)).toEqual({
    accepted: true,
    words: "Wiped 5 drives",
  });
});

test("a disk that cannot be wiped is reported as such, and the others are wiped", async () => {
  const window = givenWindow({ purpose: "sanitize" });
  const locked = givenDisk("locked", 16 * megabyte, (disk) => disk.fill("tenant data "));
  const good = givenDisk("good", 16 * megabyte, (disk) => disk.fill("tenant data "));
  const machine = powerOn(window, [
    ...["-drive", `file=${locked},if=none,id=locked,format=raw,readonly=on`],
    ...["-device", "virtio-blk-pci,drive=locked,serial=LOCKED0001"],
    ...["-drive", `file=${good},if=none,id=good,format=raw`],
    ...["-device", "virtio-blk-pci,drive=good,serial=GOOD0001"],
  ]);
  await machine.off;
  expect(window.report, machine.console()).not.toBe(null);
  expect(isAllZero(good)).toBe(true);
  expect(isAllZero(locked)).toBe(false);
  const verdict = window.report && judgeSanitizeReport(window.report, []);
  expect(verdict).toEqual({
    accepted: false,
    words: "Not wiped: virtio LOCKED0001 (it cannot be written).",
  });
});

test("a disk image that is not what was registered is refused, and the disk does not boot", async () => {
  const image = Buffer.concat([
    Buffer.alloc(4 * megabyte, "an operating system "),
    randomBytes(megabyte),
  ]);
  const packed = gzipSync(image);
  writeFileSync(path.join(directory, "disk.raw.gz"), packed);
  const sha256 = createHash("sha256").update(packed).digest("hex");
  const large = givenDisk("large", 64 * megabyte, (disk) => disk.fill("tenant data "));
  const small = givenDisk("small", 16 * megabyte, (disk) => disk.fill("tenant data "));
  const window = givenWindow({
    purpose: "install",
    // The file is as it was approved; how large it is unpacked is not.
    disk: { name: "disk.raw.gz", sha256, unpackedBytes: 6 * megabyte },
  });
  const machine = powerOn(window, [
    ...["-drive", `file=${large},if=none,id=large,format=raw`],
    ...["-device", "virtio-blk-pci,drive=large,serial=LARGE0001"],
    ...["-drive", `file=${small},if=none,id=small,format=raw`],
    ...["-device", "virtio-blk-pci,drive=small,serial=SMALL0001"],
  ]);
  await machine.off;
  expect(window.installReport, machine.console()).toMatchObject({
    result: "failed",
    disk: "vdb",
    serial: "SMALL0001",
    sha256,
    message: `the image is ${image.length} bytes unpacked, not ${6 * megabyte} as it was registered`,
  });
  const verdict = window.installReport && judgeInstallReport(window.installReport, sha256);
  expect(verdict?.accepted).toBe(false);
  // The smaller disk was chosen; what had been written where it would boot from is gone.
  const written = readFileSync(small);
  expect(written.subarray(0, 4 * megabyte).equals(Buffer.alloc(4 * megabyte))).toBe(true);
  expect(written.includes(image.subarray(-megabyte))).toBe(true);
  expect(readFileSync(large).subarray(0, 12).toString()).toBe("tenant data ");
});

test("the ramdisk without an order powers off and touches nothing", async () => {
  const disk = givenDisk("bystander", megabyte, (bytes) => bytes.fill("tenant data "));
  const before = readFileSync(disk);
  const consoleFile = path.join(directory, "idle.console");
  const machine = spawn(program, [
    ...["-accel", "tcg", "-cpu", "max", "-m", "512", "-no-reboot", "-display", "none"],
    ...["-serial", `file:${consoleFile}`, "-nic", "none", "-append", ramdisk.kernelArgs],
    ...["-kernel", ramdisk.kernel.path, "-initrd", ramdisk.initrd.path],
    ...["-drive", `file=${disk},if=virtio,format=raw`],
  ]);
  machines.push(machine);
  await once(machine, "exit");
  expect(readFileSync(consoleFile, "utf8")).toContain("nothing to do");
  expect(readFileSync(disk).equals(before)).toBe(true);
});

test("a machine that is not the one that is awaited boots nothing, and a job on it touches nothing", async () => {
  const awaited = { macs: ["52:54:00:00:00:99"], uuid: null };
  const window = givenWindow({ purpose: "sanitize", machine: awaited });
  const another = {
    ...{ peer: "127.0.0.1" },
    why: "the machine that asked is another one, by its MAC 52:54:00:00:00:01",
  };
  // iPXE says what it is as it fetches the kernel.
  const stranger = powerOn(window);
  await vi.waitFor(
    () => expect(window.misplaced, stranger.console()).toEqual([{ ...another, door: "kernel" }]),
    patient,
  );
  stranger.kill();
  // One that has a kernel all the same, as from firmware that says nothing.
  const disk = givenDisk("mistaken", megabyte, (bytes) => bytes.fill("tenant data "));
  const before = readFileSync(disk);
  const consoleFile = path.join(directory, "mistaken.console");
  const job = `http://10.0.2.2:${server.port}/w/${window.token("wipe")}`;
  const machine = spawn(program, [
    ...["-accel", "tcg", "-cpu", "max", "-m", "512", "-no-reboot", "-display", "none"],
    ...["-serial", `file:${consoleFile}`, "-netdev", "user,id=n0"],
    ...["-device", "virtio-net-pci,netdev=n0,mac=52:54:00:00:00:01"],
    ...["-append", `${ramdisk.kernelArgs} ingot.wipe=${job}`],
    ...["-kernel", ramdisk.kernel.path, "-initrd", ramdisk.initrd.path],
    ...["-drive", `file=${disk},if=virtio,format=raw`],
  ]);
  machines.push(machine);
  await once(machine, "exit");
  expect(readFileSync(consoleFile, "utf8")).toContain("the portal has no job for this machine");
  expect(window.misplaced[1]).toEqual({ ...another, door: "log" });
  expect(readFileSync(disk).equals(before)).toBe(true);
  expect(window.report).toBe(null);
});

test("the same packages make the same ramdisk, byte for byte", async () => {
  const again = await buildRamdisk({
    outputDirectory: path.join(directory, "again"),
    cacheDirectory: packageCache,
  });
  expect(again.initrd.sha256).toBe(ramdisk.initrd.sha256);
  expect(again.kernel.sha256).toBe(ramdisk.kernel.sha256);
});

// Measured last, so that a slow host shows other failures first, and less what it had no time for.
test("a node is at home within 20 seconds of its power-on", () => {
  console.info(`phone-home after ${phoneHomeSeconds.toFixed(1)} s`);
  // Where a whole test run shares its cores, the time says less of the ramdisk than of its neighbours.
  expect(phoneHomeSeconds).toBeLessThan(process.env.CI ? 120 : 20);
});
