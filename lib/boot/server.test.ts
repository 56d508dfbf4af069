import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { Agent, type IncomingHttpHeaders, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { givenBootStub } from "#e2e/boot-stub";
import { answersTo, tornRequests, whole } from "#e2e/fixtures/torn-requests";
import {
  type GivenWindow,
  MemoryBootStore,
  noLeases,
  noScripts,
} from "#lib/boot/memory-store.test-support";
import { type BootLimits, type BootServer, startBootServer } from "#lib/boot/server";
import type { BootPurpose } from "#lib/domain/boot/boot-purpose";
import { type BootTokenPurpose, bootTokenPurposes } from "#lib/domain/boot/boot-token";

const secret = "a secret of this test";
const kernel = Buffer.alloc(300_000, "kernel ");
const initrd = Buffer.alloc(200_001, "initrd ");
const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
const files = {
  kernel: { name: "vmlinuz", sha256: sha256(kernel) },
  initrd: { name: "initrd.gz", sha256: sha256(initrd) },
};

let directory: string;
let store: MemoryBootStore;
let server: BootServer;
let nowMs: number;
let logged: string[];

async function start(
  limits: Partial<BootLimits> = {},
  settings: { ec2Metadata?: boolean; keepsPlaces?: boolean } = {},
) {
  await server?.close();
  server = await startBootServer({
    host: "127.0.0.1",
    port: 0,
    secret,
    imageDirectory: directory,
    bootStub: path.join(directory, "boot-stub.efi"),
    store,
    scripts: noScripts,
    leases: noLeases,
    log: pino({}, { write: (line: string) => void logged.push(line) }),
    nowMs: () => nowMs,
    limits,
    ...settings,
  });
}

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "ingot-images-"));
  await writeFile(path.join(directory, "vmlinuz"), kernel);
  await writeFile(path.join(directory, "initrd.gz"), initrd);
  await givenBootStub(directory);
  nowMs = 1_000_000;
  logged = [];
  store = new MemoryBootStore(secret, () => nowMs);
  await start();
});

afterEach(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

type Answer = { status: number; headers: IncomingHttpHeaders; body: Buffer; text: string };

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** The path goes out as it is written: no client tidies it up. */
function ask(
  target: string,
  options: {
    method?: string;
    body?: string;
    headers?: Record<string, string>;
    /** An address of this machine, from which it is asked. */
    from?: string;
  } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method = options.body === undefined ? "GET" : "POST", headers = {} } = options;
    const localAddress = options.from ?? "127.0.0.1";
    const sent = request(
      {
        ...{ host: "127.0.0.1", port: server.port, path: target, method, headers },
        ...{ agent, localAddress },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const body = Buffer.concat(chunks);
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body,
            text: body.toString(),
          });
        });
      },
    );
    sent.on("error", reject);
    sent.end(options.body);
  });
}

const phoneHome = (instanceId: string) =>
  `pub_key_ed25519=ssh-ed25519+AAAAC3NzaC1lZDI1NTE5AAAAIKtestkeytestkeytestkeytestkeytestkey12+root%40x&instance_id=${instanceId}&hostname=training-1&fqdn=training-1`;

test("the boot script names kernel, initrd and seed of its window and nothing else", async () => {
  const window = store.open({ ...files, kernelArgs: "console=ttyS0 quiet" });
  const answer = await ask(`/b/${window.token("boot")}/boot.ipxe`);
  const b = `http://boot.invalid/b/${window.token("boot")}`;
  expect(answer.status).toBe(200);
  expect(answer.headers["content-type"]).toContain("text/plain");
  expect(answer.text).toBe(
    [
      "#!ipxe",
      `kernel ${b}/kernel?mac=\${netX/mac:hexhyp}&uuid=\${uuid} initrd=initrd console=ttyS0 quiet ds=nocloud-net;s=http://boot.invalid/n/${window.token("seed")}/`,
      `initrd --name initrd ${b}/initrd`,
      "boot",
      "",
    ].join("\n"),
  );
  expect(window.scriptPeer).toBe("127.0.0.1");
});

test("a sanitize window leads to the wipe and to no seed", async () => {
  const window = store.open({ ...files, purpose: "sanitize" });
  const { text } = await ask(`/b/${window.token("boot")}/boot.ipxe`);
  expect(text).toContain(`ingot.wipe=http://boot.invalid/w/${window.token("wipe")}\n`);
  expect(text).not.toContain("nocloud");
  for (const file of ["meta-data", "user-data", "vendor-data"]) {
    expect((await ask(`/n/${window.token("seed")}/${file}`)).status).toBe(404);
  }
});

test("kernel and initrd arrive whole, with length and checksum", async () => {
  const window = store.open(files);
  for (const [file, bytes] of [
    ["kernel", kernel],
    ["initrd", initrd],
  ] as const) {
    const answer = await ask(`/b/${window.token("boot")}/${file}`);
    expect(answer.status).toBe(200);
    expect(answer.body.equals(bytes)).toBe(true);
    expect(answer.headers.etag).toBe(`"${sha256(bytes)}"`);
    expect(answer.headers["repr-digest"]).toBe(
      `sha-256=:${createHash("sha256").update(bytes).digest("base64")}:`,
    );
    const head = await ask(`/b/${window.token("boot")}/${file}`, { method: "HEAD" });
    expect(head.headers["content-length"]).toBe(String(bytes.length));
    expect(head.body.length).toBe(0);
  }
  await expect.poll(() => window.kernelFetched).toBe(true);
});

