import { execFile } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { and, desc, eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { bootWindows } from "#db/schema/boot-windows";
import { templateVersions } from "#db/schema/catalogue";
import { environments } from "#db/schema/environments";
import { images } from "#db/schema/images";
import { operationSteps, operations } from "#db/schema/operations";
import { givenDiskImage } from "#e2e/fixtures/disk-image";
import { givenLab, type Lab, nodeState } from "#e2e/fixtures/lab";
import {
  asOperator,
  type GivenFleet,
  type GivenTenant,
  givenCatalogue,
  givenTenant,
} from "#e2e/fixtures/launchable";
import { ramdiskImage } from "#e2e/fixtures/ramdisk";
import { startWorker, untilEnvironment, untilNode } from "#e2e/fixtures/worker";
import type { NodeIdentity } from "#e2e/simulator/node";
import { launchEnvironment } from "#lib/commands/launch-environment";
import { operateEnvironment } from "#lib/commands/operate-environment";
import { releaseEnvironment } from "#lib/commands/release-environment";
import { variables } from "#lib/config/variables";
import { type Id, newId } from "#lib/domain/id";
import { environmentDetail } from "#lib/views/environment-detail";
import { nodeDetail } from "#lib/views/node-detail";

// The whole life of one machine with UEFI: its firmware fetches our EFI program from the address that
// its controller was told, a Debian of our image builder is installed to its disk, real cloud-init sets it up, its tenant works on it over SSH, stops and starts it, and
// gives it back; the wipe leaves nothing of what the tenant wrote.

vi.setConfig({ testTimeout: 5_000_000, hookTimeout: 1_800_000 });

const patience = 1_800_000;
const run = promisify(execFile);
const marker = `marker-${randomBytes(16).toString("hex")}`;

let lab: Lab;
let fleet: GivenFleet;
let tenant: GivenTenant;
let worker: ReturnType<typeof startWorker>;
let directory: string;
let privateKey: string;
let publicKey: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "ingot-install-"));
  privateKey = path.join(directory, "key");
  await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "ada@laptop", "-f", privateKey]);
  publicKey = (await readFile(`${privateKey}.pub`, "utf8")).trim();
  lab = await givenLab({
    network: 45,
    rack: {
      nodes: [
        {
          name: "metal",
          machine: "qemu",
          firmware: "uefi",
          gpus: 0,
          memoryMib: 1_024,
          diskMib: 1_024,
          nvmeMib: 64,
        },
      ],
    },
    settings: { powerLimitMs: 1_800_000, bootLimitMs: 1_800_000, sanitizeLimitMs: 1_800_000 },
    hostAsNodesSeeIt: "10.0.2.2",
    bootStub: variables.INGOT_BOOT_STUB.otherwise,
    makeImage: ramdiskImage,
  });
  await givenImagesToInstall();
  worker = startWorker(lab);
});

afterAll(async () => {
  await worker?.stop();
  await lab?.close();
  if (directory) await rm(directory, { recursive: true, force: true });
});

/** The ramdisk once more, as what installs, and the disk image as what is installed. */
async function givenImagesToInstall(): Promise<void> {
  const disk = await givenDiskImage(lab.settings.imageDirectory);
  await asOperator(lab.app.db, async (tx) => {
    const [wipe] = await tx.select().from(images).where(eq(images.purpose, "sanitize"));
    if (!wipe) throw new Error("no image to wipe with");
    await tx
      .insert(images)
      .values({ ...wipe, id: newId("image"), name: "install", purpose: "install" });
    await tx.insert(images).values({
      id: newId("image"),
      name: "debian",
      version: disk.suite,
      purpose: "tenant",
      diskFile: disk.diskFile,
      diskSha256: disk.diskSha256,
      diskBytes: disk.diskBytes,
      defaultUser: disk.defaultUser,
      state: "approved",
    });
  });
}

async function givenSomethingToLaunch(nodeTypeId: Id<"nodeType">): Promise<void> {
  const { db } = lab.app;
  const [image] = await asOperator(db, (tx) =>
    tx.select().from(images).where(eq(images.name, "debian")),
  );
  if (!image) throw new Error("no image to install");
  fleet = await givenCatalogue(db, { nodeTypeId, imageId: image.id, gpuModel: "none is held" });
  await asOperator(db, (tx) =>
    tx
      .update(templateVersions)
      .set({
        bootConfig: { packages: [], commands: [["sh", "-c", "echo it ran >/root/init-script"]] },
      })
      .where(eq(templateVersions.id, fleet.templateVersionId)),
  );
  tenant = await givenTenant(db, { fleet, gpuLimit: 8, gpuModel: "none is held" });
}

