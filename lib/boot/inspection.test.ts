import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MemoryBootStore, noLeases, noScripts } from "#lib/boot/memory-store.test-support";
import { type BootServer, startBootServer } from "#lib/boot/server";

const secret = "a secret of this test";
const files = { kernel: { name: "k", sha256: "k" }, initrd: { name: "i", sha256: "i" } };
const store = new MemoryBootStore(secret);
let server: BootServer;
let origin: string;

beforeAll(async () => {
  server = await startBootServer({
    host: "127.0.0.1",
    port: 0,
    secret,
    imageDirectory: "/nowhere",
    store,
    scripts: noScripts,
    leases: noLeases,
    log: pino({ level: "silent" }),
  });
  origin = `http://127.0.0.1:${server.port}`;
});
afterAll(() => server.close());

const post = async (path: string, body: string) =>
  (await fetch(`${origin}${path}`, { method: "POST", body })).status;

const facts = {
  kernel: "6.1.0",
  firmware: "uefi",
  system: {
    ...{ manufacturer: null, model: null, serial: "S1", uuid: null, boardSerial: null },
    ...{ biosVendor: null, biosVersion: null, biosDate: null },
  },
  cpu: { model: null, sockets: 2, cores: null, threads: null },
  memory: { totalMib: null, modules: null },
  ...{ drives: [], nics: [], infiniband: [], pci: [], gpus: null, tpm: null, secureBoot: null },
};

test("an inspection is told how long to test, and its report is taken once", async () => {
  const window = store.open({
    ...files,
    purpose: "inspect",
    inspection: { level: "burn_in", seconds: 90 },
  });
  const script = await (await fetch(`${origin}/b/${window.token("boot")}/boot.ipxe`)).text();
  expect(script).toContain(`ingot.inspect=http://boot.invalid/w/${window.token("wipe")}`);
  expect(script).toContain("ingot.burn=90");
  const report = JSON.stringify({ tool: "t/1", uptimeSeconds: 5, facts, tests: [] });
  const path = `/w/${window.token("wipe")}/report`;
  expect(await post(path, "{}")).toBe(400);
  expect(await post(path, JSON.stringify({ tool: "t/1", devices: [] }))).toBe(400);
  expect(await post(path, `${report}${" ".repeat(1_100_000)}`)).toBe(413);
  expect(await post(path, report)).toBe(200);
  expect(await post(path, report)).toBe(410);
  expect(window.inspectionReport?.facts.system.serial).toBe("S1");
  // What it booted from is void.
  expect((await fetch(`${origin}/b/${window.token("boot")}/boot.ipxe`)).status).toBe(404);
});

test("without a burn-in nothing is tested", async () => {
  const window = store.open({ ...files, purpose: "inspect", inspection: { level: "inspect" } });
  const script = await (await fetch(`${origin}/b/${window.token("boot")}/boot.ipxe`)).text();
  expect(script).not.toContain("ingot.burn");
});

test("the log of a job is kept without its tokens, and of nobody else", async () => {
  const window = store.open({ ...files, purpose: "sanitize" });
  const token = window.token("wipe");
  expect(await post(`/w/${token}/log`, `reports to /w/${token}\n`)).toBe(200);
  expect(window.log).toBe("reports to /w/[removed]\n");
  expect(await post(`/w/${token}/log`, "x".repeat(300_000))).toBe(413);
  const deployed = store.open({ ...files, purpose: "deploy" });
  expect(await post(`/w/${deployed.token("wipe")}/log`, "hello")).toBe(404);
  expect(await post(`/w/${deployed.token("boot")}/log`, "hello")).toBe(404);
});