test("an interrupted download goes on where it stopped", async () => {
  const window = store.open(files);
  const target = `/b/${window.token("boot")}/kernel`;
  const part = await ask(target, { headers: { range: "bytes=299990-" } });
  expect(part.status).toBe(206);
  expect(part.headers["content-range"]).toBe("bytes 299990-299999/300000");
  expect(part.body.equals(kernel.subarray(299_990))).toBe(true);
  const last = await ask(target, { headers: { range: "bytes=-7" } });
  expect(last.body.equals(kernel.subarray(-7))).toBe(true);
  const outside = await ask(target, { headers: { range: "bytes=300000-" } });
  expect(outside.status).toBe(416);
  const other = await ask(target, { headers: { range: "bytes=1-2", "if-range": '"another"' } });
  expect(other.status).toBe(200);
});

test("a file that is not what was approved is not served, and the operator is told", async () => {
  const window = store.open(files);
  const target = `/b/${window.token("boot")}/kernel`;
  expect((await ask(target)).status).toBe(200);
  await writeFile(path.join(directory, "vmlinuz"), Buffer.alloc(300_000, "implant"));
  const answer = await ask(target);
  expect(answer.status).toBe(500);
  expect(answer.text).not.toContain("implant");
  expect(window.news.at(-1)?.words).toContain("vmlinuz has the checksum");
});

test("user-data is given once, even to twenty at the same moment", async () => {
  const window = store.open(files);
  const target = `/n/${window.token("seed")}/user-data`;
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(target)));
  expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
  expect(answers.filter((answer) => answer.status === 410)).toHaveLength(19);
  expect((await ask(target)).status).toBe(410);
});

test("user-data whose transfer broke off can be had again, three times in all", async () => {
  const window = store.open({
    ...files,
    // More than the sockets of both sides hold, so that the end is never handed over.
    seed: {
      instanceId: "i",
      hostname: "training-1",
      defaultUser: "ubuntu",
      authorizedKeys: [],
      extra: { packages: [], commands: [["x".repeat(20_000_000)]] },
    },
  });
  for (let tries = 1; tries <= 3; tries++) {
    const socket = connect(server.port, "127.0.0.1");
    socket.write(`GET /n/${window.token("seed")}/user-data HTTP/1.1\r\nHost: x\r\n\r\n`);
    await new Promise((resolve) => socket.once("data", resolve));
    socket.destroy();
    await expect.poll(() => [window.userDataTries, window.userDataGiven]).toEqual([tries, false]);
  }
  expect((await ask(`/n/${window.token("seed")}/user-data`)).status).toBe(410);
});

test("the seed leads home, and home is reached once", async () => {
  const window = store.open(files);
  const seed = `/n/${window.token("seed")}`;
  const meta = JSON.parse((await ask(`${seed}/meta-data`)).text);
  expect(meta).toEqual({
    "instance-id": window.seed?.instanceId,
    "local-hostname": "training-1",
  });
  expect((await ask(`${seed}/vendor-data`)).status).toBe(200);
  const { text } = await ask(`${seed}/user-data`);
  const userData = JSON.parse(text.replace("#cloud-config\n", ""));
  expect(userData.phone_home.url).toBe(`http://boot.invalid/p/${window.token("phone")}`);
  expect(userData.reporting.ingot.endpoint).toBe(`http://boot.invalid/e/${window.token("event")}`);

  const event = { name: "init-network", event_type: "finish", result: "FAIL", description: "d" };
  const reported = await ask(`/e/${window.token("event")}`, { body: JSON.stringify(event) });
  expect(reported.status).toBe(200);
  expect(window.news.at(-1)).toEqual({
    words: "init-network: d (failed)",
    level: "error",
    keep: true,
  });

  const home = `/p/${window.token("phone")}`;
  expect((await ask(home, { body: phoneHome("another-instance") })).status).toBe(400);
  const answers = await Promise.all(
    Array.from({ length: 8 }, () =>
      ask(home, {
        body: phoneHome(meta["instance-id"]),
        headers: { "x-forwarded-for": "6.6.6.6" },
      }),
    ),
  );
  expect(answers.map((answer) => answer.status).sort()).toEqual([200, ...Array(7).fill(410)]);
  expect(window.phonedHome).toEqual({
    peer: "127.0.0.1",
    tookKeys: false,
    hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKtestkeytestkeytestkeytestkeytestkey12",
  });
  // Whoever holds the earlier tokens of a node that is home gets nothing more.
  expect((await ask(`/b/${window.token("boot")}/boot.ipxe`)).status).toBe(404);
  expect((await ask(`${seed}/meta-data`)).status).toBe(404);
});