function metal(): NodeIdentity {
  const [node] = lab.rack.nodes;
  if (!node) throw new Error("the rack is empty");
  return node;
}

/** Runs a command on the machine as its user; only a machine with this host key is spoken to. */
async function ssh(hostKey: string, command: string): Promise<string> {
  const [host, port] = metal().sshAddress?.split(":") ?? [];
  const known = path.join(directory, "known_hosts");
  await writeFile(known, `[${host}]:${port} ${hostKey}\n`);
  const options = ["StrictHostKeyChecking=yes", `UserKnownHostsFile=${known}`, "BatchMode=yes"];
  const { stdout } = await run(
    "ssh",
    [
      ...["-i", privateKey, "-p", String(port)],
      ...[...options, "ConnectTimeout=20"].flatMap((option) => ["-o", option]),
      ...[`debian@${host}`, command],
    ],
    { timeout: 180_000 },
  );
  return stdout.trim();
}

/** Where the machine is reached: as it is recorded, and as it says itself. */
async function addresses(node: Id<"node">, hostKey: string) {
  const { address } = await nodeState(lab, node);
  return { recorded: address, own: await ssh(hostKey, "ip -brief -4 address show scope global") };
}

/** The host key that the machine told at its last boot. */
async function hostKeyTold(node: Id<"node">): Promise<string> {
  const [window] = await lab.worker.db
    .select()
    .from(bootWindows)
    .where(eq(bootWindows.nodeId, node))
    .orderBy(desc(bootWindows.openedAt))
    .limit(1);
  if (!window?.hostKey) throw new Error("no host key was told");
  return window.hostKey;
}

/** Whether a drive of the machine holds a text anywhere, allocated to a file or not. */
async function isOnDisk(index: 0 | 1, text: string): Promise<boolean> {
  const file = await open(lab.rack.control.report("metal").diskPaths[index] ?? "");
  let before = "";
  try {
    for await (const chunk of file.createReadStream({ highWaterMark: 1 << 22 })) {
      const part = before + (chunk as Buffer).toString("latin1");
      if (part.includes(text)) return true;
      before = part.slice(-text.length);
    }
    return false;
  } finally {
    await file.close();
  }
}

/** Waits for that, but not past a failure; then the machine's console tells why. */
async function untilReady(environmentId: Id<"environment">): Promise<void> {
  const read = async () => {
    const [row] = await lab.worker.db
      .select()
      .from(environments)
      .where(eq(environments.id, environmentId));
    return row;
  };
  await expect
    .poll(async () => (await read())?.state, { timeout: patience, interval: 200 })
    .toMatch(/^(ready|failed)$/);
  const { state, stateReason } = (await read()) ?? {};
  const told = lab.rack.control.console("metal")?.slice(-3_000);
  expect(state, `${stateReason}\n${told}`).toBe("ready");
}

/** Tenant and operator are shown the same: which drive, by what method, read back. */
async function evidenceIsShown(node: Id<"node">, environmentId: Id<"environment">) {
  const { db } = lab.app;
  const own = await environmentDetail(db, tenant.grant("environment.read"), environmentId);
  expect(own?.wipes).toMatchObject([
    {
      hostname: "metal-1",
      devices: [
        { kind: "nvme", method: "nvme format, user data erase", level: "clear", result: "wiped" },
        { kind: "virtio", method: "discard", level: "clear", verified: "read back at 128 places" },
      ],
    },
  ]);
  const fleetSees = await nodeDetail(db, lab.operator("fleet.read"), node);
  expect(fleetSees?.wipes).toMatchObject([
    { accepted: true, verdict: "Wiped 2 drives", devices: own?.wipes?.[0]?.devices },
  ]);
}

async function operate(environmentId: Id<"environment">, command: "stop" | "start") {
  const result = await operateEnvironment(lab.app.db, tenant.grant("environment.operate"), {
    requestKey: randomUUID(),
    environmentId,
    command,
  });
  expect(result).toMatchObject({ ok: true });
}

