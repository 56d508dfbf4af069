import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { afterEach, describe, expect, test, vi } from "vitest";
import { hostSample } from "#lib/domain/telemetry/host-sample";
import { parseHostExposition } from "#lib/drivers/node-exporter/exposition";
import type { RackOptions } from "./options.ts";
import { type Rack, startRack } from "./rack.ts";
import { offerDeploy, startTestPortal } from "./test-portal.ts";
import { testRedfish } from "./test-redfish.ts";

// The machine that runs the tests may be busy with others.
const patience = { timeout: 60_000 };
vi.setConfig({ testTimeout: 300_000 });

const timing = { powerMs: 10, bootMs: 10, installMs: 20, retryMs: 10 };
const system = "/redfish/v1/Systems/DGX";

const opened: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const part of opened.splice(0).reverse()) await part.close();
});

async function openRack(options: RackOptions): Promise<Rack> {
  const rack = await startRack({ network: 25, timing, ...options });
  opened.push(rack);
  return rack;
}

async function openFolder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "rack-test-"));
  opened.push({ close: () => rm(path, { recursive: true, force: true }) });
  return path;
}

function first<Item>(items: readonly Item[]): Item {
  const [item] = items;
  if (item === undefined) throw new Error("nothing there");
  return item;
}

/** Deploys the rack's first node and waits for its system. */
async function deployFirst(rack: Rack): Promise<void> {
  const portal = await startTestPortal();
  opened.push(portal);
  const node = first(rack.nodes);
  const client = testRedfish(node);
  await client.patch(system, {
    Boot: {
      BootSourceOverrideEnabled: "Once",
      BootSourceOverrideTarget: "UefiHttp",
      HttpBootUri: offerDeploy(portal, "t"),
    },
  });
  await client.post(`${system}/Actions/ComputerSystem.Reset`, { ResetType: "On" });
  await vi.waitFor(() => expect(rack.control.report(node.name).phase).toBe("running"), patience);
}

function scrape(address: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    get({ host: address, port: 9_400, path: "/metrics", agent: false }, (incoming) => {
      let text = "";
      incoming.setEncoding("utf8");
      incoming.on("data", (chunk: string) => {
        text += chunk;
      });
      incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, text }));
      incoming.on("error", reject);
    }).on("error", reject);
  });
}

describe("a rack", () => {
  test("of a thousand nodes starts, and each of them answers", async () => {
    const rack = await openRack({ nodes: [{ count: 1_000 }] });
    const names = rack.nodes.map((node) => node.name);
    const addresses = rack.nodes.flatMap((node) => [node.controllerAddress, node.address]);
    const prints = rack.nodes.map((node) => node.certificate.fingerprint);
    expect(new Set(names).size).toBe(1_000);
    expect(new Set(addresses).size).toBe(2_000);
    expect(new Set(prints).size).toBe(1_000);
    for (const node of [rack.nodes[0], rack.nodes[500], rack.nodes[999]]) {
      if (node === undefined) throw new Error("no node");
      const { body } = await testRedfish(node).get(system);
      expect(body.SerialNumber).toBe(node.serial);
    }
  }, 300_000);

  test("is the same rack on the next start with the same seed", async () => {
    const facts = (rack: Rack) => rack.nodes.map(({ certificate: _, ...identity }) => identity);
    const before = await startRack({ network: 25, nodes: [{ count: 2 }, { gpus: 0 }] });
    await before.close();
    const after = await openRack({ nodes: [{ count: 2 }, { gpus: 0 }] });
    expect(facts(after)).toEqual(facts(before));
    const other = await openRack({ network: 26, seed: "other", nodes: [{}] });
    expect(first(other.nodes).serial).not.toBe(first(after.nodes).serial);
  });

  test("keeps certificates, disks and power in its state file", async () => {
    const stateFile = join(await openFolder(), "state.json");
    const options = { network: 25, timing, stateFile, nodes: [{ name: "a" }, { name: "b" }] };
    const before = await startRack(options);
    await before.control.setFaults("b", ["certificate-changed"]);
    await deployFirst(before);
    await before.close();
    expect((await stat(stateFile)).mode & 0o077).toBe(0);

    const after = await openRack(options);
    expect(after.nodes.map((node) => node.certificate.fingerprint)).toEqual(
      before.nodes.map((node) => node.certificate.fingerprint),
    );
    expect(after.control.report("a")).toMatchObject({
      power: "On",
      phase: "running",
      installed: { hostname: "host-t" },
      exporter: { open: true },
    });
    expect(after.control.report("b")).toMatchObject({ power: "Off", installed: null });
    expect((await testRedfish(first(after.nodes)).get(system)).body.PowerState).toBe("On");
  });

  test("refuses options that it does not know, by name", async () => {
    await expect(startRack({ nodes: [{ faults: ["never-bots"] }] })).rejects.toThrow("never-bots");
    // @ts-expect-error a misspelt option
    await expect(startRack({ nodez: [] })).rejects.toThrow("nodez");
    await expect(
      startRack({ network: 25, nodes: [{ name: "twin" }, { name: "twin" }] }),
    ).rejects.toThrow("two nodes are called twin");
  });
});