test("a client of EC2's metadata service is known by the address that its script went to, and told the same seed", async () => {
  const window = store.open(files);
  const get = (target: string, headers = {}) => ask(target, { headers });
  const strangers = ["/", "/latest/meta-data/", "/2009-04-04/meta-data/instance-id"];
  for (const target of [...strangers, "/latest/user-data"]) {
    expect(await get(target)).toMatchObject({ status: 404, text: "not found\n" });
  }
  await ask(`/b/${window.token("boot")}/boot.ipxe`);
  const ttl = { "x-aws-ec2-metadata-token-ttl-seconds": "21600" };
  const put = (headers: Record<string, string>) =>
    ask("/latest/api/token", { method: "PUT", headers });
  const token = await put(ttl);
  expect(token).toMatchObject({ status: 200, headers: ttl });
  expect((await put({})).status).toBe(400);
  expect((await put({ ...ttl, "x-forwarded-for": "10.0.0.1" })).status).toBe(403);
  const shown = { "x-aws-ec2-metadata-token": token.text };
  const told = async (path: string) => (await get(`/latest/meta-data/${path}`, shown)).text;
  expect(await told("")).toBe(
    "hostname\ninstance-id\nlocal-hostname\nlocal-ipv4\nmac\nplacement/\npublic-keys/",
  );
  expect(await told("public-keys/")).toBe("0=key-0");
  expect(await told("public-keys/0/openssh-key")).toBe("ssh-ed25519 AAAA ada");
  expect(await told("placement/availability-zone")).toBe("Oslo");
  expect(await told("local-ipv4")).toBe("127.0.0.1");
  expect((await get("/2021-03-23/meta-data/instance-id")).text).toBe(window.seed?.instanceId);
  const wrong = { "x-aws-ec2-metadata-token": window.token("seed") };
  expect((await get("/latest/user-data", wrong)).status).toBe(401);
  for (const target of ["/latest/meta-data/iam/", "/2020-01-01/meta-data/", "/latest/dynamic/"]) {
    expect((await get(target)).status).toBe(404);
  }
  // The same record, and given once whichever way it is asked for.
  const userData = await get("/2009-04-04/user-data");
  expect(userData.text).toContain(`/p/${window.token("phone")}`);
  expect((await get("/latest/user-data")).status).toBe(410);
  expect((await ask(`/n/${window.token("seed")}/user-data`)).status).toBe(410);
  await ask(`/p/${window.token("phone")}`, { body: phoneHome(window.seed?.instanceId ?? "") });
  for (const target of strangers) expect((await get(target)).status).toBe(404);
});

test("an installer is given nothing at EC2's addresses, nor are two nodes at one address", async () => {
  const window = store.open({
    ...files,
    purpose: "install",
    disk: { ...files.initrd, unpackedBytes: 1 },
  });
  window.scriptPeer = "127.0.0.1";
  expect((await ask("/latest/user-data")).status).toBe(404);
  window.installReport = {} as never;
  expect((await ask("/latest/meta-data/")).status).toBe(200);
  store.open({ ...files, scriptPeer: "127.0.0.1" });
  expect((await ask("/latest/meta-data/")).status).toBe(404);
});

test("where EC2's addresses are turned off they are nobody's, and NoCloud's are as they were", async () => {
  await start({}, { ec2Metadata: false });
  const window = store.open({ ...files, scriptPeer: "127.0.0.1" });
  for (const target of ["/", "/latest/meta-data/", "/latest/user-data"]) {
    expect((await ask(target)).status).toBe(404);
  }
  const headers = { "x-aws-ec2-metadata-token-ttl-seconds": "60" };
  expect((await ask("/latest/api/token", { method: "PUT", headers })).status).toBe(404);
  expect((await ask(`/n/${window.token("seed")}/user-data`)).status).toBe(200);
});

test("a wipe reports its progress as often as it likes and its result once", async () => {
  const window = store.open({ ...files, purpose: "sanitize" });
  const wipe = `/w/${window.token("wipe")}`;
  for (const percent of [0, 50, 100]) {
    const body = JSON.stringify({ stage: "vda", percent, message: "overwrite\nforged line" });
    expect((await ask(`${wipe}/progress`, { body })).status).toBe(200);
  }
  expect(window.news.map((news) => news.words)).toEqual(
    [0, 50, 100].map((percent) => `vda: overwrite forged line (${percent} %)`),
  );
  const report = {
    tool: "t",
    devices: [{ kind: "virtio", serial: "S1", method: "m", result: "wiped", durationMs: 5 }],
  };
  const wrong = { ...report, devices: [{ ...report.devices[0], result: "clean" }] };
  expect((await ask(`${wipe}/report`, { body: JSON.stringify(wrong) })).status).toBe(400);
  expect((await ask(`${wipe}/report`, { body: JSON.stringify(report) })).status).toBe(200);
  expect((await ask(`${wipe}/report`, { body: JSON.stringify(report) })).status).toBe(410);
  expect(window.report).toEqual(report);
});

const toInstall = {
  ...files,
  purpose: "install" as const,
  disk: { ...files.initrd, unpackedBytes: 542_113_792 },
};
const installed = (result: "installed" | "failed", sum = files.initrd.sha256) =>
  JSON.stringify({
    tool: "test/1",
    result,
    disk: "vda",
    serial: "DISK1",
    sizeBytes: 1e9,
    sha256: sum,
    durationMs: 9_000,
  });

test("an installer is told where the disk image is, its checksum and size, and who the system will be", async () => {
  const window = store.open(toInstall);
  const { text } = await ask(`/b/${window.token("boot")}/boot.ipxe`);
  expect(text.split("\n")[1]?.split(" ").slice(4)).toEqual([
    `ingot.install=http://boot.invalid/w/${window.token("wipe")}`,
    `ingot.image=http://boot.invalid/b/${window.token("boot")}/disk`,
    `ingot.sha256=${files.initrd.sha256}`,
    "ingot.bytes=542113792",
    `ingot.seed=http://boot.invalid/n/${window.token("seed")}/`,
    `ingot.instance=instance-${window.id}`,
    "ingot.hostname=training-1",
  ]);
  const disk = await ask(`/b/${window.token("boot")}/disk`, { headers: { range: "bytes=0-9" } });
  expect([disk.status, disk.text]).toEqual([206, initrd.subarray(0, 10).toString()]);
});

