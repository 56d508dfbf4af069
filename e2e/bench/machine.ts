import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pino } from "pino";
import { type BenchRow, quantile } from "#e2e/bench/row";
import { givenRamdisk } from "#e2e/fixtures/ramdisk";
import type { Ramdisk } from "#lib/agent/build-ramdisk";
import { MemoryBootStore, noLeases, noScripts } from "#lib/boot/memory-store.test-support";
import { startBootServer } from "#lib/boot/server";

const program = "qemu-system-x86_64";
const rounds = 3;

/**
 * From a machine's power-on to its phone-home: firmware, network card, our boot server and our ramdisk. qemu
 * computes each instruction of it, so the same kernel and ramdisk are started without a network as well, up to
 * their first line: what is left between the two is ours and the network's. Medians.
 */
export async function benchMachine(command: string): Promise<BenchRow[]> {
  const directory = await mkdtemp(path.join(tmpdir(), "ingot-machine-"));
  try {
    const ramdisk = await givenRamdisk(directory);
    const own: number[] = [];
    const home: number[] = [];
    // In turns, so that a busier minute of this host is in both.
    for (let round = 0; round < rounds; round++) {
      own.push(await toFirstLine(ramdisk, directory));
      home.push(await toPhoneHome(ramdisk, directory));
    }
    const [ownSeconds, homeSeconds] = [quantile(own, 0.5), quantile(home, 0.5)];
    const row = (name: string, seconds: number): BenchRow => ({
      ...{
        name: `a machine in qemu, ${name}`,
        value: Number(seconds.toFixed(1)),
        unit: "s",
        command,
      },
    });
    return [
      row("power-on to phone-home", homeSeconds),
      row("its own: kernel and ramdisk to the first line", ownSeconds),
      row("power-on to phone-home less its own", homeSeconds - ownSeconds),
    ];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Seconds until the ramdisk says its first word, where qemu itself puts it into memory. */
function toFirstLine(ramdisk: Ramdisk, directory: string): Promise<number> {
  const consoleFile = path.join(directory, `console-${performance.now()}`);
  const boot = [
    ...["-kernel", ramdisk.kernel.path, "-initrd", ramdisk.initrd.path],
    ...["-append", ramdisk.kernelArgs, "-netdev", "user,id=n0", "-serial", `file:${consoleFile}`],
  ];
  return timed(boot, async () => {
    const text = await readFile(consoleFile, "utf8").catch(() => "");
    return text.includes("ingot-ramdisk/");
  });
}

/** Seconds until it is at home, booted over HTTP from an address that its network card was told. */
async function toPhoneHome(ramdisk: Ramdisk, imageDirectory: string): Promise<number> {
  const secret = "a secret of this measurement";
  const store = new MemoryBootStore(secret);
  const server = await startBootServer({
    ...{ host: "127.0.0.1", port: 0, secret, imageDirectory, store },
    ...{ scripts: noScripts, leases: noLeases, log: pino({ level: "silent" }) },
  });
  try {
    const bootOrigin = `http://10.0.2.2:${server.port}`;
    const window = store.open({
      ...{ kernel: ramdisk.kernel, initrd: ramdisk.initrd, kernelArgs: ramdisk.kernelArgs },
      bootOrigin,
    });
    const bootFile = `${bootOrigin}/b/${window.token("boot")}/boot.ipxe`;
    const boot = ["-boot", "n", "-serial", "null", "-netdev", `user,id=n0,bootfile=${bootFile}`];
    return await timed(boot, async () => window.phonedHome !== null);
  } finally {
    await server.close();
  }
}

/** Starts a machine, and gives the seconds until something is so; then the machine is gone. */
async function timed(boot: string[], isSo: () => Promise<boolean>): Promise<number> {
  const startedMs = performance.now();
  const machine: ChildProcess = spawn(
    program,
    [
      ...["-accel", "tcg", "-cpu", "max", "-m", "512", "-no-reboot", "-display", "none"],
      ...["-monitor", "none", "-device", "virtio-net-pci,netdev=n0,mac=52:54:00:00:00:01"],
      ...boot,
    ],
    { stdio: "ignore" },
  );
  try {
    let failure: Error | null = null;
    machine.once("error", (error) => {
      failure = error;
    });
    while (!(await isSo())) {
      if (failure) throw failure;
      const seconds = (performance.now() - startedMs) / 1_000;
      if (machine.exitCode !== null || seconds > 600) {
        throw new Error(`the machine came no further within ${Math.round(seconds)} s`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return (performance.now() - startedMs) / 1_000;
  } finally {
    machine.kill("SIGKILL");
  }
}