describe("the exporter", () => {
  test("tells the default counters of each GPU while the system is up", async () => {
    const rack = await openRack({ nodes: [{}] });
    const node = first(rack.nodes);
    await expect(scrape(node.address)).rejects.toThrow("ECONNREFUSED");
    await deployFirst(rack);
    const { status, text } = await scrape(node.address);
    expect(status).toBe(200);
    const samples = text.split("\n").filter((line) => line.startsWith("DCGM_FI_DEV_GPU_TEMP{"));
    expect(samples).toHaveLength(8);
    expect(samples[0]).toMatch(
      /^DCGM_FI_DEV_GPU_TEMP\{gpu="0",UUID="GPU-[0-9a-f-]{36}",pci_bus_id="00000000:1B:00.0",device="nvidia0",modelName="NVIDIA H100 80GB HBM3",hostname="host-t",DCGM_FI_DRIVER_VERSION="[\d.]+"\} \d+$/,
    );
    expect(text).toContain("# TYPE DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL counter\n");
    expect(text).toMatch(/DCGM_FI_DEV_XID_ERRORS\{[^}]*err_code="0",err_msg="No Error"\} 0\n/);

    await rack.control.setFaults(node.name, ["wrong-gpu-count", "xid:48"]);
    const faulty = (await scrape(node.address)).text;
    expect(faulty.match(/^DCGM_FI_DEV_GPU_TEMP\{/gm)).toHaveLength(7);
    expect(faulty).toMatch(/DCGM_FI_DEV_XID_ERRORS\{[^}]*err_code="48"[^}]*\} 48\n/);
    await rack.control.setFaults(node.name, ["hot-gpu"]);
    const hot = (await scrape(node.address)).text;
    expect(hot).toMatch(/^DCGM_FI_DEV_GPU_TEMP\{gpu="0"[^}]*\} 92$/m);
    await rack.control.setFaults(node.name, ["nvlink-down:3"]);
    const links = (await scrape(node.address)).text.match(/^DCGM_FI_DEV_NVLINK_GET_STATE\{.*$/gm);
    expect(links).toHaveLength(8 * 18);
    expect(links?.filter((line) => line.endsWith(" 0"))).toEqual(
      [0, 1, 2].map((link) => `DCGM_FI_DEV_NVLINK_GET_STATE{nvlink="${link}",gpu="0"} 0`),
    );
    await rack.control.setFaults(node.name, ["exporter-garbage"]);
    expect((await scrape(node.address)).text).toContain("<html>");
    await rack.control.setFaults(node.name, ["exporter-down"]);
    await expect(scrape(node.address)).rejects.toThrow("ECONNREFUSED");
  });

  test("of a host tells counters that go on, in a node_exporter's words", async () => {
    const rack = await openRack({ nodes: [{ gpus: 0 }] });
    await deployFirst(rack);
    const { address } = first(rack.nodes);
    const look = async () => {
      const answer = await fetch(`http://${address}:9100/metrics`);
      return {
        reading: parseHostExposition(Buffer.from(await answer.arrayBuffer())),
        atMs: Date.now(),
      };
    };
    const before = await look();
    await vi.waitFor(
      async () => {
        const told = hostSample(before, await look(), 60_000);
        expect(told.cpu_busy).toBeGreaterThan(40);
        expect(told.net_rx).toBeGreaterThan(0);
        expect(told.mem_used).toBeGreaterThan(0);
        expect(told.ib_rx).toBeNull();
      },
      { timeout: 60_000 },
    );
  });

  test("that drips never comes to the end of its answer", async () => {
    const rack = await openRack({ nodes: [{ faults: ["exporter-drip"] }] });
    await deployFirst(rack);
    const { address } = first(rack.nodes);
    const outcome = await new Promise((resolve) => {
      const outgoing = get({ host: address, port: 9_400, path: "/metrics", agent: false });
      outgoing.on("response", (incoming) => {
        let chunks = 0;
        incoming.on("end", () => resolve("ended"));
        incoming.on("error", () => undefined);
        incoming.on("data", () => {
          if (++chunks === 3) {
            resolve("still dripping");
            outgoing.destroy();
          }
        });
      });
    });
    expect(outcome).toBe("still dripping");
  });

  test("says the same in the names and units of 4.9", async () => {
    const rack = await openRack({ nodes: [{ dcgmNaming: "4.9" }] });
    await deployFirst(rack);
    const { text } = await scrape(first(rack.nodes).address);
    expect(text).toMatch(
      /^DCGM_FI_DEV_SM_CLOCK_HERTZ\{[^}]*DCGM_FI_SYSTEM_DRIVER_VERSION=[^}]*\} 345000000$/m,
    );
    expect(text).not.toContain("DCGM_FI_DEV_GPU_UTIL{");
  });
});