test("user-data is given to what was installed, once, and never to the installer", async () => {
  const window = store.open(toInstall);
  const seed = `/n/${window.token("seed")}/user-data`;
  expect((await ask(seed)).status).toBe(404);
  const report = `/w/${window.token("wipe")}/report`;
  expect((await ask(report, { body: "{}" })).status).toBe(400);
  expect((await ask(report, { body: installed("installed") })).status).toBe(200);
  expect((await ask(report, { body: installed("installed") })).status).toBe(410);
  expect(window.installReport?.disk).toBe("vda");
  // A node whose firmware asks the network again is not installed a second time.
  expect((await ask(`/b/${window.token("boot")}/boot.ipxe`)).status).toBe(404);
  const userData = await ask(seed);
  expect(userData.status).toBe(200);
  const config = JSON.parse(userData.text.replace("#cloud-config\n", ""));
  expect(config.write_files[0].content).toContain(`http://boot.invalid/s/${window.token("start")}`);
  expect((await ask(seed)).status).toBe(410);
  const home = await ask(`/p/${window.token("phone")}`, {
    body: phoneHome(`instance-${window.id}`),
  });
  expect(home.status).toBe(200);
  expect((await ask(seed)).status).toBe(404);
});

test("a node that is started from its disk is sent there by whatever script it asks for", async () => {
  const window = store.open({
    ...{ kernel: null, initrd: null, seed: null },
    ...{ purpose: "start", mac: "52:54:00:00:00:07" },
  });
  expect((await ask("/pxe/52-54-00-00-00-07/boot.ipxe")).text).toBe("#!ipxe\nexit\n");
  expect((await ask(`/b/${window.token("boot")}/kernel`)).status).toBe(404);
  const up = `/s/${window.token("start")}`;
  // One that was installed before keys were taken at a start asks for none, and says nothing of them.
  expect((await ask(`${up}/keys`)).status).toBe(404);
  expect((await ask(up, { body: phoneHome("any") })).status).toBe(200);
  expect((await ask(up, { body: phoneHome("any") })).status).toBe(410);
  expect(window.phonedHome?.hostKey).toMatch(/^ssh-ed25519 /);
});

test("a node that starts from its disk gets its keys, and says which it took", async () => {
  const keys = ["ssh-ed25519 AAAA ada", "ssh-ed25519 BBBB bob"];
  const given = { kernel: null, initrd: null, seed: null, purpose: "start" as const, keys };
  const [window, other] = [store.open(given), store.open({ ...given, keys: ["ssh-ed25519 CCCC"] })];
  const told = await ask(`/s/${window.token("start")}/keys`);
  const { revision, ...rest } = JSON.parse(told.text);
  expect(rest).toEqual({ keys });
  for (const [start, tookKeys] of [
    [window, true],
    [other, false],
  ] as const) {
    const body = `${phoneHome("any")}&keys=${revision}`;
    expect((await ask(`/s/${start.token("start")}`, { body })).status).toBe(200);
    expect(start.phonedHome?.tookKeys).toBe(tookKeys);
  }
  // Nobody else's token opens them.
  expect((await ask(`/s/${window.token("hook")}/keys`)).status).toBe(404);
});

test("wrong, void and mistaken tokens all get the same plain 404", async () => {
  const open = store.open(files);
  const closed = store.open({ ...files, closed: true });
  const expired = store.open({ ...files, expiresMs: nowMs });
  const never = "0123456789abcdef".repeat(2);
  const targets = [never, closed.token("boot"), expired.token("boot"), open.token("seed")].flatMap(
    (token) => [`/b/${token}/boot.ipxe`, `/b/${token}/kernel`, `/b/${token}/initrd`],
  );
  for (const window of [closed, expired]) {
    targets.push(`/n/${window.token("seed")}/user-data`, `/n/${window.token("seed")}/meta-data`);
  }
  targets.push(`/n/${open.token("boot")}/user-data`);
  const posts = [closed, expired].flatMap((window) =>
    (["phone", "event"] as const).map((purpose) => `/${purpose[0]}/${window.token(purpose)}`),
  );
  posts.push(`/w/${open.token("wipe")}/report`, `/w/${never}/progress`, `/p/${open.token("boot")}`);
  const answers = await Promise.all([
    ...targets.map((target) => ask(target)),
    ...posts.map((target) => ask(target, { body: "{}" })),
  ]);
  const shapes = answers.map(({ status, text, headers }) => {
    const { date, connection, "keep-alive": _, ...rest } = headers;
    return JSON.stringify([status, text, rest]);
  });
  // A body that was not read ends the connection; else all are alike.
  expect(new Set(shapes).size).toBe(1);
  expect(answers[0]?.status).toBe(404);
  expect(open.userDataGiven).toBe(false);
  expect(open.report).toBe(null);
});

test("a window closes by the clock alone", async () => {
  const window = store.open({ ...files, expiresMs: nowMs + 1_000 });
  const target = `/b/${window.token("boot")}/boot.ipxe`;
  expect((await ask(target)).status).toBe(200);
  nowMs += 1_000;
  expect((await ask(target)).status).toBe(404);
});

