import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { offerMedium } from "#e2e/fixtures/boot-medium";
import { debianPython, missing, runJudge } from "#e2e/judges/python";
import { type Rack, startRack } from "#e2e/simulator/rack";
import { offerBoot, startTestPortal } from "#e2e/simulator/test-portal";

// Redfish clients that no one here wrote drive the simulated rack, so that it and our driver cannot
// agree on a dialect of their own. Each test holds what the judge saw against what the machine did.

const sushy = missing("/usr/lib/python3/dist-packages/sushy/__init__.py", "python3-sushy");
const redfishtool = missing("/usr/bin/redfishtool", "redfishtool");
for (const why of [sushy, redfishtool]) if (why) console.warn(`A judge is absent. ${why}`);

const nodes = [
  { name: "dgx", flavour: "dgx", system: "DGX" },
  { name: "plain", flavour: "plain", system: "437XR1138R2" },
  { name: "pxe", flavour: "pxe-only", system: "1" },
] as const;

let rack: Rack;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "ingot-judges-"));
  rack = await startRack({
    network: 71,
    timing: { powerMs: 20, bootMs: 20, shutdownMs: 20, retryMs: 20 },
    // Nobody answers there: the machine asks the network, and goes on.
    pxeOrigin: "http://127.0.0.1:9",
    nodes: [
      ...nodes.map(({ name, flavour }) => ({ name, flavour })),
      { name: "media", flavour: "media-only" },
    ],
  });
});

afterAll(async () => {
  await rack?.close();
  await rm(directory, { recursive: true, force: true });
});

function identity(name: string) {
  const node = rack.nodes.find((candidate) => candidate.name === name);
  if (node === undefined) throw new Error(`no node ${name}`);
  return node;
}

const phasesSince = (name: string, from: number) =>
  rack.control
    .report(name)
    .phases.slice(from)
    .map((change) => change.phase);

describe.skipIf(sushy !== null)("sushy, OpenStack's client", () => {
  test.each(nodes)("reads, orders and signs out of the $flavour controller", async (node) => {
    const { controllerAddress, username, password, certificate, serial, uuid, mac } = identity(
      node.name,
    );
    const ca = path.join(directory, `${node.name}.pem`);
    await writeFile(ca, certificate.pem);
    const script = path.join(import.meta.dirname, "sushy_judge.py");
    const given = {
      ...{ url: `https://${controllerAddress}`, ca, username, password },
      system: `/redfish/v1/Systems/${node.system}`,
    };
    const before = rack.control.report(node.name).phases.length;
    const ran = await runJudge(debianPython, [script], JSON.stringify(given));
    expect(ran.stderr).toBe("");
    const seen = JSON.parse(ran.stdout);

    expect(seen).toMatchObject({
      uuid,
      serial,
      sessions: 1,
      architecture: "x86",
      chassis: "RackMount",
      manager: { type: "BMC" },
      bootSet: { target: "Pxe", enabled: "Once", mode: "UEFI" },
      bootAfter: { enabled: "Disabled" },
      power: ["On", "On", "Off"],
      wrongPassword: 401,
    });
    expect(seen.systems).toContain(given.system);
    expect(seen.macs).toContain(mac.toUpperCase());
    expect(seen.processorTypes.filter((type: string) => type === "CPU")).toHaveLength(2);
    expect(seen.drives.length).toBeGreaterThan(0);
    expect(seen.bootTargets).toContain("Pxe");
    expect(seen.resets).toContain("ForceOff");
    // A controller that answers 202 has made a task, and the judge could follow it to its end.
    expect(seen.task).toEqual(
      node.flavour === "pxe-only"
        ? { name: "Reset ForceOff", state: "Completed", percent: 100 }
        : null,
    );

    // What the machine did: started, tried the network once, started again, was cut off.
    const report = rack.control.report(node.name);
    const phases = phasesSince(node.name, before);
    expect(phases.filter((phase) => phase === "powering-on")).toHaveLength(2);
    expect(phases.filter((phase) => phase === "network-boot")).toHaveLength(1);
    expect(report.power).toBe("Off");
    expect(report.requests).toMatchObject({ openSessions: 0, failedLogins: 1 });
  });

  test("starts a host from virtual media, and takes the medium out", async () => {
    const portal = await startTestPortal();
    const image = offerMedium(portal, offerBoot(portal, "judged", "quiet"));
    const { controllerAddress, username, password, certificate } = identity("media");
    const ca = path.join(directory, "media.pem");
    await writeFile(ca, certificate.pem);
    const given = {
      ...{ url: `https://${controllerAddress}`, ca, username, password },
      ...{ system: "/redfish/v1/Systems/1", images: [`${portal.origin}/none.iso`, image] },
    };
    const script = path.join(import.meta.dirname, "sushy_judge.py");
    const ran = await runJudge(debianPython, [script], JSON.stringify(given));
    await portal.close();
    expect(ran.stderr).toBe("");
    expect(JSON.parse(ran.stdout)).toEqual({
      refused: [400],
      in: { image, name: "boot.iso", inserted: true },
      out: { image: null, inserted: false },
    });
    expect(rack.control.report("media")).toMatchObject({
      medium: null,
      boots: [{ device: image, args: "quiet", outcome: "started without a task" }],
    });
  });

  test("gets nothing from a controller whose certificate is not the one it was given", async () => {
    const { controllerAddress, username, password } = identity("plain");
    const ca = path.join(directory, "other.pem");
    await writeFile(ca, identity("dgx").certificate.pem);
    const before = rack.control.report("plain").requests.total;
    const script = path.join(import.meta.dirname, "sushy_judge.py");
    const ran = await runJudge(
      debianPython,
      [script],
      JSON.stringify({ url: `https://${controllerAddress}`, ca, username, password, system: "" }),
    );
    expect(ran.code).not.toBe(0);
    expect(ran.stderr).toContain("CERTIFICATE_VERIFY_FAILED");
    expect(rack.control.report("plain").requests.total).toBe(before);
  });
});