test("a machine is installed, worked on, stopped and started, and wiped", async () => {
  const marks: [string, number][] = [["begin", performance.now()]];
  const mark = (what: string) => marks.push([what, performance.now()]);
  const node = await lab.enrol("metal", { gpu: null });
  await untilNode(lab, node, "available");
  await givenSomethingToLaunch((await nodeState(lab, node)).nodeTypeId);
  mark("enrolled");

  const launched = await launchEnvironment(lab.app.db, tenant.grant("environment.launch"), {
    requestKey: randomUUID(),
    name: "metal",
    templateVersionId: fleet.templateVersionId,
    imageId: fleet.imageId,
    counts: { workers: 1 },
    sshKeyIds: [],
    pastedKey: publicKey,
  });
  if (!launched.ok) throw new Error(JSON.stringify(launched.refusal));
  const { environmentId } = launched.value;
  await untilReady(environmentId);
  mark("installed and ready");

  const hostKey = await hostKeyTold(node);
  expect(await ssh(hostKey, "hostname; sudo cat /root/init-script")).toBe("metal-1\nit ran");
  // Its firmware fetched the program by itself, and started what was installed.
  expect(lab.rack.control.report("metal").boots[0]?.device).toMatch(/\/boot\.efi$/);
  expect(await ssh(hostKey, "ls -d /sys/firmware/efi")).toBe("/sys/firmware/efi");
  // It has grown to its disk, far past the image.
  expect(Number(await ssh(hostKey, "df --output=size -m / | tail -1"))).toBeGreaterThan(850);
  await ssh(hostKey, `echo ${marker} | tee marker | sudo tee /dev/nvme0n1 && sync`);
  expect([await isOnDisk(0, marker), await isOnDisk(1, marker)]).toEqual([true, true]);
  // What the installer left behind opens nothing any more.
  const seed = await ssh(hostKey, "sudo cat /var/lib/cloud/seed/nocloud/meta-data");
  const address = new URL(JSON.parse(seed).seedfrom);
  address.hostname = "127.0.0.1";
  for (const file of ["user-data", "meta-data"]) {
    expect((await fetch(new URL(file, address))).status).toBe(404);
  }
  const reached = await addresses(node, hostKey);
  expect(reached).toEqual({ recorded: "127.0.0.1", own: expect.stringContaining("10.0.2.15/24") });
  mark("worked on");

  await operate(environmentId, "stop");
  await untilEnvironment(lab, environmentId, "stopped", patience);
  expect(lab.rack.control.report("metal").power).toBe("Off");
  mark("stopped");
  const before = lab.rack.control.report("metal").boots.length;
  await operate(environmentId, "start");
  await untilReady(environmentId);
  mark("started");
  // The same system: it says so itself, and nothing was fetched.
  expect(await hostKeyTold(node)).toBe(hostKey);
  expect(await addresses(node, hostKey)).toEqual(reached);
  expect(await ssh(hostKey, "cat marker; sudo cat /root/init-script")).toBe(`${marker}\nit ran`);
  const { boots } = lab.rack.control.report("metal");
  expect([boots.length, boots.at(-1)?.device]).toEqual([before + 1, "disk"]);

  const released = await releaseEnvironment(lab.app.db, tenant.grant("environment.release"), {
    requestKey: randomUUID(),
    environmentId,
    confirmName: "metal",
  });
  expect(released).toMatchObject({ ok: true });
  await untilEnvironment(lab, environmentId, "released", 900_000);
  await untilNode(lab, node, "available", patience);
  mark("wiped");
  expect([await isOnDisk(0, marker), await isOnDisk(1, marker)]).toEqual([false, false]);
  await evidenceIsShown(node, environmentId);

  const [installed] = await lab.worker.db
    .select({ detail: operationSteps.detail })
    .from(operationSteps)
    .innerJoin(operations, eq(operations.id, operationSteps.operationId))
    .where(and(eq(operationSteps.name, "install"), eq(operations.kind, "node.deploy")));
  expect(installed?.detail).toMatch(
    /^Written to vda \(\w+\) of 1.0 GiB in \d+ s; its checksum is true$/,
  );
  const times = marks.slice(1).map(([what, at], n) => {
    return `${what} ${((at - (marks[n]?.[1] ?? 0)) / 1000).toFixed(0)} s`;
  });
  console.info(times.join(", "));
});