test("a node that keeps presenting void tokens is noticed", async () => {
  const window = store.open({ ...files, closed: true });
  for (let i = 0; i < 5; i++) await ask(`/b/${window.token("boot")}/boot.ipxe`);
  await expect.poll(() => logged.some((line) => line.includes("void boot tokens"))).toBe(true);
  const warning = logged.find((line) => line.includes("void boot tokens")) ?? "";
  expect(JSON.parse(warning)).toMatchObject({ node: window.nodeId, count: 5 });
});

test("a MAC gets its script while one window awaits it, and only then", async () => {
  const target = "/pxe/52-54-00-00-00-07/boot.ipxe";
  expect((await ask(target)).status).toBe(404);
  const window = store.open({ ...files, mac: "52:54:00:00:00:07" });
  const answer = await ask(target);
  expect(answer.text).toBe((await ask(`/b/${window.token("boot")}/boot.ipxe`)).text);
  store.open({ ...files, mac: "52:54:00:00:00:07" });
  expect((await ask(target)).status).toBe(404);
});

test("no spelling of a path leads to a file that is not named by a window", async () => {
  const window = store.open(files);
  const b = `/b/${window.token("boot")}`;
  await writeFile(path.join(directory, "secret"), "secret");
  const targets = [
    `${b}/../secret`,
    `${b}/kernel/../initrd`,
    `${b}/%2e%2e/secret`,
    `${b}/..%2fsecret`,
    `${b}/secret`,
    `${b}/vmlinuz`,
    `${b}//kernel`,
    `${b}/kernel/`,
    `${b}/kernel?x=1`,
    `${b}/kernel%00`,
    `${b}/kernel#x`,
    `${b}/KERNEL`,
    `http://127.0.0.1${b}/kernel`,
    "/../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "//etc/passwd",
    "/",
    "*",
    "/b/",
    `/b/${"a".repeat(31)}/kernel`,
    `/b/${"a".repeat(33)}/kernel`,
    `/b/${window.token("boot").toUpperCase()}/kernel`,
    "/pxe/..-..-..-..-..-../boot.ipxe",
    "/constructor",
    "/b/__proto__/boot.ipxe",
  ];
  for (const target of targets) expect([target, (await ask(target)).status]).toEqual([target, 404]);
  for (const method of ["PUT", "DELETE", "PATCH", "OPTIONS", "POST"]) {
    expect((await ask(`${b}/kernel`, { method })).status).toBe(404);
  }
  const outside = store.open({ ...files, kernel: { name: "../secret", sha256: "0".repeat(64) } });
  expect((await ask(`/b/${outside.token("boot")}/kernel`)).status).toBe(503);
});

test("kernel arguments that iPXE would act on make no script, and the operator is told", async () => {
  for (const kernelArgs of [
    ["$", "{net0/mac}"].join(""),
    "quiet && shell",
    "a || reboot",
    "quiet # x",
    "ds=nocloud",
    "ingot.wipe=http://evil",
    "initrd=other",
  ]) {
    const window = store.open({ ...files, kernelArgs });
    expect((await ask(`/b/${window.token("boot")}/boot.ipxe`)).status).toBe(500);
    expect(window.news.at(-1)?.level).toBe("error");
  }
});

test("bodies over their limit are refused, announced or not", async () => {
  const window = store.open(files);
  const wipe = store.open({ ...files, purpose: "sanitize" });
  const tooMuch = async (target: string, bytes: number) => {
    const body = "x".repeat(bytes);
    const announced = await ask(target, { body, headers: { "content-length": String(bytes) } });
    const chunked = await ask(target, { body, headers: { "transfer-encoding": "chunked" } });
    return [announced.status, chunked.status];
  };
  expect(await tooMuch(`/e/${window.token("event")}`, 64 * 1024 + 1)).toEqual([413, 413]);
  expect(await tooMuch(`/p/${window.token("phone")}`, 64 * 1024 + 1)).toEqual([413, 413]);
  expect(await tooMuch(`/w/${wipe.token("wipe")}/report`, 1024 * 1024 + 1)).toEqual([413, 413]);
  // At the limit it is read, and only then found to be no event.
  expect(await tooMuch(`/e/${window.token("event")}`, 64 * 1024)).toEqual([400, 400]);
  expect(window.news).toEqual([]);
});

test("a request whose end can be read in two ways is refused, and what follows it is not read", async () => {
  const window = store.open(files);
  const head = `POST /e/${window.token("event")} HTTP/1.1\r\nHost: x`;
  const hidden = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
  const statuses = async (bytes: string) =>
    (await answersTo(server.port, bytes)).map((answer) => Number(answer.split(" ")[1]));
  // Where the first ends as it says, the second is answered.
  expect(await statuses(whole(head, "x") + hidden)).toEqual([400, 200]);
  for (const [what, torn] of Object.entries(tornRequests(head, hidden))) {
    expect([what, await statuses(torn)]).toEqual([what, [400]]);
  }
  expect(window.news).toEqual([]);
});