describe("a fixture controller", () => {
  test("answers from its capture behind a login, and changes nothing", async () => {
    const file = join(await openFolder(), "capture.json.gz");
    const capture = {
      "/redfish/v1": { Vendor: "Acme" },
      "/redfish/v1/Systems": { Members: [] },
      "/redfish/v1/Systems?$skip=75": { Members: ["more"] },
    };
    await writeFile(file, await promisify(gzip)(JSON.stringify(capture)));
    const rack = await openRack({ fixtures: [{ name: "captured", file }] });
    const client = testRedfish(first(rack.fixtures));
    expect((await client.get("/redfish/v1/", {})).body).toEqual({ Vendor: "Acme" });
    expect((await client.get("/redfish/v1/Systems", {})).status).toBe(401);
    expect((await client.get("/redfish/v1/Systems/")).body).toEqual({ Members: [] });
    expect((await client.get("/redfish/v1/Systems?$skip=75")).body).toEqual({ Members: ["more"] });
    expect((await client.patch("/redfish/v1/Systems", {})).status).toBe(405);
    expect((await client.get("/redfish/v1/Chassis")).status).toBe(404);
  });
});

describe("the control endpoint", () => {
  test("shows and changes what the handle does", async () => {
    const rack = await openRack({ nodes: [{ name: "a" }] });
    const call = (method: string, path: string, body?: unknown) =>
      fetch(`${rack.controlOrigin}${path}`, {
        method,
        body: body === undefined ? undefined : JSON.stringify(body),
      });
    const list = await (await call("GET", "/nodes")).json();
    expect(list).toMatchObject([{ name: "a", power: "Off", fingerprint: expect.any(String) }]);
    const set = await call("PUT", "/nodes/a/faults", { faults: ["hgx-503"] });
    expect(await set.json()).toEqual(["hgx-503"]);
    expect(rack.control.report("a").faults).toEqual(["hgx-503"]);
    expect((await call("PUT", "/nodes/a/faults", { faults: ["nonsense"] })).status).toBe(400);
    expect((await call("GET", "/nodes/b")).status).toBe(404);
    const timed = await call("PUT", "/timing", { powerMs: 100, speed: 2 });
    expect(await timed.json()).toMatchObject({ powerMs: 50 });
    expect((await call("GET", "/elsewhere")).status).toBe(404);
  });
});
