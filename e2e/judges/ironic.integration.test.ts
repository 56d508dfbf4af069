import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from "vitest";
import { type Ironic, startIronic } from "#e2e/judges/ironic";
import { missing } from "#e2e/judges/python";
import { type Rack, startRack } from "#e2e/simulator/rack";

// Ironic is what many sites run real racks with. Its redfish driver takes our simulated machines
// for real ones: enrols, inspects and powers them, and says where they boot from.

const absent =
  missing("/usr/bin/ironic", "ironic-api ironic-conductor") ??
  missing("/usr/lib/python3/dist-packages/sushy/__init__.py", "python3-sushy");
if (absent) console.warn(`A judge is absent. ${absent}`);

describe.skipIf(absent !== null)("Ironic's redfish driver", () => {
  let ironic: Ironic;
  let rack: Rack;
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "ingot-judges-"));
    [rack, ironic] = await Promise.all([
      startRack({
        network: 72,
        timing: { powerMs: 20, bootMs: 20, shutdownMs: 20, retryMs: 20 },
        pxeOrigin: "http://127.0.0.1:9",
        nodes: [
          { name: "dgx", flavour: "dgx" },
          { name: "plain", flavour: "plain" },
          { name: "tasks", flavour: "pxe-only" },
          { name: "locked", flavour: "plain" },
        ],
      }),
      startIronic(),
    ]);
  });

  afterAll(async () => {
    await ironic?.close();
    await rack?.close();
    await rm(directory, { recursive: true, force: true });
  });

  function identity(name: string) {
    const node = rack.nodes.find((candidate) => candidate.name === name);
    if (node === undefined) throw new Error(`no node ${name}`);
    return node;
  }

  async function enrol(name: string, system: string, password = identity(name).password) {
    const { controllerAddress, username, certificate } = identity(name);
    const ca = path.join(directory, `${name}.pem`);
    await writeFile(ca, certificate.pem);
    await ironic.ask("POST", "/nodes", {
      name,
      driver: "redfish",
      driver_info: {
        redfish_address: `https://${controllerAddress}`,
        redfish_system_id: `/redfish/v1/Systems/${system}`,
        redfish_username: username,
        redfish_password: password,
        redfish_verify_ca: ca,
      },
      properties: { capabilities: "boot_mode:uefi" },
    });
    await ironic.ask("PUT", `/nodes/${name}/states/provision`, { target: "manage" });
    return settled(name, "provision_state");
  }

  /** The node when Ironic has nothing more to do on it. */
  async function settled(name: string, what: "provision_state" | "power_state") {
    const transition = `target_${what}`;
    let node = await ironic.ask("GET", `/nodes/${name}`);
    await expect
      .poll(
        async () => {
          node = await ironic.ask("GET", `/nodes/${name}`);
          return [node[transition], node.reservation];
        },
        { timeout: 120_000, interval: 100 },
      )
      .toEqual([null, null]);
    return node;
  }

  async function power(name: string, target: string) {
    await ironic.ask("PUT", `/nodes/${name}/states/power`, { target });
    return (await settled(name, "power_state")).power_state;
  }

  test.each([
    { name: "dgx", system: "DGX" },
    { name: "plain", system: "437XR1138R2" },
    { name: "tasks", system: "1" },
  ])(
    "enrols, inspects and powers $name, and sets where it boots from",
    async ({ name, system }) => {
      onTestFailed(() => console.log(ironic.log().slice(-3_000)));
      const { mac } = identity(name);
      const managed = await enrol(name, system);
      expect(managed).toMatchObject({ provision_state: "manageable", power_state: "power off" });

      await ironic.ask("PUT", `/nodes/${name}/states/provision`, { target: "inspect" });
      await expect
        .poll(async () => (await ironic.ask("GET", `/nodes/${name}`)).provision_state, {
          timeout: 120_000,
          interval: 100,
        })
        .toBe("manageable");
      const { uuid, properties, last_error } = await ironic.ask("GET", `/nodes/${name}`);
      expect(last_error).toBeNull();
      expect(properties).toMatchObject({ cpu_arch: "x86_64" });
      expect(Number(properties.memory_mb)).toBeGreaterThan(100_000);
      const { ports } = await ironic.ask("GET", `/ports?node_uuid=${uuid}`);
      expect(ports.map((port: { address: string }) => port.address)).toContain(mac);

      await ironic.ask("PUT", `/nodes/${name}/management/boot_device`, {
        boot_device: "pxe",
        persistent: false,
      });
      expect(rack.control.report(name).boot).toMatchObject({ enabled: "Once", target: "Pxe" });
      expect(await ironic.ask("GET", `/nodes/${name}/management/boot_device`)).toMatchObject({
        boot_device: "pxe",
        persistent: false,
      });

      expect(await power(name, "power on")).toBe("power on");
      await expect
        .poll(() => rack.control.report(name).phases.map((change) => change.phase))
        .toContain("network-boot");
      expect(await power(name, "rebooting")).toBe("power on");
      expect(await power(name, "power off")).toBe("power off");
      expect(rack.control.report(name).power).toBe("Off");
    },
  );

  test("says of a refused sign-in that it is one, and the machine is left alone", async () => {
    const node = await enrol("locked", "437XR1138R2", "not the password");
    expect(node.provision_state).toBe("enroll");
    expect(node.last_error).toMatch(/401|auth|access/i);
    expect(rack.control.report("locked")).toMatchObject({ power: "Off" });
  });
});