test("a body that comes drop by drop is cut off, and others are served meanwhile", async () => {
  await start({ requestTimeoutMs: 400, headersTimeoutMs: 300 });
  const window = store.open(files);
  const startedMs = performance.now();
  const slow = Array.from({ length: 50 }, (_, index) => {
    const socket = connect(server.port, "127.0.0.1");
    socket.on("error", () => {});
    // Half of them do not even end their headers.
    socket.write(
      `POST /p/${window.token("phone")} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n`,
    );
    if (index % 2) socket.write("\r\n");
    const drops = setInterval(() => socket.write("a"), 20);
    return new Promise<string>((resolve) => {
      let text = "";
      socket.on("data", (chunk) => {
        text += chunk;
      });
      socket.on("close", () => {
        clearInterval(drops);
        resolve(text);
      });
    });
  });
  expect((await ask(`/b/${window.token("boot")}/boot.ipxe`)).status).toBe(200);
  const ends = await Promise.all(slow);
  expect(performance.now() - startedMs).toBeLessThan(20_000);
  for (const end of ends) expect(end === "" || end.startsWith("HTTP/1.1 4")).toBe(true);
  expect(window.phonedHome).toBe(null);
});

test("a node that asks too often waits; its files and its report are not counted", async () => {
  const window = store.open(files);
  const wipe = store.open({ ...files, purpose: "sanitize", mac: "52:54:00:00:00:02" });
  const script = `/b/${window.token("boot")}/boot.ipxe`;
  for (let i = 0; i < 30; i++) expect((await ask(script)).status).toBe(200);
  nowMs += 10_000;
  const refused = await ask(script);
  expect(refused.status).toBe(429);
  expect(refused.headers["retry-after"]).toBe("50");
  expect((await ask(`/b/${window.token("boot")}/kernel`)).status).toBe(200);
  expect((await ask(`/b/${wipe.token("boot")}/boot.ipxe`)).status).toBe(200);
  const body = JSON.stringify({ stage: "s" });
  for (let i = 0; i < 600; i++) await ask(`/w/${wipe.token("wipe")}/progress`, { body });
  expect((await ask(`/w/${wipe.token("wipe")}/progress`, { body })).status).toBe(429);
  const report = JSON.stringify({ tool: "t", devices: [] });
  expect((await ask(`/w/${wipe.token("wipe")}/report`, { body: report })).status).toBe(200);
  nowMs += 50_000;
  expect((await ask(script)).status).toBe(200);
});

test("without its store the server says so and gives nothing away", async () => {
  const window = store.open(files);
  expect((await ask("/healthz")).status).toBe(200);
  store.outage = new Error("connection refused at 10.0.0.5");
  expect((await ask("/healthz")).status).toBe(503);
  const answer = await ask(`/b/${window.token("boot")}/boot.ipxe`);
  expect(answer.status).toBe(503);
  expect(answer.headers["retry-after"]).toBe("5");
  expect(answer.text).not.toContain("10.0.0.5");
});

test("no log line holds a token that was used", async () => {
  const window = store.open(files);
  await ask(`/b/${window.token("boot")}/boot.ipxe`);
  await ask(`/n/${window.token("seed")}/user-data`);
  await ask(`/p/${window.token("phone")}`, { body: phoneHome(window.seed?.instanceId ?? "") });
  await ask(`/p/${window.token("event")}`, { body: "" });
  await expect.poll(() => logged.length).toBeGreaterThanOrEqual(4);
  for (const purpose of bootTokenPurposes) {
    expect(logged.join("")).not.toContain(window.token(purpose).slice(0, 12));
  }
});

test("500 nodes that boot at once, among strangers, get no wrong answer", {
  timeout: 60_000,
}, async () => {
  const windows = Array.from({ length: 500 }, (_, n) =>
    store.open({
      ...files,
      kernel: {
        name: n % 2 ? "initrd.gz" : "vmlinuz",
        sha256: n % 2 ? sha256(initrd) : sha256(kernel),
      },
      mac: `52:54:00:00:${(n >> 8).toString(16).padStart(2, "0")}:${(n & 255).toString(16).padStart(2, "0")}`,
    }),
  );
  const wrong: string[] = [];
  const check = (what: string, holds: boolean) => {
    if (!holds) wrong.push(what);
  };
  let answers = 0;
  const counted = async (...args: Parameters<typeof ask>) => {
    answers++;
    return ask(...args);
  };
  const boot = async (n: number) => {
    const window = windows[n];
    const neighbour = windows[(n + 1) % windows.length];
    if (!window || !neighbour) throw new Error("no window");
    const b = `/b/${window.token("boot")}`;
    const byMac = `/pxe/${window.mac.replaceAll(":", "-")}/boot.ipxe`;
    const script = await counted(n % 3 ? `${b}/boot.ipxe` : byMac);
    check("script", script.status === 200 && script.text.includes(window.token("seed")));
    check("script of another", !script.text.includes(neighbour.token("seed")));
    const file = await counted(`${b}/kernel`);
    check("kernel", file.body.equals(n % 2 ? initrd : kernel));
    const seed = `/n/${window.token("seed")}`;
    const meta = await counted(`${seed}/meta-data`);
    check("meta-data", JSON.parse(meta.text)["instance-id"] === window.seed?.instanceId);
    check("mistaken", (await counted(`/n/${window.token("boot")}/user-data`)).status === 404);
    const data = await Promise.all([counted(`${seed}/user-data`), counted(`${seed}/user-data`)]);
    check(
      "user-data",
      data
        .map((answer) => answer.status)
        .sort()
        .join() === "200,410",
    );
    const given = data.find((answer) => answer.status === 200);
    check("user-data of its own", given?.text.includes(window.token("phone")) === true);
    const home = `/p/${window.token("phone")}`;
    const stolen = await counted(home, { body: phoneHome(neighbour.seed?.instanceId ?? "") });
    check("another's phone home", stolen.status === 400);
    const homes = await Promise.all(
      [0, 1].map(() => counted(home, { body: phoneHome(window.seed?.instanceId ?? "") })),
    );
    check(
      "phone home",
      homes
        .map((answer) => answer.status)
        .sort()
        .join() === "200,410",
    );
    check("after", (await counted(`${b}/boot.ipxe`)).status === 404);
  };
  await Promise.all(windows.map((_, n) => boot(n)));
  expect(wrong).toEqual([]);
  expect(answers).toBeGreaterThanOrEqual(5_000);
});