describe.skipIf(redfishtool !== null)("redfishtool, DMTF's client", () => {
  async function tool(name: string, how: "Session" | "Basic", ...args: string[]) {
    const { controllerAddress, username, password } = identity(name);
    const configuration = path.join(directory, `${name}-redfishtool.json`);
    await writeFile(configuration, JSON.stringify({ user: username, password }), { mode: 0o600 });
    const common = ["-r", controllerAddress, "-c", configuration, "-S", "Always", "-A", how];
    return runJudge("/usr/bin/redfishtool", [...common, ...args]);
  }
  async function read(name: string, ...args: string[]) {
    const ran = await tool(name, "Session", ...args);
    expect(ran).toMatchObject({ code: 0 });
    return JSON.parse(ran.stdout);
  }

  test("finds the system, its chassis and its manager by itself", async () => {
    const { serial, uuid } = identity("plain");
    const [system, chassis, manager, processors, protocol] = await Promise.all([
      read("plain", "Systems", "-1"),
      read("plain", "Chassis", "-1"),
      read("plain", "Managers", "-1"),
      read("plain", "Systems", "-1", "Processors", "-a"),
      read("plain", "Managers", "-1", "NetworkProtocol"),
    ]);
    expect(system).toMatchObject({ SerialNumber: serial, UUID: uuid });
    expect(chassis).toMatchObject({ SerialNumber: serial, ChassisType: "RackMount" });
    expect(manager).toMatchObject({ ManagerType: "BMC" });
    expect(processors.Members).toHaveLength(10);
    expect(protocol).toMatchObject({ IPMI: { ProtocolEnabled: false } });
    // Each call signed in and out again.
    expect(rack.control.report("plain").requests.openSessions).toBe(0);
  });

  test("sets the boot source once, and turns the machine on and off", async () => {
    await read("plain", "Systems", "-1", "setBootOverride", "Once", "Pxe");
    expect(rack.control.report("plain").boot).toMatchObject({ enabled: "Once", target: "Pxe" });
    const before = rack.control.report("plain").phases.length;
    expect(await tool("plain", "Session", "Systems", "-1", "reset", "On")).toMatchObject({
      code: 0,
    });
    await expect.poll(() => phasesSince("plain", before)).toContain("network-boot");
    expect(await tool("plain", "Basic", "Systems", "-1", "reset", "ForceOff")).toMatchObject({
      code: 0,
    });
    await expect.poll(() => rack.control.report("plain").power).toBe("Off");
    expect(await read("plain", "Systems", "-1", "-P", "PowerState")).toEqual({ PowerState: "Off" });
  });

  test("refuses with the controller when an order is none it offers", async () => {
    const raw = ["raw", "POST", "/redfish/v1/Systems/1/Actions/ComputerSystem.Reset"];
    const ran = await tool("pxe", "Basic", ...raw, "-d", '{"ResetType":"PowerCycle"}');
    expect(ran.code).not.toBe(0);
    expect(rack.control.report("pxe").power).toBe("Off");
  });

  test("opens a session that is listed, and ends it", async () => {
    const opened = await read("plain", "SessionService", "login");
    expect(rack.control.report("plain").requests.openSessions).toBe(1);
    const ended = await tool("plain", "Basic", "SessionService", "logout", `-i${opened.SessionId}`);
    expect(ended.code).toBe(0);
    expect(rack.control.report("plain").requests.openSessions).toBe(0);
  });
});