const disk = { ...files.initrd, unpackedBytes: 1 };
const progress = JSON.stringify({ stage: "wipe" });
/** Every door that a token opens: what it asks of which window, and what opens the part of the boot. */
const doors: {
  purpose: BootPurpose;
  token: BootTokenPurpose;
  path: string;
  body?: string;
  first: [token: BootTokenPurpose, path: string, body?: string];
}[] = [
  ...["/boot.ipxe", "/kernel", "/initrd"].map((path) => ({
    ...{ purpose: "deploy" as const, token: "boot" as const, path },
    first: ["boot", "/boot.ipxe"] as ["boot", string],
  })),
  ...["/meta-data", "/user-data", "/vendor-data", "/network-config"].map((path) => ({
    ...{ purpose: "deploy" as const, token: "seed" as const, path },
    first: ["seed", "/meta-data"] as ["seed", string],
  })),
  {
    ...{ purpose: "deploy", token: "phone", path: "", body: phoneHome("i") },
    first: ["seed", "/meta-data"],
  },
  { purpose: "deploy", token: "event", path: "", body: "{}", first: ["seed", "/meta-data"] },
  { purpose: "deploy", token: "hook", path: "/next", first: ["seed", "/meta-data"] },
  { purpose: "install", token: "boot", path: "/disk", first: ["wipe", "/log", "begun"] },
  ...["/progress", "/report", "/log"].flatMap((path) =>
    (["install", "sanitize", "inspect"] as const).map((purpose) => ({
      ...{ purpose, token: "wipe" as const, path, body: progress },
      first: ["wipe", "/log", "begun"] as ["wipe", string, string],
    })),
  ),
  { purpose: "start", token: "start", path: "/keys", first: ["start", "/keys"] },
  { purpose: "start", token: "start", path: "", body: "keys=", first: ["start", "/keys"] },
];
const letters = { boot: "b", seed: "n", phone: "p", event: "e", wipe: "w", start: "s", hook: "h" };
const addressOf = (window: GivenWindow, token: BootTokenPurpose, path: string) =>
  `/${letters[token]}/${window.token(token)}${path}`;
const posted = (body?: string) => (body === undefined ? {} : { body });

test.for(doors)(
  "a $purpose boot's token of $token, at $path, is found from where its part of the boot asks, and nowhere else",
  async ({ purpose, token, path, body, first }) => {
    const window = store.open({ ...files, purpose, disk, keys: ["ssh-ed25519 AAAA"] });
    const [firstToken, firstPath, firstBody] = first;
    expect((await ask(addressOf(window, firstToken, firstPath), posted(firstBody))).status).toBe(
      200,
    );
    const target = addressOf(window, token, path);
    const stolen = await ask(target, { ...posted(body), from: "127.0.0.2" });
    const unknown = await ask(target.replace(/[0-9a-f]{32}/, "0".repeat(32)), posted(body));
    expect([stolen.status, stolen.text]).toEqual([unknown.status, unknown.text]);
    expect(unknown.status).toBe(404);
    expect(window.misplaced).toMatchObject([
      { peer: "127.0.0.2", why: "it came from 127.0.0.2, and this boot asks from 127.0.0.1" },
    ]);
    // Nothing was taken or given by it, and the node itself goes on.
    expect(window).toMatchObject({ userDataTries: 0, phonedHome: null, report: null, news: [] });
    expect((await ask(target, posted(body))).status).not.toBe(404);
    expect(window.misplaced).toHaveLength(1);
  },
);

test("where a controller reads a medium says nothing of where its host is, and the host's first word is its boot", async () => {
  const window = store.open({ ...files, isAwaitedFromMedium: true });
  const mediumFrom = (from: string) =>
    ask(addressOf(window, "boot", "/boot.iso"), { from, headers: { range: "bytes=0-9" } });
  expect((await mediumFrom("127.0.0.3")).status).toBe(206);
  expect(window.places).toEqual({ medium: "127.0.0.3" });
  expect(window.scriptPeer).toBeNull();
  // Whoever stole the address of the medium has it from elsewhere.
  expect((await mediumFrom("127.0.0.2")).status).toBe(404);
  expect(window.misplaced).toMatchObject([{ door: "medium", peer: "127.0.0.2" }]);
  expect((await ask(addressOf(window, "seed", "/meta-data"))).status).toBe(200);
  expect(window.places).toEqual({ medium: "127.0.0.3", system: "127.0.0.1" });
  expect([window.scriptPeer, window.kernelFetched]).toEqual(["127.0.0.1", true]);
  // And its controller is no part of what its host asks.
  expect((await ask(addressOf(window, "seed", "/user-data"), { from: "127.0.0.3" })).status).toBe(
    404,
  );
  expect((await mediumFrom("127.0.0.3")).status).toBe(206);
});

test("a boot by MAC address is given to the first place that asks for it", async () => {
  store.open({ ...files, mac: "52:54:00:00:00:07" });
  const target = "/pxe/52-54-00-00-00-07/boot.ipxe";
  expect((await ask(target)).status).toBe(200);
  expect((await ask(target, { from: "127.0.0.2" })).status).toBe(404);
  expect((await ask(target)).status).toBe(200);
});

test("each part of a boot may have another lease, and a lease of the node's takes its place over", async () => {
  const window = store.open(files);
  const kernelOf = (from: string) => ask(addressOf(window, "boot", "/kernel"), { from });
  const seedOf = (from: string) => ask(addressOf(window, "seed", "/meta-data"), { from });
  expect((await kernelOf("127.0.0.1")).status).toBe(200);
  // What was booted asks DHCP as another client.
  expect((await seedOf("127.0.0.2")).status).toBe(200);
  expect((await seedOf("127.0.0.1")).status).toBe(404);
  expect(window.places).toEqual({ program: "127.0.0.1", system: "127.0.0.2" });
  store.holders.set("127.0.0.3", { kind: "own" });
  expect((await seedOf("127.0.0.3")).status).toBe(200);
  expect((await seedOf("127.0.0.2")).status).toBe(404);
  // The first to ask is not served either, where DHCP says that it is another node.
  const other = store.open({ ...files, mac: "52:54:00:00:00:08" });
  const holder = { kind: "other" as const, mac: "52:54:00:00:00:09", node: "gpu-9" };
  store.holders.set("127.0.0.1", holder);
  expect((await ask(addressOf(other, "boot", "/boot.ipxe"))).status).toBe(404);
  expect(other.misplaced).toEqual([
    {
      ...{ door: "script", peer: "127.0.0.1" },
      why: "it came from 127.0.0.1, which DHCP has given to gpu-9 (52:54:00:00:00:09)",
    },
  ]);
});

test("a machine that says it is another one is given nothing to boot, and its job nothing to do", async () => {
  const uuid = "3a1f6e52-77b0-4c1d-9d3e-8f00c0ffee01";
  const machine = { macs: ["52:54:00:00:00:01"], uuid };
  const window = store.open({ ...files, purpose: "sanitize", machine });
  const kernelOf = async (said: string) =>
    (await ask(addressOf(window, "boot", `/kernel${said}`))).status;
  expect(await kernelOf("?mac=52-54-00-00-00-02&uuid=")).toBe(404);
  expect(await kernelOf(`?mac=&uuid=${uuid.replace("3a", "3b")}`)).toBe(404);
  expect(await kernelOf(`?mac=52-54-00-00-00-02&uuid=${uuid.replace("3a", "3b")}`)).toBe(404);
  expect(window.misplaced.at(-1)?.why).toBe(
    "the machine that asked is another one, by its MAC 52:54:00:00:00:02 and UUID 3b1f6e52-77b0-4c1d-9d3e-8f00c0ffee01",
  );
  // A new network card, a UUID in the order in which it lies in memory, and nothing at all.
  expect(await kernelOf(`?mac=52-54-00-00-00-02&uuid=${uuid}`)).toBe(200);
  expect(await kernelOf("?mac=52-54-00-00-00-02&uuid=526e1f3a-b077-1d4c-9d3e-8f00c0ffee01")).toBe(
    200,
  );
  expect(await kernelOf("?mac=&uuid=")).toBe(200);
  expect(await kernelOf("")).toBe(200);
  expect(await kernelOf("?mac=x&uuid=")).toBe(404);
  const report = async (said: string) => {
    const headers = { "ingot-machine": said };
    return (await ask(addressOf(window, "wipe", "/log"), { body: "begun", headers })).status;
  };
  expect(await report("uuid=&mac=52:54:00:00:00:03,52:54:00:00:00:04,")).toBe(404);
  expect(await report("uuid=&mac=52:54:00:00:00:03,52:54:00:00:00:01,")).toBe(200);
});

test("where addresses change on the way, no place is kept", async () => {
  await start({}, { keepsPlaces: false });
  const window = store.open(files);
  for (const from of ["127.0.0.1", "127.0.0.2", "127.0.0.1"]) {
    expect((await ask(addressOf(window, "seed", "/meta-data"), { from })).status).toBe(200);
  }
  expect(window.misplaced).toEqual([]);
});

test("a system that was handed over may go wherever its tenant puts it", async () => {
  const window = store.open({ ...files, isHandedOver: true });
  for (const from of ["127.0.0.1", "127.0.0.2"]) {
    expect((await ask(addressOf(window, "hook", "/next"), { from })).status).not.toBe(404);
  }
});

test("a system that has phoned home may change its address in its hooks, and in nothing else", async () => {
  const window = store.open({ ...files, hasPhonedHome: true });
  for (const from of ["127.0.0.1", "127.0.0.2"]) {
    expect((await ask(addressOf(window, "hook", "/next"), { from })).status).not.toBe(404);
  }
  expect((await ask(addressOf(window, "seed", "/meta-data"))).status).toBe(200);
  expect((await ask(addressOf(window, "seed", "/meta-data"), { from: "127.0.0.2" })).status).toBe(
    404,
  );
});

test("refusals without end are written down so often and no more", async () => {
  const window = store.open(files);
  const target = addressOf(window, "boot", "/boot.ipxe");
  await ask(target);
  await start({ requestsPerMinute: 7 });
  await Promise.all(Array.from({ length: 20 }, () => ask(target, { from: "127.0.0.2" })));
  expect(window.misplaced).toHaveLength(7);
});
